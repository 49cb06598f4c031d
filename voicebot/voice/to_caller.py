"""Everything that the caller hears goes through here: hold sound gives way to voices, and listeners hear it, too."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import numpy as np
from pipecat.frames.frames import Frame, InterruptionFrame, OutputAudioRawFrame

from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.voice.hold_sound import HoldSound
from voicebot.voice.play_clock import PER_MS, PlayClock

FRAME = RATE_HZ // 50
HOLD_LEAD_MS = 120
"""Hold sound ahead at the carrier: little, since it is thrown away as soon as anybody speaks."""
HOLD_REST_S = 0.04
HOLD_AFTER_S = 1.0
"""Silence before the hold sound begins: between two sentences there is none."""


class Hearer(Protocol):
    """Somebody who hears what the caller hears."""

    def hear_house(self, pcm: Pcm) -> None:
        """Sound that goes to the caller, int16 mono 8 kHz, up to 400 ms before it is played."""
        ...

    def clear_house(self) -> None:
        """What was not played yet never is."""
        ...


class ToCaller:
    """The caller's line, one frame at a time.

    Args:
        send: puts a frame on the line. clock_ms: ms of the call.
        may_hold: the caller waits for a human, and nobody speaks: asked before each piece of hold sound.
        hearers: who else hears it now.
    """

    def __init__(
        self,
        send: Callable[[Frame], Awaitable[None]],
        clock_ms: Callable[[], float],
        may_hold: Callable[[], bool],
        hearers: Callable[[], tuple[Hearer, ...]],
    ) -> None:
        self._send = send
        self._clock_ms = clock_ms
        self._may_hold = may_hold
        self._hearers = hearers
        self._hold = HoldSound()
        self._held = PlayClock(HOLD_LEAD_MS)
        self._order = asyncio.Lock()

    async def write(self, frame: Frame) -> None:
        """A frame of a voice, a mark or a clear; hold sound that was not played yet is thrown away before a voice."""
        async with self._order:
            if isinstance(frame, OutputAudioRawFrame):
                await self._end_hold()
            await self._put(frame)

    async def hold_when_due(self) -> None:
        """Plays hold sound whenever it may, as long as the call lasts. Not on the tape: nobody said anything."""
        quiet_since_ms: float | None = None
        while True:
            await asyncio.sleep(HOLD_REST_S)
            now_ms = self._clock_ms()
            if not self._may_hold():
                quiet_since_ms = None
                async with self._order:
                    await self._end_hold()
                continue
            if quiet_since_ms is None:
                quiet_since_ms = now_ms
                self._hold.rewind()
            if now_ms - quiet_since_ms >= HOLD_AFTER_S * 1000:
                async with self._order:
                    await self._play_hold()

    async def _play_hold(self) -> None:
        while self._may_hold() and self._held.owed_ms(self._clock_ms()) >= FRAME / PER_MS:
            self._held.send(FRAME / PER_MS, self._clock_ms())
            await self._put(OutputAudioRawFrame(self._hold.next(FRAME).tobytes(), RATE_HZ, 1))

    async def _end_hold(self) -> None:
        now_ms = self._clock_ms()
        if self._held.end_ms > now_ms:
            self._held.clear(now_ms)
            await self._put(InterruptionFrame())

    async def _put(self, frame: Frame) -> None:
        for hearer in self._hearers():
            if isinstance(frame, OutputAudioRawFrame):
                hearer.hear_house(np.frombuffer(frame.audio, dtype=np.int16))
            elif isinstance(frame, InterruptionFrame):
                hearer.clear_house()
        await self._send(frame)
