"""Checks of scenarios: each can be finished, and promises no more than the file can hold."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.clients.check.patterns import spoken_example
from voicebot.clients.check.people import takers
from voicebot.clients.check.promises import promised_within, told_duration
from voicebot.domain.details import DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.on_call import WhenOnCall
from voicebot.domain.scenario import Escalation, Outcome, Scenario
from voicebot.domain.urgency import UrgencyLevel

_FINAL = (Outcome.ANSWER, Outcome.REFUSAL)


def outcomes_of(scenario: Scenario) -> Iterator[tuple[str, Outcome]]:
    """(path, outcome) of everything that a scenario may lead to."""
    path = f"scenarios[{scenario.id}]"
    yield f"{path}.outcome", scenario.outcome
    if scenario.outside_hours:
        yield f"{path}.outside_hours", scenario.outside_hours
    yield from ((f"{path}.escalations[{i}].outcome", e.outcome) for i, e in enumerate(scenario.escalations) if e.outcome)
    if scenario.transfer:
        yield f"{path}.transfer.if_nobody", scenario.transfer.if_nobody


def transfer_to_nobody_named(instructions: Instructions) -> Iterator[Finding]:
    for scenario in instructions.scenarios:
        if scenario.transfer is None:
            for path, outcome in outcomes_of(scenario):
                if outcome is Outcome.TRANSFER:
                    yield error(
                        "scenarios.transfer", path, "leads to a transfer that names nobody", "write transfer: {to: …}"
                    )


def transfer_nobody_takes(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        if s.transfer and not takers(instructions, s.transfer.to):
            yield error(
                "scenarios.transfer",
                f"scenarios[{s.id}].transfer.to",
                f'"{s.transfer.to}" never takes calls or has no number: nobody can finish this scenario',
                "write takes_calls: true and phones: for them, or name someone else",
            )


def transfer_never_used(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        if s.transfer and Outcome.TRANSFER not in {outcome for _, outcome in outcomes_of(s)}:
            yield warning(
                "scenarios.transfer_unused",
                f"scenarios[{s.id}].transfer",
                "no outcome of this scenario is a transfer",
                "write outcome: transfer, or remove transfer:",
            )


def on_call_without_roster(instructions: Instructions) -> Iterator[Finding]:
    if instructions.on_call is None:
        for scenario in instructions.scenarios:
            for path, outcome in outcomes_of(scenario):
                if outcome is Outcome.ON_CALL:
                    yield error(
                        "scenarios.on_call",
                        path,
                        "wakes whoever is on call, and the client has no on-call duty",
                        "write on_call: with its shifts, or another outcome",
                    )


def on_call_in_hours(instructions: Instructions) -> Iterator[Finding]:
    duty = instructions.on_call
    if duty and duty.active is WhenOnCall.OUTSIDE_HOURS:
        for s in instructions.scenarios:
            if s.outcome is Outcome.ON_CALL:
                yield warning(
                    "scenarios.on_call_in_hours",
                    f"scenarios[{s.id}].outcome",
                    "inside opening hours nobody is on call (on_call.active: outside_hours)",
                    "write outcome: transfer or message and outside_hours: on_call, or on_call.active: always",
                )


def escalation_without_answer(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        for place, escalation in enumerate(s.escalations):
            if escalation.outcome in _FINAL and not s.answer:
                yield error(
                    "scenarios.answer",
                    f"scenarios[{s.id}].escalations[{place}].outcome",
                    f"{escalation.outcome} speaks the scenario's answer, and it has none",
                    "write answer:, or another outcome",
                )


def escalation_never_holds(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        for place, escalation in enumerate(s.escalations):
            path = f"scenarios[{s.id}].escalations[{place}]"
            if why := _never_said(instructions, escalation):
                yield error("scenarios.escalation", path, why, "write a value that this detail can have")
            elif escalation.detail not in (*s.details, *s.optional_details):
                yield warning(
                    "scenarios.escalation",
                    path,
                    f'"{escalation.detail}" is not asked for in this scenario: the escalation is hardly ever reached',
                    f"add {escalation.detail} to details:",
                )


def _never_said(instructions: Instructions, escalation: Escalation) -> str:
    kind, own = instructions.detail_kind(escalation.detail), instructions.detail(escalation.detail)
    if kind is DetailKind.YES_NO and escalation.equals not in ("yes", "no"):
        return f'"{escalation.detail}" is answered by "yes" or "no" only'
    if escalation.at_least is not None and kind is not DetailKind.NUMBER:
        return f'at_least: needs a number, and "{escalation.detail}" is {kind}'
    if kind is DetailKind.NUMBER and escalation.equals and not escalation.equals.isdecimal():
        return f'"{escalation.detail}" is a number, "{escalation.equals}" is not'
    most = own.most if own else None
    if most is not None and escalation.at_least is not None and escalation.at_least > most:
        return f'"{escalation.detail}" is at most {most}'
    return ""


def unmatchable_pattern(instructions: Instructions) -> Iterator[Finding]:
    for detail in instructions.details:
        if detail.pattern and spoken_example(detail.pattern) is None:
            yield error(
                "scenarios.pattern",
                f"details[{detail.id}].pattern",
                "no spoken reference can match: references are kept as capitals and digits without blanks or hyphens",
                "write the pattern for that form, as [A-Z]{2}[0-9]{4}",
            )


def urgent_scenario_leads_to_nobody(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        urgent = s.urgency in (UrgencyLevel.P0, UrgencyLevel.P1)
        led = {s.outcome_when(is_open=False)} | {e.outcome for e in s.escalations if e.outcome}
        if urgent and instructions.on_call is None and not led & {Outcome.TRANSFER, Outcome.ON_CALL}:
            yield warning(
                "scenarios.urgent_to_nobody",
                f"scenarios[{s.id}].urgency",
                f"is {s.urgency}, and outside opening hours nobody is rung",
                "write on_call: and outside_hours: on_call, or another urgency",
            )


def unwanted_but_put_through(instructions: Instructions) -> Iterator[Finding]:
    for scenario in instructions.scenarios:
        if scenario.urgency is UrgencyLevel.P4:
            for path, outcome in outcomes_of(scenario):
                if outcome in (Outcome.TRANSFER, Outcome.ON_CALL):
                    yield warning(
                        "scenarios.contradiction", path, "unwanted calls (p4) ring people", "write another urgency"
                    )


def promise_never_spoken(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        outcomes = {outcome for _, outcome in outcomes_of(s)}
        if s.promise and outcomes <= set(_FINAL):
            yield warning(
                "scenarios.promise_unused",
                f"scenarios[{s.id}].promise",
                "no message is taken in this scenario: the promise is never spoken",
                "remove promise:, or write outcome: message",
            )


def promise_beyond_deadline(instructions: Instructions) -> Iterator[Finding]:
    for s in instructions.scenarios:
        if not (s.promise and s.deadline):
            continue
        for when, texts in (("open", s.promise.open), ("closed", s.promise.closed)):
            for language, text in texts.items():
                promised = promised_within(text, language)
                if promised is not None and promised < s.deadline:
                    yield warning(
                        "scenarios.promise",
                        f"scenarios[{s.id}].promise.{when}",
                        f"« {text} » promises more than the deadline, {told_duration(s.deadline)}, holds",
                        "promise less, or shorten deadline:",
                    )


CHECKS: tuple[Check, ...] = (
    transfer_to_nobody_named,
    transfer_nobody_takes,
    transfer_never_used,
    on_call_without_roster,
    on_call_in_hours,
    escalation_without_answer,
    escalation_never_holds,
    unmatchable_pattern,
    urgent_scenario_leads_to_nobody,
    unwanted_but_put_through,
    promise_never_spoken,
    promise_beyond_deadline,
)
