"""Figures of one run: rates per check, client, scenario, language and tag, quantities, and pass^k."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from voicebot.policy.figures import percentile
from voicebot.quality.comparing.compare import passes_by_case
from voicebot.quality.comparing.paired import pass_hat_k
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.judging.verdict import Area, JudgedCase
from voicebot.quality.running.result import RunResult

NOT_KNOWN = "–"


@dataclass(frozen=True, slots=True)
class CheckFigure:
    """One check. held: calls in which it holds, of those in which it was judged."""

    check: str
    area: Area
    critical: bool
    held: Rate

    @property
    def failed(self) -> int:
        return self.held.trials - self.held.successes


@dataclass(frozen=True, slots=True)
class QuantityFigure:
    """One quantity over all its values. n: values; calls: in which it was measured."""

    name: str
    unit: str
    n: int
    calls: int
    p50: float
    p95: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class RunFigures:
    """passed: attempts that passed. groups: "client", "scenario", "language" and "tag:<name>" → value → passed of held.

    failures: failed verdicts by area: (critical, others). pass_hat: k and pass^k, for k = 1 … attempts.
    """

    passed: Rate
    checks: tuple[CheckFigure, ...]
    groups: dict[str, dict[str, Rate]]
    quantities: tuple[QuantityFigure, ...]
    failures: dict[Area, tuple[int, int]]
    pass_hat: tuple[tuple[int, float], ...]


def figures_of(result: RunResult) -> RunFigures:
    """Checks with most failures first, critical ones before others of as many; groups by their names."""
    cases = result.cases
    groups = {
        "client": _rates(cases, lambda case: case.client),
        "scenario": _rates(cases, lambda case: case.scenario),
        "language": _rates(cases, lambda case: case.language),
    }
    for tag in sorted({name for case in cases for name in case.tags}):
        groups[f"tag:{tag}"] = _rates([case for case in cases if tag in case.tags], lambda case, tag=tag: case.tags[tag])
    return RunFigures(
        passed=Rate(sum(case.passed for case in cases), len(cases)),
        checks=_checks(cases),
        groups=groups,
        quantities=_quantities(cases),
        failures=_failures(cases),
        pass_hat=_pass_hat(result),
    )


def _rates(cases: Iterable[JudgedCase], key: Callable[[JudgedCase], str]) -> dict[str, Rate]:
    found: dict[str, list[bool]] = {}
    for case in cases:
        found.setdefault(key(case) or NOT_KNOWN, []).append(case.passed)
    return {name: Rate(sum(passed), len(passed)) for name, passed in sorted(found.items())}


def _checks(cases: Iterable[JudgedCase]) -> tuple[CheckFigure, ...]:
    """A check that a call answers several times holds when each of its answers does."""
    held: dict[str, list[bool]] = {}
    areas: dict[str, Area] = {}
    critical: set[str] = set()
    for case in cases:
        here: dict[str, bool] = {}
        for verdict in case.verdicts:
            here[verdict.check] = here.get(verdict.check, True) and verdict.passed
            areas[verdict.check] = verdict.area
            if verdict.critical:
                critical.add(verdict.check)
        for check, passed in here.items():
            held.setdefault(check, []).append(passed)
    found = [CheckFigure(c, areas[c], c in critical, Rate(sum(p), len(p))) for c, p in held.items()]
    return tuple(sorted(found, key=lambda f: (not (f.critical and f.failed), -f.failed, f.check)))


def _quantities(cases: Iterable[JudgedCase]) -> tuple[QuantityFigure, ...]:
    values: dict[tuple[str, str], list[tuple[float, ...]]] = {}
    for case in cases:
        for quantity in case.quantities:
            if quantity.values:
                values.setdefault((quantity.name, quantity.unit), []).append(quantity.values)
    return tuple(_quantity(name, unit, per_call) for (name, unit), per_call in sorted(values.items()))


def _quantity(name: str, unit: str, per_call: list[tuple[float, ...]]) -> QuantityFigure:
    values = tuple(value for of_call in per_call for value in of_call)
    p50, p95 = percentile(values, 0.5), percentile(values, 0.95)
    assert p50 is not None
    assert p95 is not None
    return QuantityFigure(name, unit, len(values), len(per_call), p50, p95, values)


def _failures(cases: Iterable[JudgedCase]) -> dict[Area, tuple[int, int]]:
    critical, others = Counter[Area](), Counter[Area]()
    for case in cases:
        for verdict in case.failed:
            (critical if verdict.critical else others)[verdict.area] += 1
    areas = sorted(critical.keys() | others.keys(), key=lambda area: -(critical[area] + others[area]))
    return {area: (critical[area], others[area]) for area in areas}


def _pass_hat(result: RunResult) -> tuple[tuple[int, float], ...]:
    """Of the cases that were held as often as any."""
    passes = passes_by_case(result)
    attempts = max(map(len, passes.values()), default=0)
    right = [sum(passed) for passed in passes.values() if len(passed) == attempts]
    found = ((k, pass_hat_k(right, attempts, k)) for k in range(1, attempts + 1))
    return tuple((k, value) for k, value in found if value is not None)
