"""How far the grades of a judge by language model agree with those of people: shown beside every such grade."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan

from scipy.stats import spearmanr

from voicebot.quality.comparing.rates import Rate


@dataclass(frozen=True, slots=True)
class Agreement:
    """Over `calls` calls that both graded.

    kappa: Cohen's, with quadratic weights (1968), None where all grades are one. spearman: rank correlation, None where
    either gave one grade alone. exact, within_one: shares with Wilson intervals.
    """

    calls: int
    kappa: float | None
    spearman: float | None
    exact: Rate
    within_one: Rate


def agreement(scores: Mapping[str, int], labels: Mapping[str, int]) -> Agreement:
    """scores: by the judge, by call. labels: by people. Only calls that have both are compared."""
    both = [(scores[call], labels[call]) for call in sorted(scores.keys() & labels.keys())]
    judge, people = [s for s, _ in both], [p for _, p in both]
    exact = sum(s == p for s, p in both)
    near = sum(abs(s - p) <= 1 for s, p in both)
    return Agreement(
        len(both), weighted_kappa(judge, people), _spearman(judge, people), Rate(exact, len(both)), Rate(near, len(both))
    )


def weighted_kappa(one: Sequence[int], other: Sequence[int]) -> float | None:
    """Cohen's kappa with quadratic weights over grades 1-5; None when chance alone would always agree.

    Source: J. Cohen, Weighted kappa, Psychological Bulletin 70 (1968).
    """
    count = len(one)
    observed = sum((a - b) ** 2 for a, b in zip(one, other, strict=True))
    by_chance = sum((a - b) ** 2 for a in one for b in other)
    return 1 - count * observed / by_chance if by_chance else None


def _spearman(one: Sequence[int], other: Sequence[int]) -> float | None:
    if len(one) < 2 or len(set(one)) < 2 or len(set(other)) < 2:
        return None
    found = float(spearmanr(one, other)[0])  # pyright: ignore[reportArgumentType]
    return None if isnan(found) else found
