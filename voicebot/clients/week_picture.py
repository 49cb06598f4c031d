"""One week of a client's hours, day by day in its own zone: what is open, and why a day is not as every week."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from voicebot.domain.hours import Hours, holiday_name

DAYS = 7


@dataclass(frozen=True, slots=True)
class Day:
    """slots: (opens, closes) in minutes after midnight. kind: week, override, closure, holiday. reason: in the file's words.

    now_min: where the present moment stands in it, None on the other days.
    """

    day: date
    slots: tuple[tuple[int, int], ...]
    kind: str
    reason: str
    now_min: int | None


def week_picture(hours: Hours, zone: ZoneInfo, now: datetime) -> tuple[Day, ...]:
    """The week from Monday that holds `now` (aware), closures, holidays and special days regarded."""
    local = now.astimezone(zone)
    monday = local.date() - timedelta(days=local.weekday())
    return tuple(_day(hours, monday + timedelta(days=ahead), local) for ahead in range(DAYS))


def _day(hours: Hours, day: date, local: datetime) -> Day:
    slots = tuple((slot.opens_minute, slot.closes_minute) for slot in hours.slots_on(day))
    kind, reason = _why(hours, day)
    now_min = local.hour * 60 + local.minute if day == local.date() else None
    return Day(day, slots, kind, reason, now_min)


def _why(hours: Hours, day: date) -> tuple[str, str]:
    """The first that holds, as Hours.slots_on regards them."""
    override = next((special for special in hours.overrides if special.day == day), None)
    if override is not None:
        return "override", override.reason
    closure = next((closed for closed in hours.closures if closed.first <= day <= closed.last), None)
    if closure is not None:
        return "closure", closure.reason
    holiday = None if hours.open_on_holidays else holiday_name(hours.holidays_region, day)
    return ("holiday", holiday) if holiday else ("week", "")
