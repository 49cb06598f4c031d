"""The moments at which a client's instructions change what happens: openings, holidays, clock changes, hand-overs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from voicebot.domain.hours import WEEKDAYS, Hours, holiday_name
from voicebot.domain.instructions import Instructions

MINUTE = timedelta(minutes=1)
_MIDDAY = time(10)
"""A time at which nearly every client is open on a working day."""
_YEAR = 366
_HAND_OVERS = 8


class BoundaryKind(StrEnum):
    WEEK = "week"
    HOLIDAY = "holiday"
    CLOSURE = "closure"
    OVERRIDE = "override"
    CLOCK_CHANGE = "clock_change"
    HAND_OVER = "hand_over"
    DATED_PART = "dated_part"
    GREETING = "greeting"
    YEAR_END = "year_end"


@dataclass(frozen=True, slots=True)
class Boundary:
    """at: aware, in the client's zone. what: what changes there, for people. path: the instruction behind it."""

    at: datetime
    kind: BoundaryKind
    what: str
    path: str


def boundaries_of(instructions: Instructions, now: datetime) -> list[Boundary]:
    """Every boundary from `now` (aware) on: the coming week, and a year of everything that has a date."""
    zone = instructions.identity.zone
    today = now.astimezone(zone).date()
    found = [
        *_week(instructions.hours, today, zone),
        *_holidays(instructions.hours, today, zone),
        *_closures(instructions.hours, today, zone),
        *_overrides(instructions.hours, today, zone),
        *_clock_changes(now, zone),
        *_hand_overs(instructions, now, zone),
        *_dated_parts(instructions, today, zone),
        *_greetings(instructions, today, zone),
        *_year_end(today, zone),
    ]
    return sorted(found, key=lambda boundary: (list(BoundaryKind).index(boundary.kind), boundary.at.timestamp()))


def reason_of(hours: Hours, at: datetime, zone: ZoneInfo) -> tuple[str, str]:
    """(path, words) of the instruction that says whether the client is open at `at` (aware)."""
    day = at.astimezone(zone).date()
    if any(override.day == day for override in hours.overrides):
        return f"hours.overrides[{day}]", "override"
    for place, closure in enumerate(hours.closures):
        if closure.first <= day <= closure.last:
            return f"hours.closures[{place}]", closure.reason or "closure"
    holiday = holiday_name(hours.holidays_region, day)
    if holiday and not hours.open_on_holidays:
        return "hours.holidays_region", holiday
    weekday = WEEKDAYS[day.weekday()]
    return f"hours.weekly.{weekday}", weekday


