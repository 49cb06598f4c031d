"""The line of one of our humans: reads what it says and presses, writes what it is to hear, knows when it is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress

import numpy as np
import structlog
from pipecat.audio.dtmf.types import KeypadEntry
from pipecat.frames.frames import (
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputDTMFUrgentFrame,
)
from starlette.websockets import WebSocketDisconnect, WebSocketState

from voicebot.errors import BadMediaMessage
from voicebot.speech.ports import Pcm
from voicebot.voice.line import Line
from voicebot.voice.line_writing import write_frame
from voicebot.voice.live_leg import LiveLeg
from voicebot.voice.media_frames import LineStoppedFrame, MarkFrame, MarkPlayedFrame

CLOSE_LIMIT_S = 1.0
FIRST_SOUND_S = 1.5
"""From putting it on to its first frame of sound."""
SILENT_S = 1.2
"""Browsers send a frame every 20 ms, of silence too: one that sends none for this long is gone."""
MARK_EVERY = 10
"""Frames of sound between two marks."""
MARKS_OUT = 4
"""Marks (200 ms each) that a headset may owe: more, and its reader stalls; sound is dropped until it is back."""

log = structlog.get_logger()


class Headset:
    """Reading and writing go on between `begin` and `close`; `gone` is set when nobody is there any more.

    Args:
        on_sound, on_key: told of what its wearer says (int16 mono, 8 kHz) and presses (0-9 * #).
        clock_ms: any clock in ms. must_sound: no sound for SILENT_S means that it is gone.
    """

    def __init__(
        self,
        line: Line,
        clock_ms: Callable[[], float],
        *,
        on_sound: Callable[[Pcm], None] = lambda _: None,
        on_key: Callable[[str], None] = lambda _: None,
        must_sound: bool = True,
    ) -> None:
        self._line = line
        self._clock_ms = clock_ms
        self._on_sound = on_sound
        self._on_key = on_key
        self._must_sound = must_sound
        self._leg = LiveLeg(self._write, clock_ms)
        self._tasks: list[asyncio.Task[None]] = []
        self._silent_after_ms = 0.0
        self._frames = 0
        self._marks = 0
        self._owed = 0
        self._answers_marks = False
        self.gone = asyncio.Event()

    def begin(self) -> None:
        self._silent_after_ms = self._clock_ms() + FIRST_SOUND_S * 1000
        work = [self._read(), self._leg.run(), *([self._listen_for_life()] if self._must_sound else [])]
        self._tasks = [asyncio.create_task(part, name=f"headset-{self._line.stream_id}") for part in work]

    def hear(self, pcm: Pcm) -> None:
        """Sound for its wearer, at once; not kept for one whose browser does not read."""
        if self._answers_marks and self._owed > MARKS_OUT:
            return
        if self._leg.say(pcm) is None:
            return
        self._frames += 1
        if self._frames % MARK_EVERY == 0 and self._line.marks:
            self._marks += 1
            self._owed += 1
            self._leg.tell(MarkFrame(mark=f"heard-{self._marks}"))

    def press(self, key: str) -> None:
        """A key that the other side pressed."""
        self._leg.tell(OutputDTMFUrgentFrame(button=KeypadEntry(key)))

    async def close(self) -> None:
        """Leave no task, and close the websocket."""
        self.gone.set()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await close_line(self._line)

    async def _read(self) -> None:
        websocket = self._line.websocket
        while websocket.client_state is WebSocketState.CONNECTED:
            try:
                message = await websocket.receive()
            except (RuntimeError, WebSocketDisconnect):
                break
            if message["type"] == "websocket.disconnect":
                break
            data = message.get("text")
            frame = await self._deserialize(data if data is not None else message.get("bytes") or b"")
            if isinstance(frame, LineStoppedFrame):
                break
            self._take(frame)
        self.gone.set()

    async def _deserialize(self, data: str | bytes) -> Frame | None:
        try:
            return await self._line.serializer.deserialize(data)
        except (BadMediaMessage, ValueError, TypeError, KeyError, AttributeError) as unreadable:
            log.warning("bad_media_message", stream=self._line.stream_id, what=type(unreadable).__name__)
            return None

    def _take(self, frame: Frame | None) -> None:
        match frame:
            case InputAudioRawFrame():
                self._silent_after_ms = self._clock_ms() + SILENT_S * 1000
                whole = len(frame.audio) - len(frame.audio) % 2
                self._on_sound(np.frombuffer(frame.audio[:whole], dtype=np.int16))
            case InputDTMFFrame():
                self._on_key(frame.button.value)
            case MarkPlayedFrame():
                self._was_heard()
            case _:
                pass

    def _was_heard(self) -> None:
        """A mark came back: what lies behind it was played."""
        stalled = self._answers_marks and self._owed > MARKS_OUT
        self._answers_marks = True
        self._owed = max(0, self._owed - 1)
        if stalled:
            # Back after a stall: what piled up on the way is too old to be heard.
            self._leg.tell(InterruptionFrame())

    async def _listen_for_life(self) -> None:
        while True:
            left_ms = self._silent_after_ms - self._clock_ms()
            if left_ms <= 0:
                break
            await asyncio.sleep(left_ms / 1000)
        log.info("headset_silent", stream=self._line.stream_id)
        self.gone.set()

    async def _write(self, frame: Frame) -> None:
        if not await write_frame(self._line, frame):
            self.gone.set()


async def close_line(line: Line) -> None:
    """Closes its websocket, unless that has happened already."""
    websocket = line.websocket
    if WebSocketState.DISCONNECTED not in (websocket.application_state, websocket.client_state):
        with suppress(RuntimeError, OSError, TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(CLOSE_LIMIT_S):
                await websocket.close()
