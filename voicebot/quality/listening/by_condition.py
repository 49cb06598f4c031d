"""Outcome, latency and misheard words by condition, from the result of a run alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from voicebot.quality.comparing.paired import mcnemar
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.judging.verdict import Area, JudgedCase
from voicebot.quality.latency import Spread, spread
from voicebot.quality.listening.by_ear import (
    CALLERS_CLOCK,
    EARLY,
    FIRST_SOUND,
    PHANTOMS,
    STOP,
    STOPPED_BY_NOBODY,
    TURNS_SAID,
    UNANSWERED,
    WAIT,
    WORD_ERRORS,
    WORDS_SAID,
)
from voicebot.quality.listening.conditions import CLEAN

EAR_AREAS = frozenset({Area.LATENCY, Area.SILENCE, Area.INTERRUPTIONS, Area.HEARING, Area.LENGTH, Area.TONE, Area.QUESTIONS})
"""How a call went; all other areas say what came of it."""


@dataclass(frozen=True, slots=True)
class ConditionFigures:
    """One row. right: calls of which everything came as it should (message, urgency, script, promises …).

    passed: right, and nothing wrong with how it went either. lost, gained: callers who were served right under the clean
    condition and not under this one, and the other way; p: McNemar's, None for the clean one. word_error_rate: of all words
    together, 0-1. early, unanswered: of turns. phantoms: turns that nobody said. stopped_by_nobody: sentences broken off
    while the caller was silent. clock_late_ms: the callers' own clock at its worst; waits are known no better.
    """

    name: str
    right: Rate
    passed: Rate
    waits: Spread
    stops: Spread
    first_sound: Spread
    word_error_rate: float | None
    words_said: int
    early: Rate
    unanswered: Rate
    turns: float
    phantoms: int
    stopped_by_nobody: int
    clock_late_ms: float
    lost: int = 0
    gained: int = 0
    p: float | None = None


def is_right(case: JudgedCase) -> bool:
    return not case.trouble and not any(verdict.area not in EAR_AREAS for verdict in case.failed)


def by_condition(cases: Sequence[JudgedCase]) -> tuple[ConditionFigures, ...]:
    """In the order in which the conditions come. cases: of a run of audio evals."""
    names = dict.fromkeys(case.tags["condition"] for case in cases)
    clean = {case.name: is_right(case) for case in cases if case.tags["condition"] == CLEAN}
    return tuple(_figures(name, [c for c in cases if c.tags["condition"] == name], clean) for name in names)


def _figures(name: str, cases: Sequence[JudgedCase], clean: dict[str, bool]) -> ConditionFigures:
    said, turns = int(_sum(cases, WORDS_SAID)), int(_sum(cases, TURNS_SAID))
    pairs = [(clean[c.name], is_right(c)) for c in cases if c.name in clean]
    lost, gained = pairs.count((True, False)), pairs.count((False, True))
    return ConditionFigures(
        name,
        right=Rate(sum(map(is_right, cases)), len(cases)),
        passed=Rate(sum(c.passed for c in cases), len(cases)),
        waits=spread(_values(cases, WAIT)),
        stops=spread(_values(cases, STOP)),
        first_sound=spread(_values(cases, FIRST_SOUND)),
        word_error_rate=_sum(cases, WORD_ERRORS) / said if said else None,
        words_said=said,
        early=Rate(int(_sum(cases, EARLY)), turns),
        unanswered=Rate(int(_sum(cases, UNANSWERED)), turns),
        turns=turns / len(cases) if cases else 0.0,
        phantoms=int(_sum(cases, PHANTOMS)),
        stopped_by_nobody=int(_sum(cases, STOPPED_BY_NOBODY)),
        clock_late_ms=max(_values(cases, CALLERS_CLOCK), default=0.0),
        lost=lost,
        gained=gained,
        p=mcnemar(lost, gained) if name != CLEAN and pairs else None,
    )


def _values(cases: Iterable[JudgedCase], name: str) -> list[float]:
    return [value for case in cases for q in case.quantities if q.name == name for value in q.values]


def _sum(cases: Iterable[JudgedCase], name: str) -> float:
    return sum(_values(cases, name))


HEADINGS = (
    "condition", "right [95 %]", "vs clean", "waits p50 / p95 ms", "stops ms", "WER", "early", "unanswered",
    "phantoms", "broken off", "turns",
)  # fmt: skip


def row(figures: ConditionFigures) -> tuple[str, ...]:
    """One line of the table, as HEADINGS."""
    f = figures
    against = "" if f.p is None else f"−{f.lost} +{f.gained} (p {f.p:.2g})"
    wer = "–" if f.word_error_rate is None else f"{100 * f.word_error_rate:.1f} %"
    return (
        f.name, str(f.right), against, _both(f.waits), _both(f.stops), wer, _count(f.early), _count(f.unanswered),
        str(f.phantoms), str(f.stopped_by_nobody), f"{f.turns:.1f}",
    )  # fmt: skip


def _both(of: Spread) -> str:
    return f"{of.p50_ms:.0f} / {of.p95_ms:.0f} ({of.count})" if of.count else "–"


def _count(rate: Rate) -> str:
    return f"{rate.successes} of {rate.trials}"


def markdown(rows: Iterable[ConditionFigures]) -> str:
    """The table as docs/eval-audio.md shows it."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"|{'---|' * len(HEADINGS)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row(figures))} |" for figures in rows)]) + "\n"


def as_json(rows: Iterable[ConditionFigures]) -> list[dict[str, Any]]:
    return [
        {
            "condition": f.name,
            "right": {"successes": f.right.successes, "trials": f.right.trials, "interval": f.right.interval},
            "passed": {"successes": f.passed.successes, "trials": f.passed.trials, "interval": f.passed.interval},
            "lost": f.lost, "gained": f.gained, "p": f.p,
            "wait_ms": _spread(f.waits), "stop_ms": _spread(f.stops), "first_sound_ms": _spread(f.first_sound),
            "word_error_rate": f.word_error_rate, "words_said": f.words_said,
            "early": f.early.successes, "unanswered": f.unanswered.successes, "turns": f.early.trials,
            "phantoms": f.phantoms, "stopped_by_nobody": f.stopped_by_nobody, "clock_late_ms": f.clock_late_ms,
        }
        for f in rows
    ]  # fmt: skip


def _spread(of: Spread) -> dict[str, float] | None:
    return {"count": of.count, "p50": of.p50_ms, "p95": of.p95_ms, "worst": of.worst_ms} if of.count else None
