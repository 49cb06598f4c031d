"""Every check of one client's instructions, in the order of the file."""

from __future__ import annotations

from datetime import datetime

from voicebot.clients.check import (
    confidentiality,
    delivery,
    examples,
    filters,
    handoff,
    hours,
    identity,
    life,
    likeness,
    on_call,
    people,
    reachable,
    roster,
    scenarios,
    sentences,
    urgency,
)
from voicebot.clients.check.finding import Check, DatedCheck, Finding, Severity
from voicebot.domain.instructions import Instructions

CHECKS: tuple[Check, ...] = (
    *identity.CHECKS,
    *sentences.CHECKS,
    *hours.CHECKS,
    *confidentiality.CHECKS,
    *people.CHECKS,
    *scenarios.CHECKS,
    *reachable.CHECKS,
    *likeness.CHECKS,
    *filters.CHECKS,
    *urgency.CHECKS,
    *on_call.CHECKS,
    *handoff.CHECKS,
    *delivery.CHECKS,
    *examples.CHECKS,
)
DATED_CHECKS: tuple[DatedCheck, ...] = (*life.CHECKS, *roster.CHECKS)


def errors_in(instructions: Instructions) -> tuple[Finding, ...]:
    """What keeps the instructions from being obeyed, on whatever day."""
    return tuple(f for check in CHECKS for f in check(instructions) if f.severity is Severity.ERROR)


def findings_in(instructions: Instructions, now: datetime) -> tuple[Finding, ...]:
    """Everything that the checks find at `now` (aware), errors first."""
    found = [f for check in CHECKS for f in check(instructions)]
    found += [f for check in DATED_CHECKS for f in check(instructions, now)]
    return tuple(sorted(found, key=lambda finding: finding.severity is not Severity.ERROR))
