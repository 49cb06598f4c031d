"""What the caller hears: audio queued by the receptionist, played at its own pace, with marks between its samples."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from voicebot.errors import CarrierError
from voicebot.speech.ports import RATE_HZ, Pcm

LONGEST_QUEUE_S = 600
"""More is a receptionist that has lost its senses."""


@dataclass(frozen=True, slots=True)
class Heard:
    """pcm: what was played, silence where nothing was queued. marks: names reached within it, in order."""

    pcm: Pcm
    marks: tuple[str, ...] = ()


class Earpiece:
    """A queue of sound and marks on a sample clock. Time passes only through play."""

    def __init__(self) -> None:
        self._queue: deque[Pcm | str] = deque()
        self._samples = 0

    @property
    def queued_ms(self) -> float:
        return self._samples * 1000 / RATE_HZ

    def queue(self, pcm: Pcm) -> None:
        """Raises: CarrierError when ten minutes are queued already."""
        if self._samples + len(pcm) > LONGEST_QUEUE_S * RATE_HZ:
            raise CarrierError("Ten minutes of sound are queued on a line.")
        if len(pcm):
            self._queue.append(pcm)
            self._samples += len(pcm)

    def mark(self, name: str) -> None:
        self._queue.append(name)

    def clear(self) -> tuple[str, ...]:
        """Drops everything; the marks that were waiting."""
        marks = tuple(item for item in self._queue if isinstance(item, str))
        self._queue.clear()
        self._samples = 0
        return marks

    def play(self, n_samples: int) -> Heard:
        """The next n_samples, and the marks whose sound has all been played by their end."""
        played = np.zeros(n_samples, np.int16)
        marks: list[str] = []
        at = 0
        while self._queue:
            item = self._queue[0]
            if isinstance(item, str):
                marks.append(item)
                self._queue.popleft()
                continue
            if at == n_samples:
                break
            taken = item[: n_samples - at]
            played[at : at + len(taken)] = taken
            at += len(taken)
            self._samples -= len(taken)
            if len(taken) == len(item):
                self._queue.popleft()
            else:
                self._queue[0] = item[len(taken) :]
        return Heard(played, tuple(marks))
