"""The campaign's clock: a story that runs faster than the clock on the wall, the same in every process."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from voicebot.domain.tempo import Tempo

BEGINS = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
"""A Monday before dawn, in every shipped client's roster."""


@dataclass(frozen=True, slots=True)
class Story:
    """wall_s: time.time() when the story began. speed: its seconds in one real second."""

    wall_s: float
    speed: float

    def now(self) -> datetime:
        return BEGINS + timedelta(seconds=(time.time() - self.wall_s) * self.speed)

    def real_s(self, story_s: float) -> float:
        return story_s / self.speed

    @property
    def tempo(self) -> Tempo:
        return Tempo(self.now, self.speed)
