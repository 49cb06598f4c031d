"""The on-call roster as a calendar: who is first, second … by day and hour, and the hours in which nobody would come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from voicebot.domain.instructions import Instructions
from voicebot.domain.on_call import OnCall, WhenOnCall

WEEKS = 4
_DAY_MIN = 1440


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes after midnight, the end excluded. contacts: ids of people, N1 first.

    hole: nobody is on duty and somebody ought to be. needed: False while the client is open and needs no duty.
    """

    begins_min: int
    ends_min: int
    contacts: tuple[str, ...]
    needed: bool

    @property
    def hole(self) -> bool:
        return self.needed and not self.contacts


@dataclass(frozen=True, slots=True)
class RosterDay:
    day: date
    today: bool
    spans: tuple[Span, ...]


def roster_calendar(instructions: Instructions, now: datetime) -> tuple[tuple[RosterDay, ...], ...]:
    """Four weeks from the Monday that holds `now` (aware), in the client's zone; empty without a roster."""
    duty = instructions.on_call
    if duty is None:
        return ()
    today = now.astimezone(instructions.identity.zone).date()
    monday = today - timedelta(days=today.weekday())
    days = [monday + timedelta(days=ahead) for ahead in range(WEEKS * 7)]
    shown = [RosterDay(day, day == today, _spans(instructions, duty, day)) for day in days]
    return tuple(tuple(shown[week * 7 : week * 7 + 7]) for week in range(WEEKS))


def holes_in(calendar: tuple[tuple[RosterDay, ...], ...], from_day: date) -> int:
    """Hours without anybody from a day on, as spans."""
    return sum(span.hole for week in calendar for day in week if day.day >= from_day for span in day.spans)


def _spans(instructions: Instructions, duty: OnCall, day: date) -> tuple[Span, ...]:
    midnight = datetime.combine(day, time())
    open_slots = [(slot.opens_minute, slot.closes_minute) for slot in instructions.hours.slots_on(day)]
    always = duty.active is WhenOnCall.ALWAYS
    cuts = {0, _DAY_MIN}
    for shift in duty.shifts:
        cuts |= {_minute(shift.begins, midnight), _minute(shift.ends, midnight)}
    if not always:
        cuts |= {minute for slot in open_slots for minute in slot}
    edges = sorted(cuts)
    spans: list[Span] = []
    for begins, ends in pairwise(edges):
        local = midnight + timedelta(minutes=begins)
        contacts = next((shift.contacts for shift in duty.shifts if shift.holds_at(local)), ())
        needed = always or not any(opens <= begins < closes for opens, closes in open_slots)
        last = spans[-1] if spans else None
        if last and (last.contacts, last.needed) == (contacts, needed):
            spans[-1] = Span(last.begins_min, ends, contacts, needed)
        else:
            spans.append(Span(begins, ends, contacts, needed))
    return tuple(spans)


def _minute(moment: datetime, midnight: datetime) -> int:
    minutes = int((moment - midnight).total_seconds() // 60)
    return min(max(minutes, 0), _DAY_MIN)
