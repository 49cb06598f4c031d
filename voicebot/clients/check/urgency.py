"""Checks of red flags: an urgency leads to somebody, and every rule is of a danger that is listened for."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.domain.instructions import Instructions
from voicebot.domain.urgency import RED_FLAGS, UrgencyLevel


def doubled_rule(instructions: Instructions) -> Iterator[Finding]:
    flags = [rule.red_flag for rule in instructions.red_flags]
    for place, flag in enumerate(flags):
        if flag in flags[:place]:
            yield error("urgency.doubled", f"red_flags[{place}]", f'"{flag}" has two rules', "keep one of them")


def wakes_nobody(instructions: Instructions) -> Iterator[Finding]:
    """on_call: true that was written, not the default, is a promise that the file cannot keep."""
    if instructions.on_call is None:
        for rule in instructions.red_flags:
            if rule.on_call and "on_call" in rule.model_fields_set:
                yield error(
                    "urgency.on_call",
                    f"red_flags[{rule.red_flag}].on_call",
                    "wakes whoever is on call, and the client has no on-call duty",
                    "write on_call: with its shifts, or on_call: false here",
                )


def urgency_leads_to_nobody(instructions: Instructions) -> Iterator[Finding]:
    sector = instructions.identity.sector
    heard = [f.id for f in RED_FLAGS.values() if f.sectors and f.level is UrgencyLevel.P1 and f.concerns(sector)]
    heard += [r.red_flag for r in instructions.red_flags if r.on_call and r.red_flag not in heard]
    if heard and instructions.on_call is None:
        yield warning(
            "urgency.to_nobody",
            "red_flags" if instructions.red_flags else "identity.sector",
            f"{', '.join(heard)}: heard, noted as urgent, and nobody is rung",
            "write on_call: with its shifts and a manager",
        )


def never_listened_for(instructions: Instructions) -> Iterator[Finding]:
    sector = instructions.identity.sector
    for rule in instructions.red_flags:
        if not RED_FLAGS[rule.red_flag].concerns(sector):
            yield warning(
                "urgency.not_heard",
                f"red_flags[{rule.red_flag}]",
                f"is not listened for in the sector {sector}: this rule is never reached",
                "remove it, or write a scenario",
            )


def exclusion_of_a_danger(instructions: Instructions) -> Iterator[Finding]:
    for rule in instructions.red_flags:
        if rule.unless and RED_FLAGS[rule.red_flag].has_script:
            yield warning(
                "urgency.unless",
                f"red_flags[{rule.red_flag}].unless",
                "endangers life: the safety sentences are spoken whatever else is said",
                "remove unless:",
            )


CHECKS: tuple[Check, ...] = (
    doubled_rule,
    wakes_nobody,
    urgency_leads_to_nobody,
    never_listened_for,
    exclusion_of_a_danger,
)