def _moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    return datetime.combine(day + timedelta(days=minute // 1440), time(minute % 1440 // 60, minute % 60), zone)


def _around(moment: datetime, kind: BoundaryKind, what: str, path: str) -> Iterator[Boundary]:
    """The last minute before a moment, and the moment."""
    before = (moment.astimezone(UTC) - MINUTE).astimezone(moment.tzinfo)
    yield Boundary(before, kind, f"a minute before: {what}", path)
    yield Boundary(moment, kind, what, path)


def _slots(hours: Hours, day: date, zone: ZoneInfo, kind: BoundaryKind, path: str) -> Iterator[Boundary]:
    for slot in hours.slots_on(day):
        yield from _around(_moment(day, slot.opens_minute, zone), kind, "opens", path)
        yield from _around(_moment(day, slot.closes_minute, zone), kind, "closes", path)


def _week(hours: Hours, today: date, zone: ZoneInfo) -> Iterator[Boundary]:
    for ahead in range(1, 8):
        day = today + timedelta(days=ahead)
        path, _ = reason_of(hours, datetime.combine(day, _MIDDAY, zone), zone)
        slots = list(_slots(hours, day, zone, BoundaryKind.WEEK, path))
        yield from slots or [Boundary(datetime.combine(day, _MIDDAY, zone), BoundaryKind.WEEK, "closed all day", path)]


def _holidays(hours: Hours, today: date, zone: ZoneInfo) -> Iterator[Boundary]:
    for ahead in range(_YEAR):
        day = today + timedelta(days=ahead)
        if name := holiday_name(hours.holidays_region, day):
            yield Boundary(datetime.combine(day, _MIDDAY, zone), BoundaryKind.HOLIDAY, name, "hours.holidays_region")


def _closures(hours: Hours, today: date, zone: ZoneInfo) -> Iterator[Boundary]:
    for place, closure in enumerate(hours.closures):
        if closure.last >= today:
            path = f"hours.closures[{place}]"
            begins, ends = _moment(closure.first, 0, zone), _moment(closure.last, 1440, zone)
            yield from _around(begins, BoundaryKind.CLOSURE, f"closure begins {closure.reason}".strip(), path)
            for day in dict.fromkeys((closure.first, closure.last)):
                yield Boundary(datetime.combine(day, _MIDDAY, zone), BoundaryKind.CLOSURE, "in the closure", path)
            yield from _around(ends, BoundaryKind.CLOSURE, "closure ends", path)


def _overrides(hours: Hours, today: date, zone: ZoneInfo) -> Iterator[Boundary]:
    for override in hours.overrides:
        if override.day >= today:
            path = f"hours.overrides[{override.day}]"
            slots = list(_slots(hours, override.day, zone, BoundaryKind.OVERRIDE, path))
            closed = Boundary(datetime.combine(override.day, _MIDDAY, zone), BoundaryKind.OVERRIDE, "closed", path)
            yield from slots or [closed]


def clock_changes(now: datetime, zone: ZoneInfo) -> Iterator[datetime]:
    """Moments (aware, in zone) within a year at which the clocks of a zone change: the first one after the change."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    offset = hour.astimezone(zone).utcoffset()
    for _ in range(_YEAR * 24):
        hour += timedelta(hours=1)
        local = hour.astimezone(zone)
        if local.utcoffset() != offset:
            offset = local.utcoffset()
            yield local


def _clock_changes(now: datetime, zone: ZoneInfo) -> Iterator[Boundary]:
    for change in clock_changes(now, zone):
        yield from _around(change, BoundaryKind.CLOCK_CHANGE, "the clocks change", "identity.time_zone")
        noon = datetime.combine(change.date(), _MIDDAY, zone)
        yield Boundary(noon, BoundaryKind.CLOCK_CHANGE, "the day of the change", "identity.time_zone")


def _hand_overs(instructions: Instructions, now: datetime, zone: ZoneInfo) -> Iterator[Boundary]:
    shifts = instructions.on_call.shifts if instructions.on_call else ()
    coming = [(i, s) for i, s in enumerate(shifts) if s.begins.replace(tzinfo=zone) > now]
    for place, shift in sorted(coming, key=lambda pair: pair[1].begins)[:_HAND_OVERS]:
        begins = shift.begins.replace(tzinfo=zone)
        yield from _around(begins, BoundaryKind.HAND_OVER, "on-call hand-over", f"on_call.shifts[{place}]")
    if shifts:
        place = max(range(len(shifts)), key=lambda i: shifts[i].ends)
        ends = shifts[place].ends.replace(tzinfo=zone)
        yield from _around(ends, BoundaryKind.HAND_OVER, "the roster ends", f"on_call.shifts[{place}]")


def _dated_parts(instructions: Instructions, today: date, zone: ZoneInfo) -> Iterator[Boundary]:
    for name in ("notices", "scenarios", "filters", "faq"):
        for part in getattr(instructions, name):
            path = f"{name}[{part.id}]"
            if part.valid_from and part.valid_from >= today:
                begins = _moment(part.valid_from, 0, zone)
                yield from _around(begins, BoundaryKind.DATED_PART, f"{path} begins", f"{path}.valid_from")
            if part.valid_to and part.valid_to >= today:
                ends = _moment(part.valid_to, 1440, zone)
                yield from _around(ends, BoundaryKind.DATED_PART, f"{path} has ended", f"{path}.valid_to")


def _greetings(instructions: Instructions, today: date, zone: ZoneInfo) -> Iterator[Boundary]:
    for place, greeting in enumerate(instructions.greeting.by_time):
        path = f"greeting.by_time[{place}]"
        for minute in (greeting.between.opens_minute, greeting.between.closes_minute):
            moment = _moment(today + timedelta(days=1), minute, zone)
            yield from _around(moment, BoundaryKind.GREETING, "the greeting changes", path)


def _year_end(today: date, zone: ZoneInfo) -> Iterator[Boundary]:
    midnight = datetime(today.year + 1, 1, 1, tzinfo=zone)
    yield from _around(midnight, BoundaryKind.YEAR_END, "a new year begins", "hours.holidays_region")
