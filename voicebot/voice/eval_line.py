"""A line for pipecat's eval harness: its RTVI messages instead of a carrier's, around the same conversation.

in   raw-audio → sound · dtmf → keys · send-text → a caller's turn, in conversations without sound · eval-cancel → hung up
out  what the call's events tell: user-input, llm-function-call-* for decisions, bot-llm-* for sentences, bot-tts-text for
     those that were heard; what the line carries: bot-started-speaking, bot-stopped-speaking, bot-interrupted,
     eval-bot-audio

Sources: pipecat/evals/serializer.py, pipecat/serializers/rtvi_client.py, of 1.14.
"""

from __future__ import annotations

import asyncio
import base64
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.audio.utils import create_stream_resampler
from pipecat.evals.serializer import (
    EVAL_BOT_AUDIO_TYPE,
    EVAL_CANCEL_MESSAGE_TYPE,
    EvalConnectionFlags,
    parse_eval_connect,
)
from pipecat.frames.frames import Frame, InputAudioRawFrame, InputDTMFFrame, InterruptionFrame, OutputAudioRawFrame
from pipecat.processors.frameworks.rtvi import models as rtvi
from pipecat.serializers.base_serializer import FrameSerializer
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from voicebot.domain.call import EndReason
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.errors import VoicebotError
from voicebot.speech.ports import RATE_HZ, Transcriber, Voice
from voicebot.voice.converse import converse
from voicebot.voice.desk import Desk
from voicebot.voice.line import Line, Opening
from voicebot.voice.media_frames import LineStoppedFrame

SPEECH = "speech"
"""Query parameter: the harness speaks, and hears; without it the conversation is written."""
QUIET_S = 0.1
TICK_S = 0.02
HANDSHAKE_LIMIT_S = 10.0
_BYTES_PER_S = 2 * RATE_HZ

log = structlog.get_logger()

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class EvalDoor:
    """An ASGI application: every websocket is one call.

    open_call: the receptionist of a new call. watch: told of every event of every call of this process, as LiveCalls.
    """

    open_call: Callable[[], Awaitable[Desk]]
    watch: Callable[[Callable[[str, CallEvent], None]], None]
    ears: Transcriber
    voices: Callable[[Desk], Callable[[Language], Voice]]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            return
        websocket = EvalSocket(scope, receive, send)
        await websocket.accept()
        try:
            async with asyncio.timeout(HANDSHAKE_LIMIT_S):
                flags = await _shake_hands(websocket)
            await self._answer(websocket, flags)
        except (WebSocketDisconnect, TimeoutError) as gone:
            log.info("eval_line_gone", what=type(gone).__name__)
        finally:
            if WebSocketState.DISCONNECTED not in (websocket.client_state, websocket.application_state):
                with suppress(RuntimeError, OSError, WebSocketDisconnect):
                    await websocket.close()

    async def _answer(self, websocket: EvalSocket, flags: EvalConnectionFlags) -> None:
        desk = await self.open_call()
        said = Report(websocket)

        def see(call_id: str, event: CallEvent) -> None:
            if call_id == desk.call.id:
                said.events.put_nowait(event)

        self.watch(see)
        async with said.telling():
            if SPEECH in websocket.query_params:
                line = Line(websocket, RtviLine(said, flags.capture_bot_audio), desk.call.id, marks=False)
                await converse(line, desk, self.ears, self.voices(desk), None, opening=Opening.PICK_UP)
            else:
                await _write_to_each_other(websocket, desk)


