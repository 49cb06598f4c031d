"""The pace of durable work: the house's clock, and how many of its seconds pass in one real second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Tempo:
    """now: aware UTC, the house's clock. speed: 1 in service; tests let hours pass in a second.

    Everything that waits asks here how long, so that a ladder of an hour is the same code at any speed.
    """

    now: Callable[[], datetime]
    speed: float = 1.0

    def real_s(self, duration_s: float) -> float:
        """Real seconds that `duration_s` of the house's time take; 0 for what is over."""
        return max(0.0, duration_s) / self.speed

    def until_s(self, moment: datetime) -> float:
        """Real seconds until `moment` (aware) of the house's time."""
        return self.real_s((moment - self.now()).total_seconds())
