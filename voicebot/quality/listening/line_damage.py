"""What a network does to 20 ms frames: some are lost, in bursts, some come late; none comes out of order or changed."""

from __future__ import annotations

from collections import deque

import numpy as np

from voicebot.quality.carried_call import FRAME_MS
from voicebot.quality.listening.conditions import Jitter, Loss
from voicebot.speech.ports import Pcm


class BurstLoss:
    """Gilbert-Elliott with a good state that loses nothing and a bad one that loses everything."""

    def __init__(self, loss: Loss, seed: int) -> None:
        self._chance = np.random.default_rng((seed, 1))
        self._leave = 1 / loss.burst_frames
        self._enter = loss.rate * self._leave / (1 - loss.rate)
        self._bad = False

    def loses(self) -> bool:
        """Is the next frame lost?"""
        drawn = self._chance.random()
        self._bad = drawn >= self._leave if self._bad else drawn < self._enter
        return self._bad


class Network:
    """Takes one frame each 20 ms and gives those that arrive at that moment: none, one, or several at once.

    lost: frames that will never arrive. delays_ms: by which the others came late, so far.
    """

    def __init__(self, loss: Loss | None = None, jitter: Jitter | None = None, seed: int = 0) -> None:
        self._loss = loss
        self._losses = BurstLoss(loss, seed) if loss else None
        self._jitter = jitter
        self._chance = np.random.default_rng((seed, 2))
        self._frames = 0
        self._last_due_ms = 0.0
        self._under_way: deque[tuple[float, int, Pcm]] = deque()
        self.lost = 0
        self.delays_ms: list[float] = []

    def carry(self, frame: Pcm) -> list[Pcm]:
        now_ms = self._frames * float(FRAME_MS)
        self._frames += 1
        late_ms = self._late_ms()
        if late_ms is None:
            self.lost += 1
        else:
            self._last_due_ms = max(self._last_due_ms, now_ms + late_ms)
            self._under_way.append((self._last_due_ms, int(now_ms), frame))
        arrived: list[Pcm] = []
        while self._under_way and self._under_way[0][0] <= now_ms:
            _, sent_ms, sound = self._under_way.popleft()
            self.delays_ms.append(now_ms - sent_ms)
            arrived.append(sound)
        return arrived

    def _late_ms(self) -> float | None:
        """None: this frame never comes."""
        late_ms = 0.0
        if self._jitter is not None:
            late_ms = min(self._chance.exponential(self._jitter.mean_ms), self._jitter.most_ms)
        if self._loss is not None and self._losses is not None and self._losses.loses():
            return late_ms + self._loss.late_ms if self._loss.late_ms else None
        return late_ms
