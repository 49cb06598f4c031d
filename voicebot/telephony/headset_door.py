"""The door of agents' headsets: websockets from a page of ours, in the softphone's words, each with a token for one call."""

from __future__ import annotations

import asyncio
from importlib.resources import files

import structlog
from fastapi import APIRouter, WebSocket
from starlette.responses import Response
from starlette.websockets import WebSocketDisconnect

from voicebot.errors import BadMediaMessage, BadSignature, VoicebotError
from voicebot.telephony.addresses import PublicAddress
from voicebot.telephony.carrier import StreamStart
from voicebot.telephony.media_door import INTERNAL, REFUSED, UNREADABLE, Forgiving, close_websocket, read_start
from voicebot.telephony.ports import HeadsetDesk, HeadsetPass
from voicebot.telephony.softphone.page import HEADERS, SoftphoneCarrier
from voicebot.telephony.stream_tokens import StreamTokens
from voicebot.voice.line import Line

ROOT = "/headset"
MEDIA_PATH = f"{ROOT}/media"
"""Path of the websocket, for tickets (handoff.ports.HeadsetTicket)."""
START_LIMIT_S = 10.0
SHARED = (
    "line.js",
    "sound.js",
    "capture_worklet.js",
    "playback_worklet.js",
    "resampling.js",
    "ulaw.js",
)
"""The softphone's files that a headset's page needs, too; they load each other from beside themselves."""

log = structlog.get_logger()


class HeadsetDoor:
    """The routes under /headset. The page with the headset in it is the console's."""

    def __init__(
        self, desk: HeadsetDesk, tokens: StreamTokens, address: PublicAddress, *, start_limit_s: float = START_LIMIT_S
    ) -> None:
        self._desk = desk
        self._tokens = tokens
        self._address = address
        self._start_limit_s = start_limit_s
        self._carrier = SoftphoneCarrier()
        static = files("voicebot.telephony.softphone") / "static"
        self._static = {name: (static / name).read_bytes() for name in SHARED}

    def routes(self) -> APIRouter:
        router = APIRouter(prefix=ROOT, include_in_schema=False)
        router.add_api_route("/static/{name}", self._file, methods=["GET"])
        router.add_api_websocket_route("/media", self._stream)
        return router

    async def _file(self, name: str) -> Response:
        content = self._static.get(name)
        if content is None:
            return Response(status_code=404)
        return Response(content, media_type="text/javascript", headers=HEADERS)

    async def _stream(self, websocket: WebSocket) -> None:
        if not self._address.is_ours(websocket):
            log.warning("headset_refused", code="origin")
            await websocket.close()
            return
        await websocket.accept()
        try:
            async with asyncio.timeout(self._start_limit_s):
                start = await read_start(websocket, self._carrier)
            headset = self._tokens.redeem_headset(start.parameters.get("token", ""))
        except (WebSocketDisconnect, TimeoutError, BadMediaMessage, BadSignature) as wrong:
            log.warning("headset_refused", code=getattr(wrong, "code", "timeout"))
            await close_websocket(websocket, REFUSED if isinstance(wrong, BadSignature) else UNREADABLE)
            return
        await self._wear(websocket, start, headset)

    async def _wear(self, websocket: WebSocket, start: StreamStart, headset: HeadsetPass) -> None:
        serializer = Forgiving(
            self._carrier.serializer(start),
            give_up=lambda: close_websocket(websocket, UNREADABLE),
            call_id=headset.call_id,
            carrier="headset",
        )
        try:
            await self._desk.wear(Line(websocket, serializer, start.stream_id, marks=True), headset)
        except VoicebotError as wrong:
            log.warning("headset_not_worn", call=headset.call_id, code=wrong.code)
            await close_websocket(websocket, INTERNAL)
        finally:
            await close_websocket(websocket, 1000)
