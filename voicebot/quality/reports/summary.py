"""A run as one JSON object with stable keys, for dashboards and scripts; its schema is made from these types."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from voicebot.domain.language import Language
from voicebot.quality.comparing.comparison import Comparison
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.reports.decision import Decision, decide
from voicebot.quality.reports.figures import CheckFigure, QuantityFigure, figures_of
from voicebot.quality.reports.words import sentence
from voicebot.quality.running.result import RunResult

FORMAT = "voicebot.eval-summary/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SummaryRate(_Part):
    """value: successes of trials, 0-1, null without trials. low, high: 95 % Wilson interval."""

    value: float | None
    low: float
    high: float
    successes: int
    trials: int


class SummaryReason(_Part):
    """code: stable; values: figures that it is made of, as text."""

    code: str
    values: dict[str, str]


class SummaryDecision(_Part):
    """sentence: by language. calls: names of the calls to look at."""

    verdict: Literal["publish", "stop", "look"]
    sentence: dict[str, str]
    reasons: tuple[SummaryReason, ...]
    calls: tuple[str, ...]


class SummaryCheck(_Part):
    area: str
    critical: bool
    held: SummaryRate


class SummaryQuantity(_Part):
    """n: values; calls: in which it was measured. p50, p95: nearest rank."""

    unit: str
    n: int
    calls: int
    p50: float
    p95: float


class SummaryCheckChange(_Part):
    """p: McNemar, exact, two sided. low, high: 95 % interval of after minus before. least_seen: smallest loss that this
    sample would have shown in 4 of 5 cases."""

    critical: bool
    before: SummaryRate
    after: SummaryRate
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    p: float
    low: float
    high: float
    least_seen: float | None


class SummaryQuantityChange(_Part):
    """Means per call; low, high: 95 % paired bootstrap of the difference; p: sign-flip permutation test."""

    unit: str
    pairs: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float


class SummaryComparison(_Part):
    pairs: int
    regressions: tuple[str, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    changed: tuple[str, ...]
    checks: dict[str, SummaryCheckChange]
    quantities: dict[str, SummaryQuantityChange]


class Summary(_Part):
    """tags: by tag, by value. pass_hat: k → chance that a call passes k times running; empty with one attempt."""

    format: Literal["voicebot.eval-summary/1"]
    suite: str
    began_at: datetime
    took_s: float
    code: str
    understanding: str
    client_digests: dict[str, str]
    attempts: int
    cached: int
    calls: int
    decision: SummaryDecision
    passed: SummaryRate
    pass_hat: dict[str, float]
    checks: dict[str, SummaryCheck]
    clients: dict[str, SummaryRate]
    scenarios: dict[str, SummaryRate]
    languages: dict[str, SummaryRate]
    tags: dict[str, dict[str, SummaryRate]]
    quantities: dict[str, SummaryQuantity]
    failed: tuple[str, ...]
    comparison: SummaryComparison | None


def summary(result: RunResult, comparison: Comparison | None = None) -> Summary:
    """All figures of the run; `summary(…).model_dump_json(indent=2)` is the file."""
    figures = figures_of(result)
    groups = {name: _rates(rates) for name, rates in figures.groups.items()}
    return Summary(
        format=FORMAT,
        suite=result.suite,
        began_at=result.began_at,
        took_s=result.took_s,
        code=result.code,
        understanding=result.understanding,
        client_digests=result.clients,
        attempts=result.attempts,
        cached=result.cached,
        calls=len({case.case for case in result.cases}),
        decision=_decision(decide(result, comparison)),
        passed=_rate(figures.passed),
        pass_hat={str(k): value for k, value in figures.pass_hat} if result.attempts > 1 else {},
        checks={check.check: _check(check) for check in figures.checks},
        clients=groups["client"],
        scenarios=groups["scenario"],
        languages=groups["language"],
        tags={name.removeprefix("tag:"): rates for name, rates in groups.items() if name.startswith("tag:")},
        quantities={quantity.name: _quantity(quantity) for quantity in figures.quantities},
        failed=tuple(dict.fromkeys(case.name for case in result.cases if not case.passed)),
        comparison=_comparison(comparison) if comparison else None,
    )


def summary_schema() -> dict[str, Any]:
    """JSON Schema of the summary."""
    return Summary.model_json_schema()


def _rate(rate: Rate) -> SummaryRate:
    low, high = rate.interval
    return SummaryRate(value=rate.value, low=low, high=high, successes=rate.successes, trials=rate.trials)


def _rates(rates: dict[str, Rate]) -> dict[str, SummaryRate]:
    return {name: _rate(rate) for name, rate in rates.items()}


def _check(figure: CheckFigure) -> SummaryCheck:
    return SummaryCheck(area=figure.area.value, critical=figure.critical, held=_rate(figure.held))


def _quantity(figure: QuantityFigure) -> SummaryQuantity:
    return SummaryQuantity(unit=figure.unit, n=figure.n, calls=figure.calls, p50=figure.p50, p95=figure.p95)


def _decision(decision: Decision) -> SummaryDecision:
    return SummaryDecision(
        verdict=decision.verdict,
        sentence={language.value: sentence(decision, language) for language in Language},
        reasons=tuple(SummaryReason(code=reason.code, values=reason.values) for reason in decision.reasons),
        calls=decision.calls,
    )


def _comparison(comparison: Comparison) -> SummaryComparison:
    checks = {
        change.check: SummaryCheckChange(
            critical=change.critical,
            before=_rate(change.before),
            after=_rate(change.after),
            lost=change.lost,
            gained=change.gained,
            p=change.p,
            low=change.low,
            high=change.high,
            least_seen=change.least_seen,
        )
        for change in comparison.checks
    }
    quantities = {
        change.name: SummaryQuantityChange(
            unit=change.unit,
            pairs=change.pairs,
            before=change.before,
            after=change.after,
            difference=change.difference,
            low=change.low,
            high=change.high,
            p=change.p,
        )
        for change in comparison.quantities
    }
    return SummaryComparison(
        pairs=comparison.pairs,
        regressions=comparison.regressions,
        lost=comparison.lost,
        gained=comparison.gained,
        only_before=comparison.only_before,
        only_after=comparison.only_after,
        changed=comparison.changed,
        checks=checks,
        quantities=quantities,
    )
