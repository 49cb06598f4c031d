"""Waits as the caller hears them: end of the caller's speech to the first audible sample, never from timestamps."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from voicebot.domain.events import CallEvent, EventKind
from voicebot.quality.loudness import Span, audible_spans
from voicebot.speech.ports import Pcm

JOIN_MS = 300.0
"""A receptionist that is silent for less has not stopped."""


@dataclass(frozen=True, slots=True)
class Wait:
    """What one caller turn met.

    wait_ms: from the last audible sample of the turn to the receptionist's first after it; None when the receptionist
        said nothing before the next turn or was speaking already.
    early: the receptionist began to speak before the turn was over.
    stopped_ms: the turn interrupted the receptionist, who fell silent after this time; None when it did not interrupt.
    """

    turn: Span
    wait_ms: float | None
    early: bool = False
    stopped_ms: float | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """Percentiles in ms of count values; nan for none."""

    count: int
    p50_ms: float
    p95_ms: float
    worst_ms: float


@dataclass(frozen=True, slots=True)
class LatencyReport:
    """waits: turns that were answered after their end. Shares are of all turns, 0-1."""

    waits: Spread
    stops: Spread
    early_share: float
    unanswered_share: float
    first_sound: Spread


def waits(turns: Sequence[Span], receptionist: Pcm) -> tuple[Wait, ...]:
    """One Wait per caller turn. receptionist: its channel of the call, on the turns' clock."""
    heard = audible_spans(receptionist, join_ms=JOIN_MS)
    return tuple(
        _wait(turn, following.started_ms if following else float("inf"), heard)
        for turn, following in zip_longest(turns, turns[1:])
    )


def _wait(turn: Span, until_ms: float, heard: Sequence[Span]) -> Wait:
    cut = next((span for span in heard if span.started_ms < turn.started_ms < span.ended_ms), None)
    stopped_ms = cut.ended_ms - turn.started_ms if cut else None
    answer = next((span for span in heard if turn.started_ms <= span.started_ms < until_ms), None)
    if answer is None:
        return Wait(turn, None, stopped_ms=stopped_ms)
    wait_ms = answer.started_ms - turn.ended_ms
    return Wait(turn, wait_ms if wait_ms >= 0 else None, early=wait_ms < 0, stopped_ms=stopped_ms)


def first_sound_ms(receptionist: Pcm) -> float | None:
    """From the answer of the call to its first audible sample."""
    heard = audible_spans(receptionist)
    return heard[0].started_ms if heard else None


def spread(values_ms: Iterable[float]) -> Spread:
    values = np.array(list(values_ms), dtype=float)
    if not len(values):
        return Spread(0, float("nan"), float("nan"), float("nan"))
    p50, p95 = np.percentile(values, (50, 95))
    return Spread(len(values), float(p50), float(p95), float(values.max()))


def report(calls: Iterable[tuple[Sequence[Span], Pcm]]) -> LatencyReport:
    """All turns of all calls: (caller turns, receptionist's channel) each."""
    met: list[Wait] = []
    first: list[float] = []
    for turns, receptionist in calls:
        met += waits(turns, receptionist)
        sound_ms = first_sound_ms(receptionist)
        first += [] if sound_ms is None else [sound_ms]
    answered = [w.wait_ms for w in met if w.wait_ms is not None]
    early = sum(w.early for w in met)
    return LatencyReport(
        waits=spread(answered),
        stops=spread(w.stopped_ms for w in met if w.stopped_ms is not None),
        early_share=early / len(met) if met else 0.0,
        unanswered_share=(len(met) - len(answered) - early) / len(met) if met else 0.0,
        first_sound=spread(first),
    )


def breakdown(events: Iterable[CallEvent]) -> dict[str, Spread]:
    """Where the time of the turns went, by the receptionist's own account (TURN_ANSWERED events of any calls)."""
    parts: dict[str, list[float]] = {}
    for event in events:
        if event.kind is EventKind.TURN_ANSWERED:
            for name, took in event.data.items():
                if isinstance(took, (int, float)) and name != "turn":
                    parts.setdefault(name, []).append(float(took))
    return {name: spread(values) for name, values in parts.items()}
