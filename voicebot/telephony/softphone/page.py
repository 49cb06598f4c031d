"""Routes of the softphone: its page and files, calls placed from it, their events, their media."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from importlib.resources import files

import structlog
from fastapi import APIRouter, Request, WebSocket
from fastapi.sse import EventSourceResponse, format_sse_event
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from pipecat.serializers.base_serializer import FrameSerializer
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.responses import JSONResponse, Response

from voicebot.domain.events import CallEvent, event_json
from voicebot.errors import BadSignature, UnknownCall, VoicebotError
from voicebot.telephony.addresses import PublicAddress
from voicebot.telephony.carrier import StreamStart
from voicebot.telephony.house_sentences import sentences_of
from voicebot.telephony.media_door import MediaDoor
from voicebot.telephony.ports import Accepted, Ended, IncomingCall, LineStatus, RefusalReason, Refused, SoftphoneDesk
from voicebot.telephony.stream_tokens import StreamPass, StreamTokens
from voicebot.telephony.twilio_media import TwilioMedia, read_twilio_start
from voicebot.voice.line import Opening

KEEP_ALIVE_S = 15.0
BODY_LIMIT_BYTES = 2048
DESK_LIMIT_S = 8.0
MAX_RESUMES = 3

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self)",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}
_MEDIA_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}

log = structlog.get_logger()


class SoftphoneCarrier:
    """See voicebot.telephony.carrier.MediaCarrier: Twilio's media messages, from a page of ours."""

    name = "softphone"
    marks = True
    names_calls = True

    def read_start(self, message: str | bytes) -> StreamStart | None:
        return read_twilio_start(message)

    def serializer(self, start: StreamStart) -> FrameSerializer:
        return TwilioMedia(start.stream_id)


class _CallOrder(BaseModel):
    """What the page sends to place a call."""

    model_config = ConfigDict(extra="forbid")
    client: str = Field(min_length=1, max_length=100)


