"""Compares two runs of a suite, case by case, and says whether the later one may replace the earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from statistics import fmean

from voicebot.quality.comparing.comparison import CheckChange, Comparison, QuantityChange
from voicebot.quality.comparing.paired import (
    ALPHA,
    difference_of_means,
    difference_of_rates,
    holm,
    least_seen,
    mcnemar,
)
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.judging.verdict import JudgedCase
from voicebot.quality.running.result import RunResult

CASE = "case"
"""The check that a case passed as a whole."""
MOST_NAMED = 12
"""Cases that a regression names; the lists of the comparison hold them all."""


@dataclass(frozen=True, slots=True)
class _Held:
    """All attempts of one case. checks: each passed in every attempt? critical: those of the checks that are."""

    name: str
    digest: str
    checks: Mapping[str, bool]
    critical: frozenset[str]
    quantities: Mapping[str, tuple[str, float]]


def compare(before: RunResult, after: RunResult, *, chance: bool | None = None) -> Comparison:
    """What changed on the cases that both runs have. A case held several times passes when every attempt does.

    Without chance (rules, one attempt, no audio) the same words give the same call: every case that is lost is a
    regression. Where chance plays a part, a check is a regression when McNemar's test finds its loss significant after
    Holm's correction; a critical check that is lost is one in any case, since nobody publishes on a hope.

    Args:
        chance: None finds out from the run.
    """
    ours, theirs = _held(before.cases), _held(after.cases)
    both = [case for case in theirs if case in ours]
    pairs = [(ours[case], theirs[case]) for case in both]
    checks = tuple(_checks(pairs))
    lost = tuple(b.name for a, b in pairs if a.checks[CASE] and not b.checks[CASE])
    gained = tuple(b.name for a, b in pairs if not a.checks[CASE] and b.checks[CASE])
    by_chance = has_chance(after) if chance is None else chance
    return Comparison(
        suite=after.suite,
        pairs=len(pairs),
        checks=checks,
        quantities=tuple(_quantities(pairs)),
        regressions=tuple(_by_chance(checks) if by_chance else _for_sure(checks)),
        lost=lost,
        gained=gained,
        only_before=tuple(held.name for case, held in ours.items() if case not in theirs),
        only_after=tuple(held.name for case, held in theirs.items() if case not in ours),
        changed=tuple(b.name for a, b in pairs if a.digest != b.digest),
    )


def has_chance(run: RunResult) -> bool:
    """Might the same run come out otherwise? A model, several attempts, or sound on a real clock."""
    return run.understanding != "rules" or run.attempts > 1 or any("voice" in case.tags for case in run.cases)


def passes_by_case(run: RunResult) -> dict[str, tuple[bool, ...]]:
    """Of each case, which of its attempts passed, in order; what pass^k is made of."""
    passes: dict[str, list[bool]] = {}
    for case in run.cases:
        passes.setdefault(case.case, []).append(case.passed)
    return {case: tuple(passed) for case, passed in passes.items()}


def _held(cases: Iterable[JudgedCase]) -> dict[str, _Held]:
    held: dict[str, _Held] = {}
    for case in cases:
        one = _Held(case.name, case.digest, _checks_of(case), _critical(case), _means(case))
        known = held.get(case.case)
        held[case.case] = one if known is None else _both(known, one)
    return held


def _checks_of(case: JudgedCase) -> dict[str, bool]:
    checks = {CASE: case.passed}
    for verdict in case.verdicts:
        checks[verdict.check] = checks.get(verdict.check, True) and verdict.passed
    return checks


def _critical(case: JudgedCase) -> frozenset[str]:
    return frozenset(verdict.check for verdict in case.verdicts if verdict.critical)


def _means(case: JudgedCase) -> dict[str, tuple[str, float]]:
    return {q.name: (q.unit, fmean(q.values)) for q in case.quantities if q.values}


def _both(one: _Held, other: _Held) -> _Held:
    """Attempts together: a check must hold in each, quantities are the mean of what was measured."""
    names = dict.fromkeys((*one.checks, *other.checks))
    checks = {name: one.checks.get(name, True) and other.checks.get(name, True) for name in names}
    measured = dict.fromkeys((*one.quantities, *other.quantities))
    means = {name: _mean_of(name, one.quantities, other.quantities) for name in measured}
    return replace(one, checks=checks, critical=one.critical | other.critical, quantities=means)


def _mean_of(name: str, *all_of: Mapping[str, tuple[str, float]]) -> tuple[str, float]:
    found = [quantities[name] for quantities in all_of if name in quantities]
    return found[0][0], fmean(value for _, value in found)


def _checks(pairs: list[tuple[_Held, _Held]]) -> Iterator[CheckChange]:
    """The whole case first, then each check that applies in both runs, those with losses first."""
    names = sorted({name for a, b in pairs for name in a.checks.keys() & b.checks.keys()})
    changes = [_check(name, pairs) for name in names]
    yield from sorted(changes, key=lambda c: (c.check != CASE, -len(c.lost), -len(c.gained), c.check))


def _check(name: str, pairs: list[tuple[_Held, _Held]]) -> CheckChange:
    judged = [(a, b) for a, b in pairs if name in a.checks and name in b.checks]
    lost = tuple(b.name for a, b in judged if a.checks[name] and not b.checks[name])
    gained = tuple(b.name for a, b in judged if not a.checks[name] and b.checks[name])
    n, down, up = len(judged), len(lost), len(gained)
    low, high = difference_of_rates(n, down, up)
    return CheckChange(
        check=name,
        critical=any(name in a.critical or name in b.critical for a, b in judged),
        before=Rate(sum(a.checks[name] for a, _ in judged), n),
        after=Rate(sum(b.checks[name] for _, b in judged), n),
        lost=lost,
        gained=gained,
        p=mcnemar(down, up),
        low=low,
        high=high,
        least_seen=least_seen(n, down, up),
    )


def _quantities(pairs: list[tuple[_Held, _Held]]) -> Iterator[QuantityChange]:
    names = dict.fromkeys(name for a, b in pairs for name in a.quantities if name in b.quantities)
    for name in sorted(names):
        judged = [
            (a.quantities[name], b.quantities[name]) for a, b in pairs if name in a.quantities and name in b.quantities
        ]
        before, after = [a for (_, a), _ in judged], [b for _, (_, b) in judged]
        found = difference_of_means(before, after)
        unit = judged[0][0][0]
        yield QuantityChange(
            name, unit, len(judged), fmean(before), fmean(after), found.value, found.low, found.high, found.p
        )


def _for_sure(checks: Iterable[CheckChange]) -> Iterator[str]:
    for change in checks:
        if change.lost:
            yield _told(change, "lost")


def _by_chance(checks: tuple[CheckChange, ...]) -> Iterator[str]:
    corrected = holm([change.p for change in checks])
    for change, p in zip(checks, corrected, strict=True):
        if change.critical and change.lost:
            yield _told(change, "critical")
        elif p <= ALPHA and len(change.lost) > len(change.gained):
            yield _told(change, f"p = {p:.3g}, corrected")


def _told(change: CheckChange, why: str) -> str:
    named = ", ".join(change.lost[:MOST_NAMED])
    more = f" and {len(change.lost) - MOST_NAMED} more" if len(change.lost) > MOST_NAMED else ""
    rates = f"{_percent(change.before)} → {_percent(change.after)}"
    return f"{change.check} ({why}): {rates}, {len(change.lost)} lost, {len(change.gained)} gained: {named}{more}"


def _percent(rate: Rate) -> str:
    return "–" if rate.value is None else f"{100 * rate.value:.1f} %"
