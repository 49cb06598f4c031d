"""How far two people agree: percent agreement and Cohen's kappa, weighted for scales, each with a large-sample interval."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt
from statistics import NormalDist, fmean, stdev

from voicebot.policy.figures import CONFIDENCE, wilson

FEW = 30
"""With fewer pairs the interval is too rough to decide with (large-sample theory)."""

Pair = tuple[str, str]


class Weighting(StrEnum):
    """How much of a disagreement counts: all of it, or by how far apart two answers of a scale are."""

    NONE = "none"
    LINEAR = "linear"
    QUADRATIC = "quadratic"


class Band(StrEnum):
    """Words for a kappa. Source: Landis & Koch (1977), Biometrics 33, 159-174, p. 165."""

    POOR = "poor"
    SLIGHT = "slight"
    FAIR = "fair"
    MODERATE = "moderate"
    SUBSTANTIAL = "substantial"
    ALMOST_PERFECT = "almost_perfect"


@dataclass(frozen=True, slots=True)
class Agreement:
    """n: pairs. same: pairs that are equal. kappa: None without pairs, or when chance alone would make all equal.

    observed, expected: weighted agreement, and what chance would give. low, high: 95 % interval of kappa.
    """

    n: int
    same: int
    kappa: float | None
    observed: float
    expected: float
    low: float | None = None
    high: float | None = None

    @property
    def share(self) -> float | None:
        return self.same / self.n if self.n else None

    @property
    def share_interval(self) -> tuple[float, float]:
        return wilson(self.same, self.n)

    @property
    def few(self) -> bool:
        return self.n < FEW

    @property
    def band(self) -> Band | None:
        return None if self.kappa is None else band_of(self.kappa)


@dataclass(frozen=True, slots=True)
class Mean:
    """mean, low, high: None without values; low and high also with one alone."""

    n: int
    mean: float | None
    low: float | None = None
    high: float | None = None


def cohen_kappa(
    pairs: Iterable[Pair],
    categories: Sequence[str] = (),
    weighting: Weighting = Weighting.NONE,
    confidence: float = CONFIDENCE,
) -> Agreement:
    """Agreement of two raters.

    Args:
        pairs: answers of one and of the other.
        categories: in order, for weights; those that occur, sorted, when empty.
    Returns: the interval is kappa ± z × standard error, cut to -1..1. Source of the error: Fleiss, Cohen & Everitt (1969),
        Psychological Bulletin 72, 323-327, formula 8 (weights all or nothing give the unweighted one).
    Raises: ValueError for an answer that is no category.
    """
    rated = list(pairs)
    # Categories that never occur would change no kappa, only the farthest distance: a scale keeps all of its steps.
    known = list(categories) or sorted({answer for pair in rated for answer in pair})
    place = {category: at for at, category in enumerate(known)}
    strange = {answer for pair in rated for answer in pair} - place.keys()
    if strange:
        raise ValueError(f"no categories: {sorted(strange)}")
    n = len(rated)
    same = sum(one == other for one, other in rated)
    if not n:
        return Agreement(0, 0, None, 0.0, 0.0)
    weights = _weights(len(known), weighting)
    table = [[0.0] * len(known) for _ in known]
    for one, other in rated:
        table[place[one]][place[other]] += 1 / n
    observed, expected, error = _kappa_parts(table, weights, n)
    if expected >= 1 - 1e-12:
        return Agreement(n, same, None, observed, expected)
    kappa = (observed - expected) / (1 - expected)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    return Agreement(n, same, kappa, observed, expected, max(-1.0, kappa - half), min(1.0, kappa + half))


def pooled_kappa(
    items: Mapping[str, Sequence[tuple[str, Pair]]],
    scales: Mapping[str, tuple[Sequence[str], Weighting]],
    confidence: float = CONFIDENCE,
) -> Agreement:
    """One kappa over several items.

    Observed and expected agreement are averaged over items before kappa is made of them. Source: De Vries, Elliott, Kanouse
    & Teleki (2008), Field Methods 20, 272-282. Items of one call hang together, so the interval leaves out one call after
    another (delete-one jackknife over calls).

    Args:
        items: item → (call, pair) of each.
        scales: item → categories in order and weighting; items that are not there are unweighted.
    Returns: n: pairs of all items; same: equal ones.
    """
    plain: tuple[Sequence[str], Weighting] = ((), Weighting.NONE)
    how = {name: scales.get(name, plain) for name, rated in items.items() if rated}
    pairs = {name: Counter(pair for _, pair in items[name]) for name in how}
    parts = {name: cohen_kappa(pairs[name].elements(), *how[name]) for name in how}
    whole = _pooled(parts.values())
    of_calls: dict[str, dict[str, Pair]] = defaultdict(dict)
    for name in how:
        of_calls |= {call: of_calls[call] | {name: pair} for call, pair in items[name]}
    if whole.kappa is None or len(of_calls) < 2:
        return whole
    # What an item says without a call depends on the pair alone that is taken away, and pairs are few.
    without = {
        (name, pair): cohen_kappa((pairs[name] - Counter([pair])).elements(), *how[name])
        for name in how
        for pair in pairs[name]
    }
    left: list[float] = []
    for rated in of_calls.values():
        kappa = _pooled(without[name, rated[name]] if name in rated else parts[name] for name in how).kappa
        if kappa is None:
            return whole
        left.append(kappa)
    middle = fmean(left)
    error = sqrt((len(left) - 1) / len(left) * sum((one - middle) ** 2 for one in left))
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * error
    low, high = max(-1.0, whole.kappa - half), min(1.0, whole.kappa + half)
    return Agreement(whole.n, whole.same, whole.kappa, whole.observed, whole.expected, low, high)


def mean_interval(values: Iterable[float], confidence: float = CONFIDENCE) -> Mean:
    """Mean ± z × s / √n: for large samples; shown with n."""
    found = list(values)
    if len(found) < 2:
        return Mean(len(found), found[0] if found else None)
    middle = fmean(found)
    half = NormalDist().inv_cdf(0.5 + confidence / 2) * stdev(found) / sqrt(len(found))
    return Mean(len(found), middle, middle - half, middle + half)


def band_of(kappa: float) -> Band:
    """Landis & Koch's words, whose bounds have two decimals: the word fits the figure that is read beside it."""
    if kappa < 0:
        return Band.POOR
    kappa = round(kappa, 2)
    steps = ((0.2, Band.SLIGHT), (0.4, Band.FAIR), (0.6, Band.MODERATE), (0.8, Band.SUBSTANTIAL))
    return next((band for most, band in steps if kappa <= most), Band.ALMOST_PERFECT)


