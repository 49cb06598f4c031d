"""Targets of a suite: which figures must hold, and which do not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import fmean

from voicebot.quality.comparing.rates import Rate
from voicebot.quality.judging.verdict import JudgedCase
from voicebot.quality.running.result import RunResult
from voicebot.quality.running.suite import Suite, Target

CASE = "case"
MOST_NAMED = 8


@dataclass(frozen=True, slots=True)
class MissedTarget:
    """name: of the target. what: in words. cases: names of those that count against it. sure: False warns only."""

    name: str
    what: str
    cases: tuple[str, ...] = ()
    sure: bool = True


def missed_targets(result: RunResult, suite: Suite, *, partial: bool = False) -> list[MissedTarget]:
    """Targets that this run does not reach.

    Without chance (rules, one attempt) the cases are fixed and come out the same again: a figure below its target is missed.
    Where chance plays a part, a rate is missed when its whole 95 % interval is on the wrong side; one that is on the wrong
    side but for its interval only warns, since the next run may say otherwise. A target that nothing was judged for is
    missed, unless only a part of the suite was judged.

    Args:
        partial: `--only` was given.
    """
    by_chance = result.attempts > 1 or result.understanding != "rules"
    missed = []
    for name, target in suite.written.targets.items():
        found = _miss(name, target, result.cases, by_chance=by_chance)
        if found is not None and not (partial and found.what.startswith(_NOTHING)):
            missed.append(found)
    return missed


_NOTHING = "nothing was judged"


def _miss(name: str, target: Target, cases: Iterable[JudgedCase], *, by_chance: bool) -> MissedTarget | None:
    judged = [(case.name, right) for case in cases if (right := _holds(case, name)) is not None]
    if not judged:
        return _quantity(name, target, cases)
    rate = Rate(sum(right for _, right in judged), len(judged))
    low, high = rate.interval
    value = rate.value or 0.0
    if target.at_least is not None:
        short, surely, wanted = value < target.at_least, high < target.at_least, f"at least {target.at_least:.1%}"
        against = tuple(case for case, right in judged if not right)
    else:
        most = target.at_most or 0.0
        short, surely, wanted = value > most, low > most, f"at most {most:.1%}"
        against = tuple(case for case, right in judged if right)
    if not short:
        return None
    return MissedTarget(name, f"{rate}, wanted {wanted}", tuple(dict.fromkeys(against)), sure=surely or not by_chance)


def _quantity(name: str, target: Target, cases: Iterable[JudgedCase]) -> MissedTarget | None:
    means = {c.name: (fmean(q.values), q.unit) for c in cases for q in c.quantities if q.name == name and q.values}
    if not means:
        return MissedTarget(name, f"{_NOTHING} for this target")
    unit = next(iter(means.values()))[1]
    mean = fmean(value for value, _ in means.values())
    if target.at_most is None or mean <= target.at_most:
        return None
    worst = tuple(sorted(means, key=lambda case: -means[case][0])[:MOST_NAMED])
    return MissedTarget(name, f"mean {mean:.2f} {unit}, wanted at most {target.at_most:g} {unit}", worst)


def _holds(case: JudgedCase, name: str) -> bool | None:
    """None where the check was not judged. Several verdicts of one check: all must hold."""
    if name == CASE:
        return case.passed
    found = [verdict.passed for verdict in case.verdicts if verdict.check == name]
    return all(found) if found else None
