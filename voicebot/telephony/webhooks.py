"""The HTTP side of every carrier: the call comes in, the stream ended, the people were rung, something was told."""

from __future__ import annotations

import asyncio
import hmac
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from urllib.parse import parse_qsl

import structlog
from fastapi import APIRouter, Request, WebSocket
from starlette.responses import Response

from voicebot.errors import BadSignature, CarrierError, StoreFull, VoicebotError
from voicebot.telephony.addresses import PublicAddress
from voicebot.telephony.carrier import Carrier, Document, StreamOffer, WebhookRequest
from voicebot.telephony.media_door import MediaDoor
from voicebot.telephony.ports import (
    Accepted,
    Ended,
    LineStatus,
    ReceptionDesk,
    RefusalReason,
    Refused,
)
from voicebot.telephony.stream_tokens import StreamPass, StreamTokens
from voicebot.voice.line import Opening

DESK_LIMIT_S = 8.0
"""Twilio waits 15 s for a document (error 11200) and then hangs up on the caller."""
MAX_RESUMES = 3
FORM_LIMIT_BYTES = 32_768

log = structlog.get_logger()


def carrier_key(secret: str, carrier: str) -> str:
    """The shared key in the webhook path of a carrier whose requests we cannot verify by signature."""
    return hmac.new(secret.encode(), f"voicebot.carrier.{carrier}".encode(), sha256).hexdigest()[:32]