def _pooled(parts: Iterable[Agreement]) -> Agreement:
    made = [one for one in parts if one.n]
    n, same = sum(one.n for one in made), sum(one.same for one in made)
    if not made:
        return Agreement(0, 0, None, 0.0, 0.0)
    observed, expected = fmean(one.observed for one in made), fmean(one.expected for one in made)
    kappa = None if expected >= 1 - 1e-12 else (observed - expected) / (1 - expected)
    return Agreement(n, same, kappa, observed, expected)


def _weights(size: int, weighting: Weighting) -> list[list[float]]:
    """1 for the same answer, 0 for one as far away as can be."""
    power = {Weighting.NONE: 0, Weighting.LINEAR: 1, Weighting.QUADRATIC: 2}[weighting]
    far = max(1, size - 1)
    if not power:
        return [[float(row == column) for column in range(size)] for row in range(size)]
    return [[1 - (abs(row - column) / far) ** power for column in range(size)] for row in range(size)]


def _kappa_parts(table: list[list[float]], weights: list[list[float]], n: int) -> tuple[float, float, float]:
    """Observed and expected agreement, and the standard error of kappa. table: shares of all pairs."""
    size = range(len(table))
    rows = [sum(row) for row in table]
    columns = [sum(table[row][column] for row in size) for column in size]
    observed = sum(weights[r][c] * table[r][c] for r in size for c in size)
    expected = sum(weights[r][c] * rows[r] * columns[c] for r in size for c in size)
    if expected >= 1 - 1e-12:
        return observed, expected, 0.0
    by_row = [sum(weights[r][c] * columns[c] for c in size) for r in size]
    by_column = [sum(weights[r][c] * rows[r] for r in size) for c in size]
    spread = sum(
        table[r][c] * (weights[r][c] * (1 - expected) - (by_row[r] + by_column[c]) * (1 - observed)) ** 2
        for r in size
        for c in size
    )
    middle = (observed * expected - 2 * expected + observed) ** 2
    return observed, expected, sqrt(max(0.0, spread - middle) / n) / (1 - expected) ** 2


def by_item(rated: Iterable[tuple[str, str, Pair]]) -> dict[str, list[tuple[str, Pair]]]:
    """(item, call, pair) gathered by item, in the order in which items first come."""
    found: dict[str, list[tuple[str, Pair]]] = defaultdict(list)
    for item, call, pair in rated:
        found[item].append((call, pair))
    return dict(found)
