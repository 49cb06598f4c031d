"""Checks of the on-call duty that hold on any day: everyone on it can be rung, one shift at a time, somebody behind them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.domain.instructions import Instructions


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


CHECKS: tuple[Check, ...] = (
    contact_without_number,
    manager_without_number,
    no_manager,
    no_shift,
    overlapping_shifts,
    contact_named_twice,
    contact_away,
    acknowledgement_too_short,
)
