"""The guard around the console: no request reaches a page without a session, and none changes anything without its token.

It wraps the whole application, so that no page can forget it. What it asks of a request, in order: a Host that is ours; a
page of ours that sends it; a session, except for the sign-in itself and static files; not too often; a body of bounded size
that arrives in time; for what changes, the session's token. Every answer leaves with the frame's headers.
"""

from __future__ import annotations

import asyncio
import hmac
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager, suppress
from typing import Protocol
from urllib.parse import parse_qs, quote

import structlog
from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, HTTPConnection, Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from voicebot.console.door.own_address import OwnAddress
from voicebot.console.door.rate import OF_SESSION, OF_STRANGER, Rate, network_of
from voicebot.console.frame import HEADERS, ROOT, json_answer
from voicebot.console.scope import Visitor
from voicebot.errors import StoreError

VISITOR = "voicebot.visitor"
"""Key of the scope under which pages find who asks."""
_BEGUN = "voicebot.answer_begun"
SIGN_IN = "/sign-in"
BODY_LIMIT = 2 * 1024 * 1024
BODY_LIMIT_S = 20.0
LOOK_S = 15.0
"""How often a request that lasts (server-sent events) is asked whether its session still stands."""
MOST_OPEN = 64
"""Requests of one session at once."""
_READING = ("GET", "HEAD", "OPTIONS")
_HSTS = "max-age=31536000"

log = structlog.get_logger()


class Porter(Protocol):
    """Who the guard asks (voicebot.console.door.Door)."""

    async def visitor_of(self, asked: HTTPConnection) -> Visitor | None:
        """Who shows a session that stands, which is a sign of life. Raises: StoreError."""
        ...


