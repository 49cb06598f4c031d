"""A reception desk for tests of the telephone side: plays what it is told, keeps what it hears."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import numpy as np
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
)
from starlette.websockets import WebSocketDisconnect

from voicebot.domain.events import CallEvent, EventKind
from voicebot.errors import UnknownCall
from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.telephony.ports import (
    Accepted,
    ClientCard,
    Ended,
    Engines,
    IncomingCall,
    LineStatus,
    RefusalReason,
    Refused,
)
from voicebot.voice.line import Line, Opening
from voicebot.voice.media_frames import LineStoppedFrame, MarkFrame, MarkPlayedFrame

NUMBER = "+33187650001"
FRAME = RATE_HZ // 50


def tone(hz: float, ms: float, level: int = 8000) -> Pcm:
    """A sine of the given amplitude, int16 mono 8 kHz."""
    at = np.arange(round(RATE_HZ * ms / 1000))
    return (level * np.sin(2 * np.pi * hz * at / RATE_HZ)).astype(np.int16)


class Talk:
    """One line as a stub receptionist uses it."""

    def __init__(self, line: Line, call_id: str, opening: Opening) -> None:
        self.line = line
        self.call_id = call_id
        self.opening = opening
        self.heard: list[Pcm] = []
        self.keys = ""
        self.marks: list[str] = []
        self.stopped = False

    @property
    def heard_pcm(self) -> Pcm:
        return np.concatenate(self.heard) if self.heard else np.zeros(0, np.int16)

    async def send(self, frame: Frame) -> None:
        message = await self.line.serializer.serialize(frame)
        assert message is not None
        await (
            self.line.websocket.send_text(message) if isinstance(message, str) else self.line.websocket.send_bytes(message)
        )

    async def say(self, pcm: Pcm, mark: str) -> None:
        """All at once, as far ahead as it goes; then the mark."""
        for start in range(0, len(pcm), FRAME):
            await self.send(OutputAudioRawFrame(pcm[start : start + FRAME].tobytes(), RATE_HZ, 1))
        await self.send(MarkFrame(mark=mark))

    async def clear(self) -> None:
        await self.send(InterruptionFrame())

    async def listen(self) -> bool:
        """One message. False: the line is gone."""
        try:
            received = await self.line.websocket.receive()
        except (WebSocketDisconnect, RuntimeError):
            return False
        if received["type"] == "websocket.disconnect":
            return False
        frame = await self.line.serializer.deserialize(received.get("text") or received.get("bytes") or b"")
        if isinstance(frame, InputAudioRawFrame):
            assert frame.sample_rate == RATE_HZ
            self.heard.append(np.frombuffer(frame.audio, np.int16))
        elif isinstance(frame, InputDTMFFrame):
            self.keys += frame.button.value
        elif isinstance(frame, MarkPlayedFrame):
            self.marks.append(frame.mark)
        elif isinstance(frame, LineStoppedFrame):
            self.stopped = True
        return True

    async def listen_until(self, done: Callable[[], bool]) -> bool:
        while not done():
            if not await self.listen():
                return False
        return True

    async def hang_up(self) -> None:
        await self.line.websocket.close()


Behaviour = Callable[[Talk], Awaitable[None]]


async def keep_listening(talk: Talk) -> None:
    await talk.listen_until(lambda: talk.stopped)


class StubDesk:
    """behaviour: what the receptionist does on each line. answers: what ring gives for a dialled number."""

    def __init__(self, behaviour: Behaviour = keep_listening) -> None:
        self.behaviour = behaviour
        self.rung: list[IncomingCall] = []
        self.talks: list[Talk] = []
        self.statuses: list[tuple[str, LineStatus]] = []
        self.over: set[str] = set()
        self.given_up: list[str] = []
        self.answer: Accepted | Refused | Exception | None = None
        self.fallback_number: str | None = None
        self.events: dict[str, list[CallEvent]] = {}
        self.practice = True

    async def ring(self, call: IncomingCall) -> Accepted | Refused:
        self.rung.append(call)
        if isinstance(self.answer, Exception):
            raise self.answer
        if self.answer is not None:
            return self.answer
        if call.client is None and call.dialled_number != NUMBER:
            return Refused(RefusalReason.UNKNOWN_NUMBER)
        return Accepted(f"call-of-{call.carrier_call_id}", fallback_number=self.fallback_number)

    async def converse(self, line: Line, call_id: str, opening: Opening) -> None:
        talk = Talk(line, call_id, opening)
        self.talks.append(talk)
        await self.behaviour(talk)

    async def resume(self, carrier: str, carrier_call_id: str) -> Accepted | Ended | Refused:
        if carrier_call_id in self.over:
            return Ended()
        return Accepted(f"call-of-{carrier_call_id}", fallback_number=self.fallback_number)

    async def give_up(self, carrier: str, carrier_call_id: str) -> Refused:
        self.given_up.append(carrier_call_id)
        return Refused(RefusalReason.TROUBLE, fallback_number=self.fallback_number)

    async def carrier_status(self, carrier: str, carrier_call_id: str, status: LineStatus) -> None:
        self.statuses.append((carrier_call_id, status))

    def clients(self) -> list[ClientCard]:
        return [
            ClientCard("chauffage-lambert", "Chauffage Lambert", "heating"),
            ClientCard("cabinet-des-lilas", "Cabinet des Lilas", "medical"),
        ]

    def engines(self) -> Engines:
        return Engines("practice ears", "practice voice fr+f2", self.practice)

    async def follow(self, call_id: str) -> AsyncIterator[CallEvent]:
        if call_id not in self.events:
            raise UnknownCall(f"No call {call_id}.")
        for event in self.events[call_id]:
            yield event
            await asyncio.sleep(0)


def event(number: int, kind: EventKind, **data: object) -> CallEvent:
    return CallEvent(number, datetime(2026, 11, 23, 21, 0, number, tzinfo=UTC), kind, dict(data))
