"""Checks of the on-call duty that hold on any day: everyone on it can be rung, one shift at a time, somebody behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.clients.check.promises import promised_within, told_duration
from voicebot.clients.check.scenarios import outcomes_of
from voicebot.domain.instructions import Instructions
from voicebot.domain.on_call import OnCall
from voicebot.domain.people import Person
from voicebot.domain.scenario import Outcome, Scenario
from voicebot.domain.telephone_numbers import Dialling, dialling, number_ends, takes_sms
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import QuietHours

_NEVER_DIALLED = {
    Dialling.SPECIAL: "is a premium, shared-cost, free or satellite number, which the house never dials",
    Dialling.NO_NUMBER: "is a short number, or of no numbering plan: the house never dials it",
}


def contact_without_number(instructions: Instructions) -> Iterator[Finding]:
    duty = instructions.on_call
    for place, shift in enumerate(duty.shifts if duty else ()):
        for contact in shift.contacts:
            person = instructions.person(contact)
            if person and not person.phones:
                yield error(
                    "on_call.no_number",
                    f"on_call.shifts[{place}].contacts",
                    f'"{contact}" is on call and has no number',
                    f"write phones: for {contact}, or name someone else",
                )


def manager_without_number(instructions: Instructions) -> Iterator[Finding]:
    duty = instructions.on_call
    manager = instructions.person(duty.manager) if duty else None
    if manager and not manager.phones:
        yield error(
            "on_call.manager",
            "on_call.manager",
            f'"{manager.id}" is rung last and has no number',
            f"write phones: for {manager.id}",
        )


def no_manager(instructions: Instructions) -> Iterator[Finding]:
    if instructions.on_call and instructions.on_call.manager is None:
        yield warning(
            "on_call.manager",
            "on_call",
            "nobody is rung when no contact acknowledges",
            "write manager:, the id of a person",
        )


def no_shift(instructions: Instructions) -> Iterator[Finding]:
    if instructions.on_call and not instructions.on_call.shifts:
        yield error("on_call.shifts", "on_call.shifts", "the roster is empty: nobody is on call", "write its shifts")


def overlapping_shifts(instructions: Instructions) -> Iterator[Finding]:
    shifts = instructions.on_call.shifts if instructions.on_call else ()
    for place, later in enumerate(shifts):
        for earlier in shifts[:place]:
            if later.begins < earlier.ends and earlier.begins < later.ends:
                first, last = max(later.begins, earlier.begins), min(later.ends, earlier.ends)
                yield warning(
                    "on_call.overlap",
                    f"on_call.shifts[{place}]",
                    f"two shifts hold from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M}; the first is rung",
                    "end one where the other begins",
                )
                break


def contact_named_twice(instructions: Instructions) -> Iterator[Finding]:
    for place, shift in enumerate(instructions.on_call.shifts if instructions.on_call else ()):
        if len(set(shift.contacts)) != len(shift.contacts):
            yield warning(
                "on_call.twice",
                f"on_call.shifts[{place}].contacts",
                "names one person twice",
                "name each once; tries: says how often each is rung",
            )


def contact_away(instructions: Instructions) -> Iterator[Finding]:
    for place, shift in enumerate(instructions.on_call.shifts if instructions.on_call else ()):
        last_day = (shift.ends - timedelta(minutes=1)).date()
        for contact in shift.contacts:
            person = instructions.person(contact)
            away = (
                next((a for a in person.away if a.first <= last_day and shift.begins.date() <= a.last), None)
                if person
                else None
            )
            if away:
                yield warning(
                    "on_call.away",
                    f"on_call.shifts[{place}].contacts",
                    f'"{contact}" is on call and away from {away.first} to {away.last}',
                    "swap the shift, or correct away:",
                )


def acknowledgement_too_short(instructions: Instructions) -> Iterator[Finding]:
    duty = instructions.on_call
    if duty and duty.acknowledge_within is not None and duty.acknowledge_within < timedelta(seconds=duty.ring_s):
        yield warning(
            "on_call.acknowledge",
            "on_call.acknowledge_within",
            "is over before the first contact's telephone has stopped ringing",
            "write a longer time, or a shorter ring_s:",
        )


def _woken(instructions: Instructions) -> list[Person]:
    """Everybody of the client's who may be on a ladder, each once."""
    duty = instructions.on_call
    if duty is None:
        return []
    ids = dict.fromkeys([i for shift in duty.shifts for i in shift.contacts] + ([duty.manager] if duty.manager else []))
    return [person for i in ids if (person := instructions.person(i)) is not None]


