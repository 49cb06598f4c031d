"""Charts of a run as shapes to be drawn: positions in a plane of fixed width; words beside colours, never colours alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import floor, log10

from voicebot.quality.comparing.rates import Rate
from voicebot.quality.judging.verdict import Area
from voicebot.quality.reports.figures import QuantityFigure

WIDTH = 420
LABEL_WIDTH = 150
PLOT_WIDTH = 145
ROW = 20
MOST_ROWS = 10
HEIGHT = 190
_LATENCIES = ("wait_ms", "first_sound_ms", "seconds_to_outcome", "call_s", "turns_to_outcome", "caller_turns")
_MOST_STEPS = 10


@dataclass(frozen=True, slots=True)
class RateRow:
    """One dot with its whisker. x, low, high: places on the plot."""

    name: str
    y: int
    x: float
    low: float
    high: float
    said: str


@dataclass(frozen=True, slots=True)
class FailureBar:
    """One bar. critical: width of its hatched part, at the left."""

    area: Area
    y: int
    critical: float
    whole: float
    n: int
    n_critical: int


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a distribution. label: lower bound of its step, "" where there is no room."""

    x: float
    y: float
    width: float
    height: float
    label: str
    n: int


@dataclass(frozen=True, slots=True)
class Point:
    x: float
    y: float
    label: str
    said: str


def rate_rows(rates: Mapping[str, Rate]) -> tuple[RateRow, ...]:
    """The lowest rates first, MOST_ROWS of them."""
    lowest = sorted(rates.items(), key=lambda one: (one[1].value or 0.0, one[0]))[:MOST_ROWS]
    return tuple(_rate_row(name, rate, 22 + ROW * place) for place, (name, rate) in enumerate(lowest))


def _rate_row(name: str, rate: Rate, y: int) -> RateRow:
    low, high = rate.interval
    places = (LABEL_WIDTH + PLOT_WIDTH * share for share in (rate.value or 0.0, low, high))
    x, left, right = (round(place, 1) for place in places)
    shown = name if len(name) <= 21 else name[:20] + "…"
    return RateRow(shown, y, x, left, right, f"{100 * (rate.value or 0.0):.1f} % ({rate.successes}/{rate.trials})")


def failure_bars(failures: Mapping[Area, tuple[int, int]]) -> tuple[FailureBar, ...]:
    most = max((critical + others for critical, others in failures.values()), default=1)
    scale = PLOT_WIDTH / most
    return tuple(
        FailureBar(area, 22 + ROW * place, round(c * scale, 1), round((c + o) * scale, 1), c + o, c)
        for place, (area, (c, o)) in enumerate(list(failures.items())[:MOST_ROWS])
    )


def latency_of(quantities: Sequence[QuantityFigure]) -> QuantityFigure | None:
    """The quantity that tells most of how long callers wait, of those that were measured."""
    measured = {quantity.name: quantity for quantity in quantities}
    known = next((measured[name] for name in _LATENCIES if name in measured), None)
    return known or next((q for q in quantities if q.unit in ("ms", "s")), None)


def columns(values: Sequence[float]) -> tuple[Column, ...]:
    """Values counted in at most ten steps of 1, 2 or 5 times a power of ten."""
    low, high = min(values), max(values)
    step = _step(high - low)
    first = floor(low / step)
    bounds = [step * (first + place) for place in range(floor(high / step) - first + 2)]
    counts = [sum(start <= value < end for value in values) for start, end in pairwise(bounds)]
    width, most = (WIDTH - 40) / len(counts), max(counts)
    return tuple(
        Column(
            round(30 + width * n, 1),
            round(160 - 125 * c / most, 1),
            round(width - 3, 1),
            round(125 * c / most, 1),
            f"{b:g}",
            c,
        )
        for n, (b, c) in enumerate(zip(bounds, counts, strict=False))
    )


def _step(spread: float) -> float:
    if spread <= 0:
        return 1.0
    power = 10.0 ** floor(log10(spread / _MOST_STEPS))
    return next(power * factor for factor in (1, 2, 5, 10, 20) if spread / (power * factor) <= _MOST_STEPS - 1)


def pass_hat_points(curve: Sequence[tuple[int, float]]) -> tuple[Point, ...]:
    gap = (WIDTH - 90) / max(len(curve) - 1, 1)
    return tuple(
        Point(round(50 + gap * place, 1), round(160 - 125 * value, 1), str(k), f"{100 * value:.1f} %")
        for place, (k, value) in enumerate(curve)
    )
