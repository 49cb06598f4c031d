"""Humans who hear a call in silence: both sides mixed, at the pace of the caller's own sound."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable

import numpy as np

from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.voice.headset import Headset
from voicebot.voice.line import Line
from voicebot.voice.overlay import mix

RESERVE = RATE_HZ * 40 // 1000
"""After a silence the house's side waits for this much sound, or for as long: frames of two lines never come in step."""
KEPT = RATE_HZ * 7 // 10
"""More of the house's side than this is too old to be heard: 700 ms, well over what is sent ahead."""


class HouseSide:
    """What goes to the caller, put back into time: it is sent ahead, and heard as the caller's own sound passes."""

    def __init__(self) -> None:
        self._pieces: deque[Pcm] = deque()
        self._kept = 0
        self._held = 0
        self._flows = False

    def put(self, pcm: Pcm) -> None:
        self._pieces.append(pcm)
        self._kept += len(pcm)
        while self._kept > KEPT:
            self._kept -= len(self._pieces.popleft())

    def clear(self) -> None:
        self._pieces.clear()
        self._kept = self._held = 0
        self._flows = False

    def take(self, samples: int) -> Pcm:
        """The next samples; shorter, or empty, where there is silence."""
        if not self._flows:
            self._held += samples if self._kept else 0
            self._flows = self._kept >= RESERVE or self._held > RESERVE
            if not self._flows:
                return np.zeros(0, dtype=np.int16)
        taken: list[Pcm] = []
        while samples and self._pieces:
            piece = self._pieces.popleft()
            if len(piece) > samples:
                self._pieces.appendleft(piece[samples:])
                piece = piece[:samples]
            taken.append(piece)
            samples -= len(piece)
            self._kept -= len(piece)
        if not self._kept:
            self._flows, self._held = False, 0
        return np.concatenate(taken) if taken else np.zeros(0, dtype=np.int16)


class Listeners:
    """Those of one call. Nothing of them reaches the call."""

    def __init__(self, clock_ms: Callable[[], float]) -> None:
        self._clock_ms = clock_ms
        self._headsets: list[Headset] = []
        self._house = HouseSide()
        self._over = asyncio.Event()

    @property
    def count(self) -> int:
        return len(self._headsets)

    async def listen(self, line: Line) -> None:
        """Until the headset or the call is gone."""
        headset = Headset(line, self._clock_ms, must_sound=False)
        headset.begin()
        waits = [asyncio.create_task(event.wait()) for event in (headset.gone, self._over)]
        self._headsets.append(headset)
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._headsets.remove(headset)
            for wait in waits:
                wait.cancel()
            await headset.close()

    def close(self) -> None:
        """The call is over."""
        self._over.set()

    def hear_caller(self, pcm: Pcm) -> None:
        # Taken whether anybody listens or not: whoever begins to listen in mid-sentence hears it in time.
        house = self._house.take(len(pcm))
        if self._headsets:
            both = mix(pcm, house)
            for headset in self._headsets:
                headset.hear(both)

    def hear_house(self, pcm: Pcm) -> None:
        self._house.put(pcm)

    def clear_house(self) -> None:
        self._house.clear()
