"""Paired statistics of two runs over the same cases: McNemar, intervals of differences, bootstrap, power, pass^k."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb, sqrt

import numpy as np
from scipy import optimize, stats

CONFIDENCE = 0.95
ALPHA = 0.05
POWER = 0.8
RESAMPLES = 2000
MOST_RESAMPLED = 20_000
"""With more pairs the mean is as good as normal, and resampling only costs memory."""
_SEED = 20261123
"""Of every resampling: the same runs give the same figures."""

_Z = float(stats.norm.ppf(1 - (1 - CONFIDENCE) / 2))


@dataclass(frozen=True, slots=True)
class Difference:
    """A paired difference, after minus before, with its 95 % interval and two-sided p."""

    value: float
    low: float
    high: float
    p: float


def mcnemar(lost: int, gained: int) -> float:
    """Exact two-sided p of the pairs that changed: how surprising is it, if gains and losses are equally likely?

    Source: McNemar 1947, in its exact binomial form.
    """
    if lost + gained == 0:
        return 1.0
    return float(stats.binomtest(lost, lost + gained, 0.5).pvalue)


def difference_of_rates(pairs: int, lost: int, gained: int) -> tuple[float, float]:
    """95 % interval of rate after minus rate before, for paired yes/no.

    It does not collapse to a point when nothing changed. Source: Bonett and Price 2012, adjusted Wald.
    """
    if not pairs:
        return -1.0, 1.0
    down, up = (lost + 1) / (pairs + 2), (gained + 1) / (pairs + 2)
    spread = _Z * sqrt((down + up - (up - down) ** 2) / (pairs + 2))
    return max(-1.0, up - down - spread), min(1.0, up - down + spread)


def least_seen(pairs: int, lost: int = 0, gained: int = 0) -> float | None:
    """Smallest loss of rate that McNemar's test (5 %, two sided) would have shown in 4 of 5 such samples.

    Changes both ways that were seen besides the net one are taken as noise that would be there again.

    Returns: a difference of rates, 0-1; None when no loss could have been shown with so few pairs.
    """
    noise = min(lost, gained) / pairs if pairs else 0.0
    most = 1.0 - 2 * noise
    if pairs < _fewest_losses() or most <= 0 or _power(pairs, most, noise) < POWER:
        return None
    return optimize.root_scalar(lambda loss: _power(pairs, loss, noise) - POWER, bracket=(1e-12, most), xtol=1e-6).root


def pairs_needed(loss: float) -> int:
    """Pairs with which a loss of this rate (0-1, nothing else changing) is shown in 4 of 5 samples.

    Raises: ValueError for a loss that is not between 0 and 1.
    """
    if not 0 < loss <= 1:
        raise ValueError(f"a loss is between 0 and 1, not {loss}")
    few, many = 0, _fewest_losses()
    while _power(many, loss, 0.0) < POWER:
        few, many = many, many * 2
    while many - few > 1:
        middle = (few + many) // 2
        few, many = (few, middle) if _power(middle, loss, 0.0) >= POWER else (middle, many)
    return many


def difference_of_means(before: Sequence[float], after: Sequence[float]) -> Difference:
    """Paired difference of means: BCa bootstrap interval, and a sign-flip permutation test.

    Raises: ValueError when the lists are empty or not equally long.
    """
    if len(before) != len(after) or not before:
        raise ValueError("a paired difference needs two lists of the same length, with at least one pair")
    differences = np.asarray(after, float) - np.asarray(before, float)
    mean = float(differences.mean())
    if len(differences) < 2 or np.ptp(differences) == 0:
        # Nothing varies: one pair, or every pair the same, says nothing about chance.
        return Difference(mean, mean, mean, _all_alike(differences))
    if len(differences) > MOST_RESAMPLED:
        error = float(stats.sem(differences))
        return Difference(mean, mean - _Z * error, mean + _Z * error, float(2 * stats.norm.sf(abs(mean) / error)))
    batch = max(1, 2_000_000 // len(differences))
    interval = stats.bootstrap(
        (differences,),
        np.mean,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE,
        batch=batch,
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    flipped = stats.permutation_test(
        (differences,),
        np.mean,
        permutation_type="samples",
        n_resamples=RESAMPLES,
        batch=batch,
        rng=np.random.default_rng(_SEED),
    )
    return Difference(mean, float(interval.low), float(interval.high), float(flipped.pvalue))


def pass_hat_k(passes: Sequence[int], attempts: int, k: int) -> float | None:
    """Chance that a case is right k times running, the mean over cases; None without cases.

    Args:
        passes: of each case, how many of its attempts were right.

    Source: Yao et al. 2024 (tau-bench), unbiased: C(c, k) / C(n, k). Raises: ValueError when k > attempts.
    """
    if not 1 <= k <= attempts:
        raise ValueError(f"pass^{k} needs at least {k} attempts, there are {attempts}")
    if not passes:
        return None
    return sum(comb(right, k) for right in passes) / comb(attempts, k) / len(passes)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values as they stand when so many questions are asked at once. Source: Holm 1979."""
    adjusted, worst = [0.0] * len(p_values), 0.0
    for place, index in enumerate(sorted(range(len(p_values)), key=p_values.__getitem__)):
        worst = max(worst, min(1.0, (len(p_values) - place) * p_values[index]))
        adjusted[index] = worst
    return adjusted


def _all_alike(differences: np.ndarray) -> float:
    if not differences[0]:
        return 1.0
    return min(1.0, 2.0 ** (1 - len(differences)))


@lru_cache
def _fewest_losses() -> int:
    """Losses without a gain that are significant at all: 6."""
    return next(n for n in range(1, 100) if mcnemar(n, 0) <= ALPHA)


def _power(pairs: int, loss: float, noise: float) -> float:
    """Chance that so many pairs show a net loss of this rate, with noise both ways."""
    changed = min(1.0, loss + 2 * noise)
    centre, spread = pairs * changed, sqrt(pairs * changed * (1 - changed)) + 1
    counts = np.arange(max(0, int(centre - 9 * spread)), min(pairs, int(centre + 9 * spread) + 1) + 1)
    # Of m changed pairs, at least this many lost ones are significant.
    bounds = counts - stats.binom.ppf(ALPHA / 2, counts, 0.5) + 1
    bounds = np.where(stats.binom.cdf(counts - bounds + 1, counts, 0.5) <= ALPHA / 2, bounds - 1, bounds)
    shown = stats.binom.sf(bounds - 1, counts, (loss + noise) / changed)
    return float(np.sum(stats.binom.pmf(counts, pairs, changed) * shown))