class CarrierDoor:
    """The routes of one carrier.

    Args:
        root: path in front of media, "/twilio" or "/carriers/telnyx".
        key: "" for carriers whose requests are signed; else it stands in the webhooks' path after root.
    """

    def __init__(
        self,
        carrier: Carrier,
        desk: ReceptionDesk,
        tokens: StreamTokens,
        media: MediaDoor,
        address: PublicAddress,
        *,
        root: str,
        key: str = "",
    ) -> None:
        self._carrier = carrier
        self._desk = desk
        self._tokens = tokens
        self._media = media
        self._address = address
        self._root = root
        self._key = key

    @property
    def webhooks(self) -> str:
        """Path of the webhooks, to be entered at the carrier: add "/voice" and "/status"."""
        return f"{self._root}/{self._key}" if self._key else self._root

    def routes(self) -> APIRouter:
        router = APIRouter()
        under = f"{self._root}/{{key}}" if self._key else self._root
        handlers = {"voice": self._voice, "resume": self._resume, "dialled": self._dialled, "status": self._status}
        methods = ["GET", "POST"] if self._key else ["POST"]
        for name, handle in handlers.items():
            router.add_api_route(f"{under}/{name}", self._webhook(handle), methods=methods, include_in_schema=False)
        router.add_api_websocket_route(f"{self._root}/media", self._stream)
        return router

    def _webhook(
        self, handle: Callable[[Request, WebhookRequest], Awaitable[Document]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            try:
                document = await handle(request, await self._read(request))
            except BadSignature as wrong:
                log.warning("webhook_refused", carrier=self._carrier.name, code=wrong.code)
                return Response(status_code=403)
            except CarrierError as wrong:
                log.warning("webhook_unreadable", carrier=self._carrier.name, code=wrong.code)
                return Response(status_code=400)
            return Response(document.body, media_type=document.media_type)

        return answer

    async def _read(self, request: Request) -> WebhookRequest:
        """The request, verified. Raises: BadSignature."""
        if self._key and not hmac.compare_digest(str(request.path_params["key"]).encode(), self._key.encode()):
            raise BadSignature("A webhook's key is wrong.")
        fields = await read_fields(request)
        if self._key:
            fields = {**request.query_params, **fields}
        read = WebhookRequest(self._address.asked(request), fields, dict(request.headers))
        self._carrier.verify(read)
        return read

    async def _voice(self, request: Request, read: WebhookRequest) -> Document:
        call = self._carrier.incoming(read.fields)
        answer = await self._ask(self._desk.ring(call))
        return self._document(request, call.carrier_call_id, answer, Opening.PICK_UP, attempt=1)

    async def _resume(self, request: Request, read: WebhookRequest) -> Document:
        """The stream ended. attempt travels in the (signed) address, so that any process can count."""
        call = self._carrier.incoming(read.fields)
        attempt = _attempt(request)
        ask = self._desk.resume if attempt <= MAX_RESUMES else self._desk.give_up
        answer = await self._ask(ask(self._carrier.name, call.carrier_call_id))
        if isinstance(answer, Accepted):
            log.warning("call_resumed", carrier=self._carrier.name, call=answer.call_id, attempt=attempt)
        return self._document(request, call.carrier_call_id, answer, Opening.RESUME, attempt=attempt + 1)

    async def _dialled(self, request: Request, read: WebhookRequest) -> Document:  # noqa: ARG002
        return self._carrier.after_dial(read.fields)

    async def _status(self, request: Request, read: WebhookRequest) -> Document:  # noqa: ARG002
        status = self._carrier.status(read.fields)
        call = self._carrier.incoming(read.fields)
        if status is None:
            return Document("", media_type="text/plain")
        log.info("carrier_status", carrier=call.carrier, carrier_call_id=call.carrier_call_id, status=status)
        if status is LineStatus.CALL_ENDED:
            await self._media.call_is_over(call.carrier, call.carrier_call_id)
        try:
            async with asyncio.timeout(DESK_LIMIT_S):
                await self._desk.carrier_status(call.carrier, call.carrier_call_id, status)
        except (VoicebotError, TimeoutError) as wrong:
            log.error("carrier_status_not_taken", code=getattr(wrong, "code", "timeout"))
        return Document("", media_type="text/plain")

    async def _ask(self, asked: Awaitable[Accepted | Ended | Refused]) -> Accepted | Ended | Refused:
        """The desk's answer; its failure, of any kind, becomes an apology: the caller must never hear the carrier's own."""
        try:
            async with asyncio.timeout(DESK_LIMIT_S):
                return await asked
        except StoreFull as wrong:
            log.error("call_not_taken", carrier=self._carrier.name, code=wrong.code)
            return Refused(RefusalReason.NO_ROOM)
        except (VoicebotError, TimeoutError) as wrong:
            log.error("call_not_taken", carrier=self._carrier.name, code=getattr(wrong, "code", "timeout"))
        except Exception:
            log.exception("call_not_taken", carrier=self._carrier.name, code="bug")
        return Refused(RefusalReason.TROUBLE)

    async def _stream(self, websocket: WebSocket) -> None:
        """Twilio signs the handshake too: a wrong signature is refused before it costs anything; the token decides."""
        headers = dict(websocket.headers)
        if self._carrier.signs and "x-twilio-signature" in headers:
            try:
                self._carrier.verify(WebhookRequest(self._address.asked(websocket), {}, headers))
            except BadSignature as wrong:
                log.warning("media_stream_refused", carrier=self._carrier.name, code=wrong.code)
                await websocket.close()
                return
        await self._media.receive(websocket, self._carrier)

    def _document(
        self,
        request: Request,
        carrier_call_id: str,
        answer: Accepted | Ended | Refused,
        opening: Opening,
        *,
        attempt: int,
    ) -> Document:
        if isinstance(answer, Ended):
            return self._carrier.hang_up()
        if isinstance(answer, Refused):
            log.warning("call_refused", carrier=self._carrier.name, reason=answer.reason)
            return self._carrier.refuse(answer, self._address.http(request, f"{self.webhooks}/dialled"))
        token = self._tokens.issue(StreamPass(answer.call_id, self._carrier.name, carrier_call_id, opening))
        return self._carrier.connect(
            StreamOffer(
                media_url=self._address.websocket(request, f"{self._root}/media"),
                resume_url=self._address.http(request, f"{self.webhooks}/resume?attempt={attempt}"),
                status_url=self._address.http(request, f"{self.webhooks}/status"),
                token=token,
            )
        )


async def read_fields(request: Request) -> dict[str, str]:
    """Fields of the body, a form or a JSON object. Raises: BadSignature when it is too long, CarrierError unreadable."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > FORM_LIMIT_BYTES:
            raise BadSignature("A webhook's body is too long.")
    written = body.decode("utf-8", "replace")
    if not request.headers.get("content-type", "").startswith("application/json"):
        return dict(parse_qsl(written, keep_blank_values=True))
    try:
        fields = json.loads(written)
    except (ValueError, RecursionError) as wrong:
        raise CarrierError("A webhook's body is not JSON.") from wrong
    if not isinstance(fields, dict):
        raise CarrierError("A webhook's body is not a JSON object.")
    return {str(name): str(value) for name, value in fields.items()}


def _attempt(request: Request) -> int:
    asked = request.query_params.get("attempt", "")
    return int(asked) if asked.isdecimal() and len(asked) < 4 else MAX_RESUMES + 1
