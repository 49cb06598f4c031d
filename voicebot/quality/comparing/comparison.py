"""What changed between two runs of a suite: contracts of the comparison that reports show and that the gate obeys."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.quality.comparing.rates import Rate


@dataclass(frozen=True, slots=True)
class CheckChange:
    """One check (or "case": the case passed), on the cases that both runs have.

    before, after: of those pairs. lost: cases that passed and now fail; gained: the reverse. p: McNemar's exact test, two
    sided. low, high: 95 % interval of the difference of the rates, after minus before. least_seen: smallest difference of
    rates that this sample could have shown (80 % power at 5 %).
    """

    check: str
    critical: bool
    before: Rate
    after: Rate
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    p: float
    low: float
    high: float
    least_seen: float | None


@dataclass(frozen=True, slots=True)
class QuantityChange:
    """One quantity, per case its mean, on the cases that both runs have. difference: after minus before, of the means.

    low, high: 95 % paired bootstrap. p: sign-flip permutation test, two sided.
    """

    name: str
    unit: str
    pairs: int
    before: float
    after: float
    difference: float
    low: float
    high: float
    p: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """regressions: why the gate is shut, in words, with the cases; empty when it is open. Cases by their names.

    only_before, only_after: cases that one run has alone. changed: cases whose own text changed: compared all the same.
    """

    suite: str
    pairs: int
    checks: tuple[CheckChange, ...]
    quantities: tuple[QuantityChange, ...]
    regressions: tuple[str, ...]
    lost: tuple[str, ...]
    gained: tuple[str, ...]
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
