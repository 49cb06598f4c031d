"""The carrier's end of a media websocket: plays what it is sent in time, sends marks back, and the caller's audio."""

from __future__ import annotations

import asyncio
import base64
import json
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from starlette.websockets import WebSocketState

from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw

FRAME = RATE_HZ // 50


@dataclass
class CarrierLine:
    """Stands in for starlette's WebSocket. Times are the loop's, in ms since begin().

    acknowledges: marks come back once played. deaf: nothing sent is taken (the send blocks).
    """

    acknowledges: bool = True
    deaf: bool = False
    client_state: WebSocketState = WebSocketState.CONNECTED
    application_state: WebSocketState = WebSocketState.CONNECTED
    sent: list[tuple[float, dict[str, Any]]] = field(default_factory=list)
    heard: list[tuple[float, float]] = field(default_factory=list)
    """What the caller heard: (from, to) in ms."""
    closed_ms: float | None = None
    _incoming: asyncio.Queue[dict[str, Any]] = field(default_factory=asyncio.Queue)
    _marks: deque[tuple[float, str]] = field(default_factory=deque)
    _buffer_end_ms: float = 0.0
    _zero_s: float = 0.0
    _caller: deque[Pcm] = field(default_factory=deque)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self, zero_s: float | None = None) -> None:
        """zero_s: of the loop's clock, from where ms are counted; now when None."""
        self._zero_s = asyncio.get_running_loop().time() if zero_s is None else zero_s
        self._tasks = [asyncio.create_task(self._send_audio()), asyncio.create_task(self._send_marks())]

    async def end(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    @property
    def now_ms(self) -> float:
        return (asyncio.get_running_loop().time() - self._zero_s) * 1000

    # The caller

    def speak(self, pcm: Pcm) -> None:
        """Audio that the caller says from now on, after what is still waiting."""
        padded = np.pad(pcm, (0, -len(pcm) % FRAME))
        self._caller.extend(padded[i : i + FRAME] for i in range(0, len(padded), FRAME))

    def press(self, key: str) -> None:
        self.tell({"event": "dtmf", "dtmf": {"digit": key}})

    def stop(self) -> None:
        self.tell({"event": "stop", "stop": {}})

    def tell(self, message: dict[str, Any] | str) -> None:
        text = message if isinstance(message, str) else json.dumps(message)
        self._incoming.put_nowait({"type": "websocket.receive", "text": text})

    def mute(self) -> None:
        """The carrier sends no audio any more."""
        self._tasks[0].cancel()

    def break_off(self) -> None:
        """The connection is gone."""
        self._incoming.put_nowait({"type": "websocket.disconnect", "code": 1006})

    def hears_at(self, at_ms: float) -> bool:
        return any(start <= at_ms < end for start, end in self.heard)

    def silent_from(self, at_ms: float) -> float:
        """When the caller heard silence again, at or after at_ms."""
        ends = [end for start, end in self.heard if start <= at_ms < end]
        return max(ends, default=at_ms)

    def keys(self) -> str:
        """Keys that were sent to this end."""
        return "".join(m["dtmf"]["digit"] for _, m in self.sent if m["event"] == "dtmf")

    def sound(self, from_ms: float, to_ms: float) -> Pcm:
        """What was sent to this end between two times, one frame after the other."""
        pieces = [
            decode_ulaw(base64.b64decode(m["media"]["payload"]))
            for at, m in self.sent
            if m["event"] == "media" and from_ms <= at < to_ms
        ]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.int16)

    def marks(self) -> list[str]:
        return [m["mark"]["name"] for _, m in self.sent if m["event"] == "mark"]

    def clears(self) -> list[float]:
        return [at for at, m in self.sent if m["event"] == "clear"]

    # starlette's WebSocket

    async def receive(self) -> dict[str, Any]:
        message = await self._incoming.get()
        if message["type"] == "websocket.disconnect":
            self.client_state = WebSocketState.DISCONNECTED
        return message

    async def send_text(self, data: str) -> None:
        if self.deaf:
            await asyncio.sleep(3600)
        if self.application_state is not WebSocketState.CONNECTED:
            raise RuntimeError("closed")
        message = json.loads(data)
        now_ms = self.now_ms
        self.sent.append((now_ms, message))
        match message["event"]:
            case "media":
                samples = len(decode_ulaw(base64.b64decode(message["media"]["payload"])))
                self._play(now_ms, samples * 1000 / RATE_HZ)
            case "mark":
                self._marks.append((max(self._buffer_end_ms, now_ms), message["mark"]["name"]))
            case "clear":
                self._clear(now_ms)

    async def close(self, code: int = 1000) -> None:
        self.closed_ms = self.now_ms
        self.application_state = WebSocketState.DISCONNECTED

    # Inside

    def _play(self, now_ms: float, length_ms: float) -> None:
        start_ms = max(now_ms, self._buffer_end_ms)
        self._buffer_end_ms = start_ms + length_ms
        if self.heard and start_ms - self.heard[-1][1] < 0.01:
            self.heard[-1] = (self.heard[-1][0], self._buffer_end_ms)
        else:
            self.heard.append((start_ms, self._buffer_end_ms))

    def _clear(self, now_ms: float) -> None:
        self.heard = [(start, min(end, now_ms)) for start, end in self.heard if start < now_ms]
        self._buffer_end_ms = min(self._buffer_end_ms, now_ms)
        self._marks = deque((min(at, now_ms), name) for at, name in self._marks)

    async def _send_audio(self) -> None:
        silence = np.zeros(FRAME, dtype=np.int16)
        sent, began_s = 0, asyncio.get_running_loop().time()
        while True:
            frame = self._caller.popleft() if self._caller else silence
            payload = base64.b64encode(encode_ulaw(frame)).decode()
            self.tell({"event": "media", "media": {"track": "inbound", "payload": payload}})
            sent += 1
            await asyncio.sleep(max(0.0, began_s + sent * 0.02 - asyncio.get_running_loop().time()))

    async def _send_marks(self) -> None:
        while True:
            await asyncio.sleep(0.01)
            while self._marks and self._marks[0][0] <= self.now_ms:
                _, name = self._marks.popleft()
                if self.acknowledges:
                    self.tell({"event": "mark", "mark": {"name": name}})
