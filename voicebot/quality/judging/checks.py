"""The list of everything that is judged by code: one small function for each check, with what it needs and what it means."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.verdict import Area, Evidence, Quantity


class Need(StrEnum):
    """What must be there besides the words, for a check to say anything."""

    RECORD = "record"
    """Our own record of the call: acts, decisions, message, receipts."""
    INSTRUCTIONS = "instructions"
    """The client's instructions."""
    REFERENCE = "reference"
    """What somebody wrote down as true."""
    TIMES = "times"
    """When each turn began and ended."""


@dataclass(frozen=True, slots=True)
class Found:
    """One finding of a check. part: what stands for the "*" of a check that is made for each detail, field or line."""

    passed: bool
    expected: str = ""
    found: str = ""
    rule: str = ""
    evidence: tuple[Evidence, ...] = ()
    part: str = ""


Judge = Callable[[CallInHand], Iterable[Found]]
Measure = Callable[[CallInHand], Iterable[Quantity]]


@dataclass(frozen=True, slots=True)
class Check:
    """id: stable; "*" stands for a part. french, english: what it means. judge: finds nothing where it does not apply."""

    id: str
    area: Area
    needs: frozenset[Need]
    french: str
    english: str
    critical: bool
    judge: Judge


@dataclass(frozen=True, slots=True)
class Measured:
    """Quantities of one kind. names: of all that measure can give."""

    names: tuple[str, ...]
    area: Area
    needs: frozenset[Need]
    french: str
    english: str
    measure: Measure


@dataclass(slots=True)
class Checks:
    """The checks and measures of one area, in the order in which they are listed."""

    area: Area
    checks: list[Check] = field(default_factory=list)
    measures: list[Measured] = field(default_factory=list)

    def check(
        self, name: str, *needs: Need, fr: str, en: str, critical: bool = False
    ) -> Callable[[Callable[[CallInHand], Iterator[Found]]], Callable[[CallInHand], Iterator[Found]]]:
        """Enters a function. name: the id after the area's name."""

        def entered(judge: Callable[[CallInHand], Iterator[Found]]) -> Callable[[CallInHand], Iterator[Found]]:
            self.checks.append(Check(f"{self.area}.{name}", self.area, frozenset(needs), fr, en, critical, judge))
            return judge

        return entered

    def measure(
        self, *names: str, needs: tuple[Need, ...] = (), fr: str, en: str
    ) -> Callable[[Callable[[CallInHand], Iterator[Quantity]]], Callable[[CallInHand], Iterator[Quantity]]]:
        """Enters a function that gives the quantities of these names."""

        def entered(measure: Callable[[CallInHand], Iterator[Quantity]]) -> Callable[[CallInHand], Iterator[Quantity]]:
            self.measures.append(Measured(names, self.area, frozenset(needs), fr, en, measure))
            return measure

        return entered


def right(**said: object) -> Found:
    """A finding that nothing is wrong."""
    return Found(True, **said)  # pyright: ignore[reportArgumentType]
