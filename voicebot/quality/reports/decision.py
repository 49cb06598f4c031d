"""Publish, stop or look: what a run says about a change, and the calls that say so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from voicebot.policy.figures import wilson
from voicebot.quality.comparing.compare import CASE, has_chance
from voicebot.quality.comparing.comparison import CheckChange, Comparison
from voicebot.quality.comparing.paired import pairs_needed
from voicebot.quality.judging.verdict import JudgedCase
from voicebot.quality.running.result import RunResult

TOLERATED = 0.05
"""Share of calls that may fail unseen: a sample that could hide more is too small to tell."""


@dataclass(frozen=True, slots=True)
class Reason:
    """code: key of its words, "decision.<code>" in words.yaml. values: what the words need, all text."""

    code: str
    values: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """verdict: stop when something got worse or is critical; look when the run cannot tell; else publish.

    reasons: the weightiest first. calls: names of the cases to look at, each once.
    """

    verdict: Literal["publish", "stop", "look"]
    reasons: tuple[Reason, ...]
    calls: tuple[str, ...]


_Found = tuple[Reason, tuple[str, ...]]


def decide(result: RunResult, comparison: Comparison | None = None) -> Decision:
    """What to do with the change that this run is of.

    Critical failures that the baseline did not have and regressions stop it. Calls that were lost but not beyond chance,
    failures nobody has accepted in a baseline, calls that could not be judged, and samples that could hide a loss of
    TOLERATED ask for a look.
    """
    critical = list(_critical(result, comparison))
    stops = [*critical, *_regressions(comparison, also=bool(critical))]
    looks = [*_not_judged(result), *(_alone(result) if comparison is None else _compared(result, comparison))]
    if stops:
        return _decision("stop", stops + looks[:1])
    if looks:
        return _decision("look", looks)
    return _decision("publish", [_clean(result, comparison)])


@cache
def calls_needed(share: float = TOLERATED) -> int:
    """Calls of which none fails that are needed before a share of failures this large can be ruled out (95 %, Wilson)."""
    return next(n for n in range(1, 100_000) if wilson(n, n)[0] >= 1 - share)


def new_critical(result: RunResult, comparison: Comparison | None) -> dict[str, tuple[str, ...]]:
    """Critical check → names of the cases that fail it now and did not, as far as is known, in the baseline."""
    failing: dict[str, dict[str, str]] = {}
    for case in result.cases:
        for verdict in case.failed:
            if verdict.critical:
                failing.setdefault(verdict.check, {})[case.case] = case.name
    if comparison is None:
        return {check: tuple(cases.values()) for check, cases in failing.items()}
    changes = {change.check: change for change in comparison.checks}
    found = {check: _new(tuple(cases.values()), changes.get(check), comparison) for check, cases in failing.items()}
    return {check: cases for check, cases in found.items() if cases}


def _new(failing: tuple[str, ...], change: CheckChange | None, comparison: Comparison) -> tuple[str, ...]:
    if change is None:
        return failing
    alone = set(comparison.only_after)
    compared = [name for name in failing if name not in alone]
    # More fail than were compared: some had nothing to be compared with, and nobody knows which.
    unsure = len(compared) > change.after.trials - change.after.successes
    return tuple(name for name in failing if unsure or name in alone or name in change.lost)


def _critical(result: RunResult, comparison: Comparison | None) -> Iterator[_Found]:
    found = new_critical(result, comparison)
    if found:
        calls = _once(name for names in found.values() for name in names)
        code = "critical" if comparison is None else "critical_new"
        yield Reason(code, {"n": str(len(calls)), "checks": _some(sorted(found))}), calls


def _regressions(comparison: Comparison | None, *, also: bool) -> Iterator[_Found]:
    if comparison is None or not comparison.regressions:
        return
    told = {regression.partition(" ")[0] for regression in comparison.regressions}
    changes = [change for change in comparison.checks if change.check in told]
    checks = [change.check for change in changes if change.check != CASE]
    calls = _once(name for change in changes for name in change.lost)
    values = {"n": str(len(calls)), "checks": _some(checks)}
    code = "regressions_also" if also else "regressions" if checks else "regressions_whole"
    yield Reason(code, values), calls


def _not_judged(result: RunResult) -> Iterator[_Found]:
    calls = _once(case.name for case in result.cases if case.trouble)
    if calls:
        yield Reason("not_judged", {"n": str(len(calls))}), calls
    if not result.cases:
        yield Reason("nothing"), ()


def _alone(result: RunResult) -> Iterator[_Found]:
    failed = _names(case for case in result.cases if case.failed)
    calls = len({case.case for case in result.cases})
    if failed:
        yield Reason("failed", {"n": str(len(failed)), "of": str(calls)}), failed
    elif 0 < calls < calls_needed():
        yield _too_few(calls, 1 - wilson(calls, calls)[0], calls_needed()), ()


def _compared(result: RunResult, comparison: Comparison) -> Iterator[_Found]:
    if not comparison.pairs:
        yield Reason("no_pairs"), ()
        return
    whole = next((change for change in comparison.checks if change.check == CASE), None)
    net = len(comparison.lost) - len(comparison.gained)
    if net > 0 and not comparison.regressions:
        need = str(max(pairs_needed(net / comparison.pairs), comparison.pairs + 1))
        values = {"lost": str(len(comparison.lost)), "gained": str(len(comparison.gained)), "need": need}
        yield Reason("unclear", values), comparison.lost
    elif has_chance(result) and whole is not None and (whole.least_seen is None or whole.least_seen > TOLERATED):
        need = max(pairs_needed(TOLERATED), comparison.pairs + 1)
        yield _too_few(comparison.pairs, whole.least_seen or 1.0, need), ()
    alone = set(comparison.only_after)
    unknown = _names(case for case in result.cases if case.name in alone and case.failed)
    if unknown:
        yield Reason("failed_unknown", {"n": str(len(unknown))}), unknown


def _clean(result: RunResult, comparison: Comparison | None) -> _Found:
    if comparison is None:
        return Reason("all_passed", {"n": str(len({case.case for case in result.cases}))}), ()
    failed = _names(case for case in result.cases if not case.passed)
    code = "nothing_lost" if not comparison.lost else "no_loss_beyond_chance"
    values = {"pairs": str(comparison.pairs), "gained": str(len(comparison.gained)), "lost": str(len(comparison.lost))}
    return Reason(code + ("_some_fail" if failed else ""), values | {"failed": str(len(failed))}), failed


def _too_few(calls: int, share: float, need: int) -> Reason:
    return Reason("too_few", {"n": str(calls), "share": f"{100 * share:.0f}", "need": str(need)})


def _names(cases: Iterable[JudgedCase]) -> tuple[str, ...]:
    return _once(case.name for case in cases)


def _some(checks: list[str]) -> str:
    return ", ".join(checks[:3]) + (" …" if len(checks) > 3 else "")


def _once(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))


def _decision(verdict: Literal["publish", "stop", "look"], found: list[_Found]) -> Decision:
    return Decision(verdict, tuple(reason for reason, _ in found), _once(name for _, names in found for name in names))
