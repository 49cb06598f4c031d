"""Checks of opening hours, the client's and those of its people: overlaps, holes that nobody meant, contradictions."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.domain.hours import WEEKDAYS, Hours, Slot
from voicebot.domain.instructions import Instructions

SHORTEST_BREAK_MIN = 5
_MIDNIGHT_MIN = 1440
_WORKING_DAYS = WEEKDAYS[:5]


def hours_of(instructions: Instructions) -> Iterator[tuple[str, Hours]]:
    """(path, hours) of the client and of each of its people who has hours of their own."""
    yield "hours", instructions.hours
    yield from ((f"people[{p.id}].hours", p.hours) for p in instructions.people if p.hours)


def _ordered(slots: tuple[Slot, ...]) -> list[Slot]:
    return sorted(slots, key=lambda slot: slot.opens_minute)


def overlapping_override_slots(instructions: Instructions) -> Iterator[Finding]:
    for path, hours in hours_of(instructions):
        for override in hours.overrides:
            if any(b.opens_minute < a.closes_minute for a, b in pairwise(_ordered(override.slots))):
                yield error(
                    "hours.override_slots",
                    f"{path}.overrides[{override.day}].slots",
                    f"two slots of {override.day} overlap",
                    "merge them into one slot",
                )


def two_overrides_of_one_day(instructions: Instructions) -> Iterator[Finding]:
    for path, hours in hours_of(instructions):
        days = [override.day for override in hours.overrides]
        for place, day in enumerate(days):
            if day in days[:place]:
                yield error(
                    "hours.contradiction",
                    f"{path}.overrides[{place}]",
                    f"{day} has two overrides that contradict each other",
                    "keep one of them",
                )


def override_inside_closure(instructions: Instructions) -> Iterator[Finding]:
    for path, hours in hours_of(instructions):
        for override in hours.overrides:
            closure = next((c for c in hours.closures if c.first <= override.day <= c.last), None)
            if closure and override.slots:
                yield warning(
                    "hours.contradiction",
                    f"{path}.overrides[{override.day}]",
                    f"{override.day} is open by this override and closed by the closure {closure.first} to {closure.last}; "
                    "the override wins",
                    "end the closure before, or remove the override",
                )


def overlapping_closures(instructions: Instructions) -> Iterator[Finding]:
    for path, hours in hours_of(instructions):
        places = sorted(range(len(hours.closures)), key=lambda place: hours.closures[place].first)
        for before, after in pairwise(places):
            if hours.closures[after].first <= hours.closures[before].last:
                yield warning(
                    "hours.closures_overlap",
                    f"{path}.closures[{after}]",
                    f"this closure and the one from {hours.closures[before].first} overlap",
                    "write one closure for both",
                )


def never_open(instructions: Instructions) -> Iterator[Finding]:
    for path, hours in hours_of(instructions):
        if not any(hours.weekly.values()):
            yield warning(
                "hours.never_open",
                f"{path}.weekly",
                "no day of the week has a slot: callers are always outside hours",
                'write slots, as monday: ["09:00-12:00"]; leave it when that is meant',
            )


def forgotten_weekday(instructions: Instructions) -> Iterator[Finding]:
    weekly = instructions.hours.weekly
    if any(weekly.values()):
        for day in _WORKING_DAYS:
            if day not in weekly:
                yield warning(
                    "hours.forgotten_day",
                    "hours.weekly",
                    f"{day} is not written: the client is closed all day",
                    f"write {day}: [] when that is meant, else its slots",
                )


def short_break(instructions: Instructions) -> Iterator[Finding]:
    for path, hours in hours_of(instructions):
        for day, slots in hours.weekly.items():
            for before, after in pairwise(_ordered(slots)):
                minutes = after.opens_minute - before.closes_minute
                if minutes < SHORTEST_BREAK_MIN:
                    yield warning(
                        "hours.short_break",
                        f"{path}.weekly.{day}",
                        f"the client closes for {minutes} min between two slots",
                        "merge the slots, or correct the hour",
                    )


def minute_before_midnight(instructions: Instructions) -> Iterator[Finding]:
    for path, hours in hours_of(instructions):
        for day, slots in hours.weekly.items():
            if any(slot.closes_minute == _MIDNIGHT_MIN - 1 for slot in slots):
                yield warning(
                    "hours.midnight",
                    f"{path}.weekly.{day}",
                    "a slot that ends at 23:59 closes for one minute at midnight",
                    "write 24:00",
                )


def overlapping_greetings(instructions: Instructions) -> Iterator[Finding]:
    timed = instructions.greeting.by_time
    for later, greeting in enumerate(timed):
        slot = greeting.between
        for earlier in timed[:later]:
            if slot.opens_minute < earlier.between.closes_minute and earlier.between.opens_minute < slot.closes_minute:
                yield warning(
                    "hours.greetings_overlap",
                    f"greeting.by_time[{later}].between",
                    "two greetings hold at the same hour; the first one is spoken",
                    "end one where the other begins",
                )
                break


CHECKS: tuple[Check, ...] = (
    overlapping_override_slots,
    two_overrides_of_one_day,
    override_inside_closure,
    overlapping_closures,
    never_open,
    forgotten_weekday,
    short_break,
    minute_before_midnight,
    overlapping_greetings,
)
