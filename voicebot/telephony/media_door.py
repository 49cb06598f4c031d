"""The door of media websockets: reads the start, checks the token, hands the line to the house."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog
from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameProcessorSetup
from pipecat.serializers.base_serializer import FrameSerializer
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from voicebot.errors import BadMediaMessage, BadSignature, VoicebotError
from voicebot.telephony.carrier import MediaCarrier, StreamStart
from voicebot.telephony.ports import ReceptionDesk
from voicebot.telephony.stream_tokens import StreamPass, StreamTokens
from voicebot.voice.line import Line

START_LIMIT_S = 10.0
GRACE_S = 2.0
LEAVING_LIMIT_S = 5.0
MESSAGES_BEFORE_START = 5
BAD_MESSAGES_LIMIT = 50
"""Unreadable messages in a row, one second of audio, after which the line is as good as broken."""

# RFC 6455, 7.4.1
GOING_AWAY, UNREADABLE, REFUSED, INTERNAL = 1001, 1003, 1008, 1011

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _OpenStream:
    """left: nobody talks on it any more."""

    websocket: WebSocket
    left: asyncio.Event = field(default_factory=asyncio.Event)


class MediaDoor:
    """Receives media streams; knows which are open so that a carrier's word that a call is over closes them."""

    def __init__(
        self,
        desk: ReceptionDesk,
        tokens: StreamTokens,
        *,
        start_limit_s: float = START_LIMIT_S,
        grace_s: float = GRACE_S,
    ) -> None:
        self._desk = desk
        self._tokens = tokens
        self._start_limit_s = start_limit_s
        self._grace_s = grace_s
        self._open: dict[tuple[str, str], _OpenStream] = {}

    async def receive(self, websocket: WebSocket, carrier: MediaCarrier) -> None:
        """One stream from handshake to close. Refuses with 1003 what cannot be read, with 1008 a wrong token."""
        await websocket.accept()
        try:
            async with asyncio.timeout(self._start_limit_s):
                start = await read_start(websocket, carrier)
            token = start.parameters.get("token") or websocket.query_params.get("token", "")
            stream = self._tokens.redeem(token, carrier=carrier.name)
            if carrier.names_calls and start.carrier_call_id != stream.carrier_call_id:
                raise BadSignature("A media stream shows another call's token.")
        except (WebSocketDisconnect, TimeoutError, BadMediaMessage, BadSignature) as wrong:
            code = getattr(wrong, "code", "timeout")
            log.warning("media_stream_refused", carrier=carrier.name, code=code)
            await close_websocket(websocket, REFUSED if isinstance(wrong, BadSignature) else UNREADABLE)
            return
        await self._converse(websocket, carrier, start, stream)

    async def call_is_over(self, carrier: str, carrier_call_id: str) -> None:
        """Returns when nobody talks on the call's stream any more: disconnects are missed now and then.

        A stream that has not ended by itself within GRACE_S is closed.
        """
        stream = self._open.get((carrier, carrier_call_id))
        if stream is None or await _happens(stream.left, self._grace_s):
            return
        log.warning("media_stream_closed_by_status", carrier=carrier, carrier_call_id=carrier_call_id)
        await close_websocket(stream.websocket, GOING_AWAY)
        await _happens(stream.left, LEAVING_LIMIT_S)

    async def _converse(self, websocket: WebSocket, carrier: MediaCarrier, start: StreamStart, stream: StreamPass) -> None:
        key = (carrier.name, stream.carrier_call_id)
        earlier = self._open.pop(key, None)
        if earlier is not None:
            await close_websocket(earlier.websocket, GOING_AWAY)
            await _happens(earlier.left, LEAVING_LIMIT_S)
        opened = self._open[key] = _OpenStream(websocket)
        serializer = Forgiving(
            carrier.serializer(start),
            give_up=lambda: close_websocket(websocket, UNREADABLE),
            call_id=stream.call_id,
            carrier=carrier.name,
        )
        try:
            line = Line(websocket, serializer, start.stream_id, marks=carrier.marks)
            await self._desk.converse(line, stream.call_id, stream.opening)
        except VoicebotError as wrong:
            log.error("conversation_failed", call=stream.call_id, code=wrong.code)
            await close_websocket(websocket, INTERNAL)
        finally:
            if self._open.get(key) is opened:
                del self._open[key]
            opened.left.set()
            await close_websocket(websocket, 1000)


class Forgiving(FrameSerializer):
    """A carrier's serializer that survives unreadable messages: counted, logged by code, given up after a row of them."""

    def __init__(
        self, inner: FrameSerializer, *, give_up: Callable[[], Awaitable[None]], call_id: str, carrier: str
    ) -> None:
        super().__init__()
        self._inner = inner
        self._give_up = give_up
        self._log = log.bind(call=call_id, carrier=carrier)
        self._in_a_row = 0
        self.bad_messages = 0

    async def setup(self, setup: FrameProcessorSetup) -> None:
        await self._inner.setup(setup)

    async def serialize(self, frame: Frame) -> str | bytes | None:
        return await self._inner.serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        try:
            frame = await self._inner.deserialize(data)
        except BadMediaMessage as wrong:
            await self._count(wrong)
            return None
        self._in_a_row = 0
        return frame

    async def _count(self, wrong: BadMediaMessage) -> None:
        self.bad_messages += 1
        self._in_a_row += 1
        # One line for the first of a row: 50 messages a second must not flood the log.
        if self._in_a_row == 1:
            self._log.warning("bad_media_message", code=wrong.code, what=wrong.what, count=self.bad_messages)
        if self._in_a_row == BAD_MESSAGES_LIMIT:
            self._log.error("media_stream_unreadable", code=wrong.code, count=self.bad_messages)
            await self._give_up()


async def read_start(websocket: WebSocket, carrier: MediaCarrier) -> StreamStart:
    for _ in range(MESSAGES_BEFORE_START):
        received = await websocket.receive()
        if received["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(received.get("code", 1005))
        message = received.get("text")
        start = carrier.read_start(message if message is not None else received.get("bytes") or b"")
        if start is not None:
            return start
    raise BadMediaMessage("A media stream did not begin with its start message.")


async def _happens(event: asyncio.Event, within_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), within_s)
    except TimeoutError:
        return False
    return True


async def close_websocket(websocket: WebSocket, code: int) -> None:
    """Closes once; a connection that is gone already is no error."""
    if WebSocketState.DISCONNECTED in (websocket.application_state, websocket.client_state):
        return
    try:
        await websocket.close(code)
    except RuntimeError as already_closed:
        log.debug("websocket_already_closed", what=type(already_closed).__name__)