class SoftphoneDoor:
    """The routes under /phone. A call's id is known to its page only: who has it may resume or end the call."""

    def __init__(self, desk: SoftphoneDesk, tokens: StreamTokens, media: MediaDoor, address: PublicAddress) -> None:
        self._desk = desk
        self._tokens = tokens
        self._media = media
        self._address = address
        self._carrier = SoftphoneCarrier()
        templates = PackageLoader("voicebot.telephony.softphone", "templates")
        self._pages = Environment(loader=templates, autoescape=select_autoescape(), undefined=StrictUndefined)
        static = files("voicebot.telephony.softphone") / "static"
        self._static = {file.name: file.read_bytes() for file in static.iterdir() if file.name[0] not in "._"}

    def routes(self) -> APIRouter:
        router = APIRouter(prefix="/phone", include_in_schema=False)
        router.add_api_route("", self._page, methods=["GET"])
        router.add_api_route("/static/{name}", self._file, methods=["GET"])
        router.add_api_route("/calls", self._ours_only(self._place), methods=["POST"])
        router.add_api_route("/calls/{call}/resume", self._ours_only(self._resume), methods=["POST"])
        router.add_api_route("/calls/{call}/hang-up", self._ours_only(self._hang_up), methods=["POST"])
        router.add_api_route("/calls/{ticket}/events", self._events, methods=["GET"])
        router.add_api_websocket_route("/media", self._stream)
        return router

    async def _page(self) -> Response:
        page = self._pages.get_template("phone.html")
        # Off the event loop: calls are running on it.
        shown = await asyncio.to_thread(page.render, clients=self._desk.clients(), engines=self._desk.engines())
        return Response(shown, media_type="text/html", headers=HEADERS)

    async def _file(self, name: str) -> Response:
        content = self._static.get(name)
        if content is None:
            return Response(status_code=404)
        ending = name[name.rindex(".") :]
        return Response(content, media_type=_MEDIA_TYPES[ending], headers=HEADERS)

    def _ours_only(self, handle: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            if not self._address.is_ours(request):
                log.warning("softphone_refused", code="origin")
                return Response(status_code=403)
            return await handle(request)

        return answer

    async def _place(self, request: Request) -> Response:
        try:
            order = _CallOrder.model_validate_json(await _short_body(request))
        except ValidationError:
            return Response(status_code=422)
        if order.client not in {card.client for card in self._desk.clients()}:
            return Response(status_code=404)
        call = IncomingCall(self._carrier.name, secrets.token_urlsafe(16), "", "", client=order.client)
        return self._answer(call.carrier_call_id, await _ask(self._desk.ring(call)), Opening.PICK_UP)

    async def _resume(self, request: Request) -> Response:
        call_id = str(request.path_params["call"])
        attempt = request.query_params.get("attempt", "")
        again = attempt.isdecimal() and len(attempt) < 3 and int(attempt) <= MAX_RESUMES
        ask = self._desk.resume if again else self._desk.give_up
        return self._answer(call_id, await _ask(ask(self._carrier.name, call_id)), Opening.RESUME)

    async def _hang_up(self, request: Request) -> Response:
        """The page is being closed: its websocket may die without a stop."""
        call_id = str(request.path_params["call"])
        await self._media.call_is_over(self._carrier.name, call_id)
        try:
            async with asyncio.timeout(DESK_LIMIT_S):
                await self._desk.carrier_status(self._carrier.name, call_id, LineStatus.CALL_ENDED)
        except (VoicebotError, TimeoutError) as wrong:
            log.error("carrier_status_not_taken", code=getattr(wrong, "code", "timeout"))
        return Response(status_code=204)

    def _answer(self, carrier_call_id: str, answer: Accepted | Ended | Refused, opening: Opening) -> Response:
        if isinstance(answer, Ended):
            return JSONResponse({"state": "ended"})
        if isinstance(answer, Refused):
            log.warning("call_refused", carrier=self._carrier.name, reason=answer.reason)
            said = [{"language": language, "text": text} for language, text in sentences_of(answer)]
            return JSONResponse({"state": "refused", "reason": answer.reason, "sentences": said})
        token = self._tokens.issue(StreamPass(answer.call_id, self._carrier.name, carrier_call_id, opening))
        return JSONResponse(
            {
                "state": "accepted",
                "call": carrier_call_id,
                "call_id": answer.call_id,
                "token": token,
                "events": f"/phone/calls/{self._tokens.ticket(answer.call_id)}/events",
            }
        )

    async def _events(self, request: Request) -> Response:
        try:
            call_id = self._tokens.call_of(str(request.path_params["ticket"]))
        except BadSignature:
            return Response(status_code=404)
        seen = request.headers.get("last-event-id", "")
        last_seen = int(seen) if seen.isdecimal() and len(seen) < 9 else 0
        return EventSourceResponse(_lines(self._desk.follow(call_id), last_seen), headers={"Cache-Control": "no-store"})

    async def _stream(self, websocket: WebSocket) -> None:
        if not self._address.is_ours(websocket):
            log.warning("media_stream_refused", carrier=self._carrier.name, code="origin")
            await websocket.close()
            return
        await self._media.receive(websocket, self._carrier)


async def _ask(asked: Awaitable[Accepted | Ended | Refused]) -> Accepted | Ended | Refused:
    try:
        async with asyncio.timeout(DESK_LIMIT_S):
            return await asked
    except (VoicebotError, TimeoutError) as wrong:
        log.error("call_not_taken", carrier=SoftphoneCarrier.name, code=getattr(wrong, "code", "timeout"))
        return Refused(RefusalReason.TROUBLE)


async def _short_body(request: Request) -> bytes:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_LIMIT_BYTES:
            return b""
    return body


async def _lines(events: AsyncIterator[CallEvent], last_seen: int) -> AsyncIterator[bytes]:
    """Server-sent events; a comment when nothing happens, so that a closed page is noticed."""
    following: asyncio.Task[CallEvent | None] | None = None
    try:
        while True:
            following = following or asyncio.create_task(_following(events))
            done, _ = await asyncio.wait({following}, timeout=KEEP_ALIVE_S)
            if not done:
                yield format_sse_event(comment="still here")
                continue
            event, following = following.result(), None
            if event is None:
                return
            if event.number > last_seen:
                written = event_json.dump_json(event).decode()
                yield format_sse_event(data_str=written, event=event.kind, id=str(event.number))
    except UnknownCall as wrong:
        log.warning("call_not_followed", code=wrong.code)
    finally:
        if following is not None:
            following.cancel()


async def _following(events: AsyncIterator[CallEvent]) -> CallEvent | None:
    return await anext(events, None)
