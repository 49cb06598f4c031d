"""What the figures of the house mean: from plain counts and times to rates with intervals, percentiles and shares."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from math import ceil, sqrt
from statistics import NormalDist
from zoneinfo import ZoneInfo

from voicebot.domain.callback import CallbackStatus
from voicebot.domain.handoff import Handoff, HandoffStatus, Why
from voicebot.domain.urgency import UrgencyLevel

CONFIDENCE = 0.95
ANSWERED_WITHIN_S = 20.0
"""« 80/20 »: the trade's convention for how soon a human answers."""
FIRST_SOUND_STEPS_S = (0.25, 0.5, 1.0, 2.0, 3.0)
WAIT_STEPS_S = (10.0, 20.0, 30.0, 60.0, 120.0)
ACKNOWLEDGED_STEPS_S = (120.0, 300.0, 600.0, 900.0, 1800.0)
MOST_MISSING = 8


class CallOutcome(StrEnum):
    """What became of a call that is over; the first that fits, in this order."""

    HUMAN = "human"
    """A human talked with the caller: a handoff reached the talk, or the carrier connected them."""
    ON_CALL = "on_call"
    """The people on call were woken."""
    MESSAGE = "message"
    REFUSED = "refused"
    ANSWERED = "answered"
    """An approved answer was given, and no message was due."""
    ABANDONED = "abandoned"
    """None of these: the caller hung up, fell silent or was cut off before anything was done."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number. value: None without anything to count. unit: count, rate (0 to 1) or s.

    low, high: 95 % Wilson interval of a rate. n: of what it is made. before: the same in the period before.
    """

    name: str
    value: float | None
    unit: str
    n: int
    before: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """name: what is counted. now, before: in both periods."""

    name: str
    now: int
    before: int


@dataclass(frozen=True, slots=True)
class Figure:
    """id: see FIGURES. n: rows in the period."""

    id: str
    n: int
    measures: tuple[Measure, ...]
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """What the rows of one period say. Times are seconds.

    begun: client and moment (aware) of each call. outcomes: of calls that are over. first_sounds_s: one per call that had
    sound. handoffs: in the queue of agents, without those that somebody took over unasked. urgencies, complete, messages,
    missing: of messages; missing counts details. acknowledged_s: of ladders, None for one that nobody took. alarms: of
    ladders. callbacks: by status. dispatches: by status; saved: failed ones whose fallback got through.
    """

    begun: Sequence[tuple[str, datetime]] = ()
    outcomes: Mapping[str, int] | None = None
    first_sounds_s: Sequence[float] = ()
    handoffs: Sequence[Handoff] = ()
    urgencies: Mapping[str, int] | None = None
    complete: int = 0
    messages: int = 0
    missing: Mapping[str, int] | None = None
    acknowledged_s: Sequence[float | None] = ()
    alarms: int = 0
    callbacks: Mapping[str, int] | None = None
    dispatches: Mapping[str, int] | None = None
    saved: int = 0


def wilson(successes: int, trials: int, confidence: float = CONFIDENCE) -> tuple[float, float]:
    """Wilson score interval of a rate, each bound in 0..1; (0, 1) without trials. Source: Wilson (1927), JASA 22, 209-212.

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


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank: the smallest value that at least `share` (0..1) of them do not exceed; None without values."""
    ordered = sorted(values)
    return ordered[max(ceil(share * len(ordered)), 1) - 1] if ordered else None


def volume(now: Rows, before: Rows, zones: Mapping[str, ZoneInfo]) -> Figure:
    """Calls by the hour at which they began, in their client's zone."""
    hours, hours_before = (Counter(at.astimezone(zones[client]).hour for client, at in rows.begun) for rows in (now, before))
    bars = tuple(Bar(f"{hour:02d}", hours[hour], hours_before[hour]) for hour in range(24))
    return Figure("volume", len(now.begun), (_count("calls", len(now.begun), len(before.begun)),), bars)


def first_sound(now: Rows, before: Rows) -> Figure:
    measures = _spread(now.first_sounds_s, before.first_sounds_s)
    bars = _steps(now.first_sounds_s, before.first_sounds_s, FIRST_SOUND_STEPS_S)
    return Figure("first_sound", len(now.first_sounds_s), measures, bars)


def wait(now: Rows, before: Rows) -> Figure:
    """From the queue to the talk. The rate is of everybody who was queued, those who hung up too."""
    waits, waits_before = _waits(now), _waits(before)
    soon, soon_before = (sum(one <= ANSWERED_WITHIN_S for one in each) for each in (waits, waits_before))
    rate = _rate("within_20_s", (soon, len(_over(now))), (soon_before, len(_over(before))))
    return Figure("wait", len(_over(now)), (rate, *_spread(waits, waits_before)), _steps(waits, waits_before, WAIT_STEPS_S))


def outcomes(now: Rows, before: Rows) -> Figure:
    counts, counts_before = now.outcomes or {}, before.outcomes or {}
    n, n_before = sum(counts.values()), sum(counts_before.values())
    names = [outcome.value for outcome in CallOutcome]
    bars = tuple(Bar(name, counts.get(name, 0), counts_before.get(name, 0)) for name in names)
    lost = CallOutcome.ABANDONED.value
    abandoned = _rate("abandoned", (counts.get(lost, 0), n), (counts_before.get(lost, 0), n_before))
    return Figure("outcomes", n, (abandoned,), bars)