class EvalSocket(WebSocket):
    """Several keys in one message are received one by one, as from a telephone."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self._keys: list[str] = []

    async def receive(self) -> Any:
        if not self._keys:
            received = await super().receive()
            message = _read(received.get("text"))
            if message.get("type") != "dtmf":
                return received
            self._keys = [str(key) for key in message.get("data", {}).get("buttons", ())]
            if not self._keys:
                return received
        return {"type": "websocket.receive", "text": json.dumps(_message("dtmf", {"buttons": [self._keys.pop(0)]}))}


@dataclass
class Report:
    """What the harness is told of one call, in order."""

    websocket: WebSocket
    events: asyncio.Queue[CallEvent | Message] = field(default_factory=asyncio.Queue)
    _sentences: dict[str, str] = field(default_factory=dict)
    _plays_until_s: float = 0.0
    _speaking: bool = False

    def sent(self, sound: bytes) -> None:
        """Sound has gone out: it plays after what went before."""
        self._plays_until_s = max(time.monotonic(), self._plays_until_s) + len(sound) / _BYTES_PER_S
        if not self._speaking:
            self._speaking = True
            self.events.put_nowait(_message("bot-started-speaking"))

    def cut(self) -> None:
        """What has not been played never will be."""
        self._plays_until_s = 0.0
        self.events.put_nowait(_message("bot-interrupted"))
        if self._speaking:
            self._speaking = False
            self.events.put_nowait(_message("bot-stopped-speaking"))

    @asynccontextmanager
    async def telling(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(self._tell()), asyncio.create_task(self._notice_silence())]
        try:
            yield
            await asyncio.sleep(TICK_S)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self) -> None:
        replying = False
        while True:
            event = await self.events.get()
            if isinstance(event, CallEvent):
                if event.kind is EventKind.RECEPTIONIST_SAYS:
                    self._sentences[event.data["sentence"]] = event.data["text"]
                for message in rtvi_of(event, self._sentences):
                    await self._send(message)
                replying = replying or event.kind is EventKind.DECIDED
                # A turn's events are shown all at once.
                if replying and self.events.empty():
                    replying = False
                    await self._send(_message("bot-llm-stopped"))
            else:
                await self._send(event)

    async def _notice_silence(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self._speaking and time.monotonic() > self._plays_until_s + QUIET_S:
                self._speaking = False
                self.events.put_nowait(_message("bot-stopped-speaking"))

    async def _send(self, message: Message) -> None:
        if WebSocketState.CONNECTED not in (self.websocket.client_state, self.websocket.application_state):
            return
        try:
            await self.websocket.send_text(json.dumps(message))
        except (RuntimeError, OSError, WebSocketDisconnect) as gone:
            log.debug("eval_line_gone", what=type(gone).__name__)


class RtviLine(FrameSerializer):
    """The harness's sound and keys as a carrier's (see voicebot.voice.media_frames). capture: it wants ours."""

    def __init__(self, report: Report, capture: bool) -> None:
        super().__init__()
        self._report = report
        self._capture = capture
        self._resampler = create_stream_resampler()

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, InterruptionFrame):
            self._report.cut()
        if not isinstance(frame, OutputAudioRawFrame):
            return None
        self._report.sent(frame.audio)
        if not self._capture:
            return None
        data = {"audio": base64.b64encode(frame.audio).decode("ascii"), "sampleRate": RATE_HZ}
        return json.dumps(_message(EVAL_BOT_AUDIO_TYPE, data))

    async def deserialize(self, data: str | bytes) -> Frame | None:
        message = _read(data)
        told = message.get("data") or {}
        match message.get("type"):
            case "raw-audio":
                sound = base64.b64decode(told["base64Audio"])
                if told["sampleRate"] != RATE_HZ:
                    sound = await self._resampler.resample(sound, told["sampleRate"], RATE_HZ)
                return InputAudioRawFrame(sound, RATE_HZ, 1)
            case "dtmf":
                return InputDTMFFrame(KeypadEntry(told["buttons"][0]))
            case "client-message" if told.get("t") == EVAL_CANCEL_MESSAGE_TYPE:
                return LineStoppedFrame(reason=EVAL_CANCEL_MESSAGE_TYPE)
        return None


def rtvi_of(event: CallEvent, sentences: Mapping[str, str]) -> Iterator[Message]:
    """The messages that tell of an event; bot-llm-stopped, which ends a reply, is not among them. sentences: texts by id."""
    data = event.data
    match event.kind:
        case EventKind.CALLER_SAID:
            yield _message("user-input", {"input_type": "transcription", "final": True, "text": data["text"]})
        case EventKind.KEYS_PRESSED:
            yield _message("user-input", {"input_type": "transcription", "final": True, "text": f"DTMF: {data['keys']}"})
        case EventKind.DECIDED:
            for place, decision in enumerate(data["decisions"]):
                called = {"tool_call_id": f"{event.number}.{place}", "function_name": decision["action"]}
                arguments = {**decision["values"], "subject": decision["subject"], "rule": decision["rule"]}
                yield _message("llm-function-call-in-progress", {**called, "arguments": arguments})
                yield _message("llm-function-call-stopped", {**called, "cancelled": False, "result": decision["because"]})
            yield _message("bot-llm-started")
        case EventKind.RECEPTIONIST_SAYS:
            yield _message("bot-llm-text", {"text": data["text"] + " "})
        case EventKind.SENTENCE_PLAYED if data["played"] != "none":
            yield _message("bot-tts-text", {"text": sentences.get(data["sentence"], "")})
        case _:
            pass


async def _shake_hands(websocket: WebSocket) -> EvalConnectionFlags:
    """eval-connect, then client-ready, which is answered with bot-ready."""
    flags = EvalConnectionFlags()
    while True:
        message = _read(await websocket.receive_text())
        flags = parse_eval_connect(message) or flags
        if message.get("type") == "client-ready":
            ready = rtvi.BotReadyData(version=rtvi.PROTOCOL_VERSION, about={"library": "voicebot"})
            answer = rtvi.BotReady(id=str(message.get("id", "")), data=ready)
            await websocket.send_text(answer.model_dump_json(exclude_none=True))
            return flags


async def _write_to_each_other(websocket: WebSocket, desk: Desk) -> None:
    """A conversation without sound, as at the keyboard, until someone hangs up."""
    try:
        reply: Reply | None = await desk.pick_up()
        while reply is None or reply.then is not Then.HANG_UP:
            message = _read(await websocket.receive_text())
            told = message.get("data") or {}
            if message.get("type") == "send-text":
                heard = Heard(str(told["content"]), heard_by="pipecat evals")
                reply = await desk.answer(heard, await desk.read(heard))
            elif message.get("type") == "dtmf":
                reply = await _press(desk, [str(key) for key in told.get("buttons", ())])
            elif message.get("type") == "client-message" and told.get("t") == EVAL_CANCEL_MESSAGE_TYPE:
                return
        await desk.hang_up(reply.ending or EndReason.GOODBYE)
    except WebSocketDisconnect:
        log.info("eval_line_closed", call=desk.call.id)
    except VoicebotError as wrong:
        log.error("eval_conversation_failed", call=desk.call.id, code=wrong.code)
    finally:
        await desk.hang_up(EndReason.CALLER_HUNG_UP)


async def _press(desk: Desk, keys: list[str]) -> Reply | None:
    replies = [await desk.hear_keys(key) for key in keys]
    return next((reply for reply in reversed(replies) if reply), None) or await desk.keys_paused()


def _message(kind: str, data: Message | None = None) -> Message:
    return {"label": rtvi.MESSAGE_LABEL, "type": kind, "id": "", "data": data or {}}


def _read(text: str | bytes | None) -> Message:
    """A message of the harness; {} for what is none."""
    try:
        message = json.loads(text or "{}")
    except ValueError:
        return {}
    return message if isinstance(message, dict) and message.get("label") == rtvi.MESSAGE_LABEL else {}
