"""One direction of a talk between two humans: what comes goes out at once, and what cannot go out is not kept."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from pipecat.frames.frames import Frame, OutputAudioRawFrame

from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.voice.overlay import SPOKEN, loudness
from voicebot.voice.play_clock import PER_MS, PlayClock

WAITING = 10
"""Frames that wait for a reader who stalls, 200 ms as a rule; one more, and the oldest is dropped."""
OTHERS = 64
"""Other messages that wait (keys, marks, clears): as many as any person can cause; the oldest is dropped."""
LATE_MS = 80
"""Sound ahead of the far end's loudspeaker from which pauses are left out."""
TOO_LATE_MS = 300
"""From here on words are left out, too: a talk that is that late is none."""


class LiveLeg:
    """Writes in a task of its own, so that whoever gives frames never waits.

    The far end plays what it gets in order: frames that come in a heap after a stall would make all that follows late
    for good. How far ahead it is, is known from the clock: too much is left out, pauses first.

    Args:
        write: puts one frame on the line; told of a broken line by other ways.
        clock_ms: any clock in ms.
    """

    def __init__(self, write: Callable[[Frame], Awaitable[None]], clock_ms: Callable[[], float]) -> None:
        self._write = write
        self._clock_ms = clock_ms
        self._sound: deque[Frame] = deque(maxlen=WAITING)
        self._others: deque[Frame] = deque(maxlen=OTHERS)
        self._came = asyncio.Event()
        self._clock = PlayClock(0)
        self.left_out = 0
        """Frames that were not sent."""

    @property
    def ahead_ms(self) -> float:
        """Sound that the far end has not played by the clock."""
        return max(0.0, self._clock.end_ms - self._clock_ms())

    def say(self, pcm: Pcm) -> float | None:
        """Sound, int16 mono 8 kHz. Returns: when the far end plays it by the clock, None when it is left out."""
        now_ms = self._clock_ms()
        ahead_ms = self._clock.end_ms - now_ms
        if ahead_ms > TOO_LATE_MS or (ahead_ms > LATE_MS and loudness(pcm) < SPOKEN):
            self.left_out += 1
            return None
        if len(self._sound) == WAITING:
            self.left_out += 1
        self._sound.append(OutputAudioRawFrame(audio=pcm.tobytes(), sample_rate=RATE_HZ, num_channels=1))
        self._came.set()
        return self._clock.send(len(pcm) / PER_MS, now_ms)

    def tell(self, frame: Frame) -> None:
        """Anything else, before the sound that still waits."""
        self._others.append(frame)
        self._came.set()

    async def run(self) -> None:
        while True:
            await self._came.wait()
            self._came.clear()
            while self._others or self._sound:
                await self._write(self._others.popleft() if self._others else self._sound.popleft())