class Guard:
    """ASGI application around `app`. look_s: see LOOK_S."""

    def __init__(self, app: ASGIApp, porter: Porter, own: OwnAddress, rate: Rate, look_s: float = LOOK_S) -> None:
        self.app = app
        self._porter = porter
        self._own = own
        self._rate = rate
        self._look_s = look_s
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._socket(scope, receive, send)
        else:
            await self._request(Request(scope, receive), self._with_headers(scope, send))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = HTTPConnection(scope)
        allowed = self._own.knows_host(asked) and self._own.may_open_socket(asked)
        visitor = await self._porter.visitor_of(asked) if allowed else None
        if visitor is None or self._too_often(visitor, asked):
            log.info("console_socket_refused", own=allowed)
            await send({"type": "websocket.close", "code": 1008})
            return
        scope[VISITOR] = visitor
        async with self._place(visitor):
            if not await self._while_it_stands(asked, self.app(scope, receive, send)):
                await send({"type": "websocket.close", "code": 1008})

    async def _request(self, asked: Request, send: Send) -> None:
        try:
            refused, receive, visitor = await self._let_in(asked)
        except StoreError as failure:
            log.warning("console_door_without_store", code=failure.code)
            refused, receive, visitor = json_answer({"error": failure.code}, 503), asked.receive, None
        except ClientDisconnect:
            return
        if refused is not None:
            await refused(asked.scope, receive, send)
            return
        asked.scope[VISITOR] = visitor
        if visitor is None:
            await self.app(asked.scope, receive, send)
            return
        async with self._place(visitor):
            stood = await self._while_it_stands(asked, self.app(asked.scope, receive, send))
        if not stood and asked.scope.get(_BEGUN):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _let_in(self, asked: Request) -> tuple[Response | None, Receive, Visitor | None]:
        """Returns: what it is refused with, or None; where the page reads the body; who asks."""
        path = asked.scope["path"].removeprefix(asked.scope.get("root_path", ""))
        reads = asked.method in _READING
        of_sign_in = path == SIGN_IN or path.startswith(f"{SIGN_IN}/")
        if not self._own.knows_host(asked):
            return _refusal("host", 400), asked.receive, None
        if not (self._own.may_read(asked) if reads else self._own.may_change(asked)):
            log.info("console_foreign_origin", method=asked.method)
            return _refusal("origin", 403), asked.receive, None
        if path.startswith("/static/"):
            return None, asked.receive, None
        visitor = await self._porter.visitor_of(asked)
        if visitor is None and not of_sign_in:
            return self._sign_in_first(asked), asked.receive, None
        wait_s = self._too_often(visitor, asked)
        if wait_s:
            return json_answer({"error": "too_many"}, 429, {"Retry-After": f"{wait_s:.0f}"}), asked.receive, None
        if reads:
            return None, asked.receive, visitor
        body = await _body(asked)
        if body is None:
            return _refusal("body", 413), asked.receive, None
        if visitor is not None and not of_sign_in and not _shows_token(asked, body, visitor.csrf):
            log.info("console_without_token", method=asked.method)
            return _refusal("token", 403), asked.receive, None
        return None, _again(body, asked.receive), visitor

    def _sign_in_first(self, asked: Request) -> Response:
        if asked.method == "GET" and "text/html" in asked.headers.get("accept", ""):
            to = asked.url.path + (f"?{asked.url.query}" if asked.url.query else "")
            return RedirectResponse(f"{ROOT}{SIGN_IN}?next={quote(to, safe='/')}", 303)
        return _refusal("sign_in", 401)

    def _too_often(self, visitor: Visitor | None, asked: HTTPConnection) -> float:
        if visitor is None:
            address = asked.client.host if asked.client else ""
            return self._rate.try_once((self._rate.allowance(OF_STRANGER, "stranger", network_of(address)),))
        if self._open[visitor.session] >= MOST_OPEN:
            return 1.0
        return self._rate.try_once((self._rate.allowance(OF_SESSION, "session", visitor.session),))

    @asynccontextmanager
    async def _place(self, visitor: Visitor) -> AsyncIterator[None]:
        self._open[visitor.session] += 1
        try:
            yield
        finally:
            self._open[visitor.session] -= 1
            if not self._open[visitor.session]:
                del self._open[visitor.session]

    async def _while_it_stands(self, asked: HTTPConnection, answer: Awaitable[None]) -> bool:
        """Ends an answer that lasts when its session ends: whoever is put out sees nothing more. Returns: did it stand?"""
        answering = asyncio.ensure_future(answer)
        try:
            while not (await asyncio.wait({answering}, timeout=self._look_s))[0]:
                with suppress(StoreError):
                    if await self._porter.visitor_of(asked) is None:
                        return False
            await answering
            return True
        finally:
            if not answering.done():
                answering.cancel()
                await asyncio.wait({answering})

    def _with_headers(self, scope: Scope, send: Send) -> Send:
        secure = self._own.is_secure(HTTPConnection(scope))

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
                if secure:
                    headers["Strict-Transport-Security"] = _HSTS
                scope[_BEGUN] = True
            await send(message)

        return send_with_headers


def _refusal(code: str, status: int) -> Response:
    return json_answer({"error": code}, status)


async def _body(asked: Request) -> bytes | None:
    """The whole body; None when it is too large or too slow. Raises: ClientDisconnect."""
    announced = asked.headers.get("content-length", "")
    if announced.isdigit() and int(announced) > BODY_LIMIT:
        return None
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_LIMIT_S):
            async for part in asked.stream():
                body += part
                if len(body) > BODY_LIMIT:
                    return None
    except TimeoutError:
        return None
    return bytes(body)


def _again(body: bytes, receive: Receive) -> Receive:
    """Gives a body that was read, then goes on with what comes after it."""
    told = False

    async def receive_again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive_again


def _shows_token(asked: Request, body: bytes, token: str) -> bool:
    """In the header, or in the field csrf of a form as browsers send it without a script."""
    shown = asked.headers.get("x-csrf-token", "")
    if not shown and asked.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        shown = parse_qs(body.decode("utf-8", "replace"), max_num_fields=200).get("csrf", [""])[0]
    return hmac.compare_digest(shown.encode(), token.encode())
