"""Figures with their intervals: rates, precision, recall, F1. Source: Wilson (1927), J. Am. Stat. Assoc. 22, 209-212."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson score interval of a rate, each bound in 0..1; (0, 1) without trials.

    Raises: ValueError when successes are not between 0 and trials.
    """
    if not 0 <= successes <= trials:
        raise ValueError(f"{successes} successes of {trials} trials")
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    rate = successes / trials
    middle = (rate + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    low = 0.0 if successes == 0 else max(0.0, middle - half)
    high = 1.0 if successes == trials else min(1.0, middle + half)
    return low, high


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
