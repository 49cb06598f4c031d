"""Figures with their intervals: rates, precision, recall, F1."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.policy.figures import wilson


@dataclass(frozen=True, slots=True)
class Rate:
    """successes of trials."""

    successes: int
    trials: int

    @property
    def value(self) -> float | None:
        return self.successes / self.trials if self.trials else None

    @property
    def interval(self) -> tuple[float, float]:
        return wilson(self.successes, self.trials)

    def __str__(self) -> str:
        if self.value is None:
            return "–"
        low, high = self.interval
        return f"{100 * self.value:.1f} % [{100 * low:.1f}–{100 * high:.1f}] ({self.successes}/{self.trials})"


@dataclass(frozen=True, slots=True)
class Counts:
    """right: found and wanted. spurious: found, not wanted. missed: wanted, not found."""

    right: int = 0
    spurious: int = 0
    missed: int = 0

    @property
    def precision(self) -> Rate:
        return Rate(self.right, self.right + self.spurious)

    @property
    def recall(self) -> Rate:
        return Rate(self.right, self.right + self.missed)

    @property
    def f1(self) -> float | None:
        """Harmonic mean of precision and recall; None when nothing was found or wanted."""
        whole = 2 * self.right + self.spurious + self.missed
        return 2 * self.right / whole if whole else None
