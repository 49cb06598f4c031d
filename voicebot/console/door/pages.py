"""The pages of the door: signing in by password, link or provider, signing out, and the way to one's first page."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from voicebot.console.app import Page
from voicebot.console.door.account import account_routes
from voicebot.console.door.door import Door
from voicebot.console.door.provider import LASTS
from voicebot.console.frame import HEADERS, NAVIGATION, ROOT, Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.domain.language import Language
from voicebot.errors import SignInRefused

_STATUS = {"too_many": 429, "provider": 502}
_PLAIN = "voicebot-provider"


def door_pages(door: Door) -> Page:
    """The door's own page, to be given to console_app with all others."""

    def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
        router = APIRouter(include_in_schema=False)
        router.include_router(_sign_in(door, frame))
        router.include_router(_by_provider(door, frame))
        router.include_router(_inside(door, frame))
        router.include_router(account_routes(door, house, frame))
        return router

    return routes


def _sign_in(door: Door, frame: Frame) -> APIRouter:
    router = APIRouter()

    @router.get("/sign-in")
    async def page(request: Request, to: Annotated[str, Query(alias="next")] = "") -> Response:
        return _page(door, frame, request, to=to)

    @router.post("/sign-in")
    async def by_password(
        request: Request,
        user: Annotated[str, Form(max_length=200)] = "",
        password: Annotated[str, Form(max_length=2000)] = "",
        to: Annotated[str, Form(alias="next", max_length=2000)] = "",
    ) -> Response:
        return await _signed_in(door, frame, request, door.by_password(request, user, password), to, user)

    @router.get("/sign-in/link")
    async def link(request: Request) -> Response:
        return _page(door, frame, request, by_link=True)

    @router.post("/sign-in/link")
    async def by_link(request: Request, token: Annotated[str, Form(max_length=200)] = "") -> Response:
        return await _signed_in(door, frame, request, door.by_link(request, token))

    return router


def _by_provider(door: Door, frame: Frame) -> APIRouter:
    router = APIRouter()

    @router.get("/sign-in/provider")
    async def leave(request: Request) -> Response:
        if not door.provider.configured:
            return json_answer({"error": "not_found"}, 404)
        secret = secrets.token_urlsafe(32)
        try:
            away = await door.provider.leave_for(secret, _return_to(door, request))
        except SignInRefused as refused:
            return _page(door, frame, request, refused=refused)
        answer = RedirectResponse(away, 303, headers=HEADERS)
        # Lax: the provider sends the browser back from another site.
        secure, life_s = door.own.is_secure(request), int(LASTS.total_seconds())
        answer.set_cookie(_cookie(door, request), secret, life_s, path="/", secure=secure, httponly=True, samesite="lax")
        return answer

    @router.get("/sign-in/provider/return")
    async def come_back(request: Request) -> Response:
        if not door.provider.configured:
            return json_answer({"error": "not_found"}, 404)
        cookie = _cookie(door, request)
        session = door.by_provider(request, request.cookies.get(cookie, ""), _return_to(door, request))
        answer = await _signed_in(door, frame, request, session)
        answer.delete_cookie(cookie, path="/", secure=door.own.is_secure(request), httponly=True, samesite="lax")
        return answer

    return router


def _inside(door: Door, frame: Frame) -> APIRouter:
    router = APIRouter()

    @router.post("/sign-out")
    async def sign_out(request: Request) -> Response:
        visitor = await frame.visitor(request)
        await door.sign_out(visitor)
        answer = RedirectResponse(f"{ROOT}/sign-in", 303, headers=HEADERS)
        door.take_cookie(request, answer)
        return answer

    @router.get("/")
    async def first(request: Request) -> Response:
        visitor = await frame.visitor(request)
        path = next((path for path, kind in NAVIGATION if visitor.may(kind)), "account")
        return RedirectResponse(f"{ROOT}/{path}", 303, headers=HEADERS)

    return router


async def _signed_in(
    door: Door, frame: Frame, request: Request, session: Awaitable[str], to: str = "", user: str = ""
) -> Response:
    try:
        secret = await session
    except SignInRefused as refused:
        return _page(door, frame, request, to=to, user=user, refused=refused)
    answer = RedirectResponse(own_page(to), 303, headers=HEADERS)
    door.give_cookie(request, answer, secret)
    return answer


def _page(
    door: Door,
    frame: Frame,
    request: Request,
    *,
    to: str = "",
    user: str = "",
    refused: SignInRefused | None = None,
    by_link: bool = False,
) -> Response:
    language = _language(request)
    answer = frame.page(
        None,
        "sign_in.html",
        language,
        to=own_page(to) if to else "",
        user=user,
        refused=refused,
        wait_min=-(-int(refused.wait_s) // 60) if refused else 0,
        by_link=by_link,
        by_provider=door.provider.configured,
    )
    if refused is not None:
        answer.status_code = _STATUS.get(refused.reason, 403)
        if refused.wait_s:
            answer.headers["Retry-After"] = f"{refused.wait_s:.0f}"
    return answer


def own_page(path: str) -> str:
    """A path of the console, or its first page: nobody is led elsewhere by what stands in an address."""
    parts = urlsplit(path) if "\\" not in path else urlsplit("")
    inside = parts.path.startswith(f"{ROOT}/") and ".." not in parts.path and not (parts.scheme or parts.netloc)
    printable = path.isprintable() and not parts.path.startswith(f"{ROOT}/sign-")
    return path if inside and printable else f"{ROOT}/"


def _language(request: Request) -> Language:
    asked = request.query_params.get("language") or request.headers.get("accept-language", "")
    first = asked.split(",")[0].strip().lower()[:2]
    return Language.ENGLISH if first == Language.ENGLISH.value else Language.FRENCH


def _cookie(door: Door, request: Request) -> str:
    return f"__Host-{_PLAIN}" if door.own.is_secure(request) else _PLAIN


def _return_to(door: Door, request: Request) -> str:
    return f"{door.own.base(request)}{ROOT}/sign-in/provider/return"
