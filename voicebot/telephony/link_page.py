"""The pages behind the links of messages: « je prends en charge », « j'ai lu ». Looking does nothing; the button does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib.resources import files
from typing import TypeVar

import structlog
from fastapi import APIRouter, Request
from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.responses import Response

from voicebot.channels.links import LinkTokens
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.language import Language
from voicebot.errors import LinkRefused, UnknownMessage, VoicebotError
from voicebot.telephony.addresses import PublicAddress
from voicebot.telephony.link_sentences import EXPIRED, UNKNOWN, WORDS
from voicebot.telephony.ports import ContactDesk, MessageDesk, OnCallCard

DESK_LIMIT_S = 8.0
STYLESHEET = "/links.css"

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Cache-Control": "no-store",
}

log = structlog.get_logger()
T = TypeVar("T")


class LinkPages:
    """GET and HEAD show, since programs that preview links fetch them; only POST, the button, acknowledges."""

    def __init__(self, contacts: ContactDesk, messages: MessageDesk, links: LinkTokens, address: PublicAddress) -> None:
        self._contacts = contacts
        self._messages = messages
        self._links = links
        self._address = address
        templates = PackageLoader("voicebot.telephony", "link_pages")
        self._page = Environment(
            loader=templates, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        ).get_template("page.html.j2")
        self._css = (files("voicebot.telephony") / "link_pages" / "page.css").read_bytes()

    def routes(self) -> APIRouter:
        router = APIRouter()
        for path, show, act in (
            ("/on-call/{token}", self._show_on_call, self._take),
            ("/m/{token}", self._show_message, self._mark_read),
        ):
            router.add_api_route(path, self._guarded(show), methods=["GET", "HEAD"], include_in_schema=False)
            router.add_api_route(path, self._guarded(act), methods=["POST"], include_in_schema=False)
        router.add_api_route(STYLESHEET, self._stylesheet, methods=["GET"], include_in_schema=False)
        return router

    def _guarded(self, answer: Callable[[Request, str], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def guarded(request: Request) -> Response:
            try:
                async with asyncio.timeout(DESK_LIMIT_S):
                    return await answer(request, str(request.path_params["token"]))
            except LinkRefused as refused:
                title, sentences = EXPIRED if refused.expired else UNKNOWN
                return self._render(request, title, sentences, status=410 if refused.expired else 404)
            except UnknownMessage:
                return self._render(request, UNKNOWN[0], UNKNOWN[1], status=404)
            except (VoicebotError, TimeoutError) as wrong:
                log.error("link_page_failed", code=getattr(wrong, "code", "timeout"))
            except Exception:
                log.exception("link_page_failed", code="bug")
            sentences = tuple(words.not_recorded for words in WORDS.values())
            return self._render(request, WORDS[Language.FRENCH].trouble, sentences, status=503)

        return guarded

    async def _show_on_call(self, request: Request, token: str) -> Response:
        link = self._links.read_on_call(token)
        card = await self._messages.on_call_card(link.ladder, link.contact)
        words = WORDS[card.language]
        if card.taken_by:
            sentences = (words.taken, words.taken_more.format(name=card.taken_by))
            return self._on_call(request, card, words.urgency[card.urgency], sentences)
        sentences = (words.you_are.format(name=card.contact_name), words.nobody_yet)
        return self._on_call(request, card, words.urgency[card.urgency], sentences, button=words.take)

    async def _take(self, request: Request, token: str) -> Response:
        link = self._links.read_on_call(token)
        # The card first: once it is acknowledged, nothing may keep the page from saying so.
        card = await self._messages.on_call_card(link.ladder, link.contact)
        claim = await self._contacts.by_link(link.ladder, link.contact)
        log.info("on_call_link_used", ladder=link.ladder, contact=link.contact, first=claim.first)
        theirs = claim.first or claim.contact == link.contact
        words = WORDS[card.language]
        title = words.yours if theirs else words.taken
        more = words.yours_more if theirs else words.taken_more
        return self._on_call(request, card, title, (more.format(name=claim.name),))

    async def _show_message(self, request: Request, token: str) -> Response:
        card = await self._messages.message_card(self._links.read_message(token))
        words = WORDS[card.language]
        sentences = () if card.lines else (words.confidential,)
        if card.read:
            sentences += (words.read_done,)
        return self._render(
            request,
            words.message,
            sentences,
            language=card.language,
            client_name=card.client_name,
            lines=card.lines,
            button="" if card.read else words.read,
        )

    async def _mark_read(self, request: Request, token: str) -> Response:
        dispatch = self._links.read_message(token)
        card = await self._messages.message_card(dispatch)
        await self._messages.dispatch_told(dispatch, DispatchStatus.READ)
        words = WORDS[card.language]
        return self._render(request, words.read_done, (words.thanks,), language=card.language, client_name=card.client_name)

    async def _stylesheet(self) -> Response:
        return Response(self._css, media_type="text/css", headers=HEADERS | {"Cache-Control": "max-age=86400"})

    def _on_call(
        self, request: Request, card: OnCallCard, title: str, sentences: tuple[str, ...], *, button: str = ""
    ) -> Response:
        return self._render(request, title, sentences, language=card.language, client_name=card.client_name, button=button)

    def _render(
        self,
        request: Request,
        title: str,
        sentences: tuple[str, ...],
        *,
        status: int = 200,
        language: Language = Language.FRENCH,
        client_name: str = "",
        lines: tuple[tuple[str, str], ...] = (),
        button: str = "",
    ) -> Response:
        page = self._page.render(
            title=title,
            sentences=sentences,
            language=language.value,
            client_name=client_name,
            lines=lines,
            button=button,
            stylesheet=self._address.http(request, STYLESHEET),
        )
        return Response(page, status_code=status, media_type="text/html", headers=HEADERS)