def urgencies(now: Rows, before: Rows) -> Figure:
    counts, counts_before = now.urgencies or {}, before.urgencies or {}
    bars = tuple(Bar(level.value, counts.get(level.value, 0), counts_before.get(level.value, 0)) for level in UrgencyLevel)
    urgent, urgent_before = (each.get("p0", 0) + each.get("p1", 0) for each in (counts, counts_before))
    rate = _rate("urgent", (urgent, now.messages), (urgent_before, before.messages))
    return Figure("urgencies", now.messages, (rate,), bars)


def acknowledgement(now: Rows, before: Rows) -> Figure:
    taken, taken_before = _taken(now), _taken(before)
    n, n_before = len(now.acknowledged_s), len(before.acknowledged_s)
    bars = (*_steps(taken, taken_before, ACKNOWLEDGED_STEPS_S), Bar("never", n - len(taken), n_before - len(taken_before)))
    measures = (
        _rate("acknowledged", (len(taken), n), (len(taken_before), n_before)),
        _rate("alarm", (now.alarms, n), (before.alarms, n_before)),
        *_spread(taken, taken_before),
    )
    return Figure("acknowledgement", n, measures, bars)


def transfers(now: Rows, before: Rows) -> Figure:
    """Of the handoffs that are over: those in which caller and agent talked, and how the others ended."""
    over, over_before = _over(now), _over(before)
    talked, talked_before = (sum(one.talking_at is not None for one in each) for each in (over, over_before))
    counts, counts_before = (Counter(map(_ending, each)) for each in (over, over_before))
    bars = tuple(Bar(name, counts[name], counts_before[name]) for name in _ENDINGS)
    rate = _rate("talked", (talked, len(over)), (talked_before, len(over_before)))
    return Figure("transfers", len(over), (rate,), bars)


def completeness(now: Rows, before: Rows) -> Figure:
    missing, missing_before = now.missing or {}, before.missing or {}
    named = sorted(missing, key=lambda name: (-missing[name], name))[:MOST_MISSING]
    bars = (
        Bar("complete", now.complete, before.complete),
        Bar("partial", now.messages - now.complete, before.messages - before.complete),
        *(Bar(f"missing.{name}", missing[name], missing_before.get(name, 0)) for name in named),
    )
    rate = _rate("complete", (now.complete, now.messages), (before.complete, before.messages))
    return Figure("completeness", now.messages, (rate,), bars)


def callbacks(now: Rows, before: Rows) -> Figure:
    counts, counts_before = now.callbacks or {}, before.callbacks or {}
    n, n_before = sum(counts.values()), sum(counts_before.values())
    kept = CallbackStatus.DONE.value
    rate = _rate("kept", (counts.get(kept, 0), n), (counts_before.get(kept, 0), n_before))
    bars = tuple(Bar(s.value, counts.get(s.value, 0), counts_before.get(s.value, 0)) for s in CallbackStatus)
    return Figure("callbacks", n, (rate,), bars)


def deliveries(now: Rows, before: Rows) -> Figure:
    counts, counts_before = now.dispatches or {}, before.dispatches or {}
    n, n_before = sum(counts.values()), sum(counts_before.values())
    failed, failed_before = counts.get("failed", 0), counts_before.get("failed", 0)
    bars = (
        *(Bar(name, counts.get(name, 0), counts_before.get(name, 0)) for name in ("queued", "sent", "delivered", "read")),
        Bar("saved", now.saved, before.saved),
        Bar("lost", failed - now.saved, failed_before - before.saved),
    )
    rate = _rate("lost", (failed - now.saved, n), (failed_before - before.saved, n_before))
    return Figure("deliveries", n, (rate,), bars)


_RETURNED = (Why.GIVEN_BACK, Why.AGENT_LOST, Why.NOT_CONNECTED, Why.CARRIER)
_ENDINGS = ("done", *(f"returned.{why.value}" for why in _RETURNED), "returned", "overflowed", "abandoned", "called_back")


def _ending(handoff: Handoff) -> str:
    if handoff.status is HandoffStatus.RETURNED and handoff.why is not None and handoff.why in _RETURNED:
        return f"returned.{handoff.why.value}"
    return handoff.status.value


def _over(rows: Rows) -> list[Handoff]:
    return [handoff for handoff in rows.handoffs if handoff.status.over]


def _waits(rows: Rows) -> list[float]:
    return [(one.talking_at - one.queued_at).total_seconds() for one in _over(rows) if one.talking_at is not None]


def _taken(rows: Rows) -> list[float]:
    return [after_s for after_s in rows.acknowledged_s if after_s is not None]


def _count(name: str, now: int, before: int) -> Measure:
    return Measure(name, now, "count", now, before)


def _rate(name: str, now: tuple[int, int], before: tuple[int, int]) -> Measure:
    """now, before: (successes, trials)."""
    (successes, trials), (earlier, earlier_trials) = now, before
    was = earlier / earlier_trials if earlier_trials else None
    if not trials:
        return Measure(name, None, "rate", 0, was)
    low, high = wilson(successes, trials)
    return Measure(name, successes / trials, "rate", trials, was, low, high)


def _spread(now: Sequence[float], before: Sequence[float]) -> tuple[Measure, ...]:
    shares = ((f"p{share}", share / 100) for share in (50, 90, 95))
    return tuple(Measure(name, percentile(now, share), "s", len(now), percentile(before, share)) for name, share in shares)


def _steps(now: Iterable[float], before: Iterable[float], steps: Sequence[float]) -> tuple[Bar, ...]:
    """How many values lie in each step, its upper bound included; "over" holds the rest."""
    names = [f"{step:g}" for step in steps] + ["over"]
    counts, counts_before = (
        Counter(next((n for n, step in zip(names, steps, strict=False) if value <= step), "over") for value in values)
        for values in (now, before)
    )
    return tuple(Bar(name, counts[name], counts_before[name]) for name in names)