def number_that_is_never_dialled(instructions: Instructions) -> Iterator[Finding]:
    """Toll fraud begins with a number in a file: those that cost or connect elsewhere are refused where they are written."""
    for person in _woken(instructions):
        for number in person.phones:
            kind = dialling(number)
            if kind in _NEVER_DIALLED:
                yield error(
                    "on_call.dialling",
                    f"people[{person.id}].phones",
                    f'{number_ends(number)} of "{person.id}", who is on call, {_NEVER_DIALLED[kind]}',
                    "write an ordinary line or a mobile",
                )
            elif kind is Dialling.UNLISTED:
                yield warning(
                    "on_call.dialling",
                    f"people[{person.id}].phones",
                    f'{number_ends(number)} of "{person.id}", who is on call, is in no numbering plan; it is rung anyway',
                    "check its digits",
                )


def told_by_telephone_only(instructions: Instructions) -> Iterator[Finding]:
    for person in _woken(instructions):
        if person.phones and not person.email and not any(takes_sms(number) for number in person.phones):
            yield warning(
                "on_call.in_writing",
                f"people[{person.id}]",
                f'"{person.id}" is on call and can only be rung: no mobile takes an SMS, and there is no e-mail address',
                f"write a mobile or email: for {person.id}",
            )


def _calls_of_a_round(duty: OnCall) -> int:
    """The longest round: N1, the others, the manager when not among them, our own agents."""
    rosters = [set(shift.contacts) for shift in duty.shifts] or [set()]
    behind = {duty.manager} if duty.manager else set()
    people = max(len(roster | behind) for roster in rosters) + duty.agents
    return duty.tries + max(people - 1, 0) * duty.tries_next


def too_few_calls(instructions: Instructions) -> Iterator[Finding]:
    duty = instructions.on_call
    if duty is None:
        return
    calls = _calls_of_a_round(duty)
    if duty.most_calls < calls:
        yield warning(
            "on_call.most_calls",
            "on_call.most_calls" if "most_calls" in duty.model_fields_set else "on_call",
            f"{duty.most_calls} calls are not enough for one round, which has {calls}: the last ones are never rung",
            f"write most_calls: {calls} or more, or fewer tries",
        )
    elif duty.restart_after is not None and "rounds" in duty.model_fields_set and duty.most_calls < calls * duty.rounds:
        yield warning(
            "on_call.most_calls",
            "on_call.rounds",
            f"{duty.rounds} rounds have {calls * duty.rounds} calls, and the ladder stops after {duty.most_calls}",
            "write fewer rounds:, or more most_calls:",
        )


def rounds_without_restart(instructions: Instructions) -> Iterator[Finding]:
    duty = instructions.on_call
    if duty and duty.restart_after is None and "rounds" in duty.model_fields_set and duty.rounds > 1:
        yield warning(
            "on_call.rounds",
            "on_call.rounds",
            "has no effect: without restart_after the ladder is climbed once",
            "write restart_after:, or remove rounds:",
        )


def _longest_wait(quiet: QuietHours) -> timedelta:
    day = datetime(2026, 1, 1)  # noqa: DTZ001 - only the difference of two wall clocks
    span = datetime.combine(day, quiet.ends) - datetime.combine(day, quiet.begins)
    return span if span > timedelta(0) else span + timedelta(days=1)


def _wakes_at_p1(scenario: Scenario) -> bool:
    levels = (scenario.urgency, *(escalation.urgency for escalation in scenario.escalations))
    return UrgencyLevel.P1 in levels and any(outcome is Outcome.ON_CALL for _, outcome in outcomes_of(scenario))


def _soonest_promised(scenario: Scenario) -> timedelta | None:
    """The deadline for staff or the soonest time that callers are promised, whichever is shorter."""
    promise = scenario.promise
    texts = (
        [(language, text) for said in (promise.open, promise.closed) for language, text in said.items()] if promise else []
    )
    times = [time for language, text in texts if (time := promised_within(text, language)) is not None]
    return min([*times, *([scenario.deadline] if scenario.deadline else [])], default=None)


def quiet_hours_break_a_promise(instructions: Instructions) -> Iterator[Finding]:
    """Only p0 wakes people in quiet hours: what is p1 waits, whatever its deadline says."""
    quiet = instructions.on_call.quiet if instructions.on_call else None
    if quiet is None:
        return
    wait = _longest_wait(quiet)
    for scenario in instructions.scenarios:
        soonest = _soonest_promised(scenario)
        if _wakes_at_p1(scenario) and soonest is not None and soonest < wait:
            yield warning(
                "on_call.quiet",
                "on_call.quiet",
                f"scenarios[{scenario.id}] is p1 and waits up to {told_duration(wait)} in them; "
                f"it is due or promised within {told_duration(soonest)}",
                "shorten quiet:, make the scenario p0, or promise less",
            )


CHECKS: tuple[Check, ...] = (
    contact_without_number,
    manager_without_number,
    no_manager,
    no_shift,
    overlapping_shifts,
    contact_named_twice,
    contact_away,
    acknowledgement_too_short,
    number_that_is_never_dialled,
    told_by_telephone_only,
    too_few_calls,
    rounds_without_restart,
    quiet_hours_break_a_promise,
)
