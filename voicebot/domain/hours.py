"""Opening hours: weekly slots, closures and public holidays, asked at a moment given by the caller of the function."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import Literal, Self
from zoneinfo import ZoneInfo

import holidays
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]


class Slot(BaseModel):
    """One opening slot of a day, "08:00-12:00"; the end is excluded, "24:00" is midnight."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    opens: time
    closes_minute: int
    """Minutes after midnight, up to 1440."""

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        opens, dash, closes = value.replace(" ", "").partition("-")
        if not dash:
            raise ValueError(f'"{value}" is not a slot; write it as "08:00-12:00"')
        return {"opens": _minute(opens, value), "closes_minute": _minute(closes, value)}

    @field_validator("opens", mode="before")
    @classmethod
    def _opens(cls, value: object) -> object:
        return time(value // 60, value % 60) if isinstance(value, int) and value < 1440 else value

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.opens_minute >= self.closes_minute:
            raise ValueError("the slot closes before it opens; split a night slot at 24:00 and 00:00")
        return self

    @property
    def opens_minute(self) -> int:
        return self.opens.hour * 60 + self.opens.minute


def _minute(text: str, slot: str) -> int:
    hours, colon, minutes = text.partition(":")
    if not (
        colon and hours.isdigit() and minutes.isdigit() and int(minutes) < 60 and int(hours) * 60 + int(minutes) <= 1440
    ):
        raise ValueError(f'"{slot}" is not a slot; write it as "08:00-12:00"')
    return int(hours) * 60 + int(minutes)


class Closure(BaseModel):
    """Days on which the client is closed, both included."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    reason: str = ""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.last < self.first:
            raise ValueError("the closure ends before it begins")
        return self


class Override(BaseModel):
    """Other hours on one day, whatever the week, holidays or closures say. No slots: closed."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    day: date
    slots: tuple[Slot, ...] = ()
    reason: str = ""


class Openness(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    ON_LEAVE = "on_leave"


class Hours(BaseModel):
    """When people of the client are there. Days without slots are closed.

    holidays_region: "FR", or "FR-57" / "FR-6AE" for Alsace-Moselle, or an overseas code such as "FR-GP" (library holidays).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    weekly: dict[Weekday, tuple[Slot, ...]]
    closures: tuple[Closure, ...] = ()
    overrides: tuple[Override, ...] = ()
    holidays_region: str = "FR"
    open_on_holidays: bool = False

    @field_validator("weekly")
    @classmethod
    def _no_overlap(cls, weekly: dict[Weekday, tuple[Slot, ...]]) -> dict[Weekday, tuple[Slot, ...]]:
        for day, slots in weekly.items():
            ordered = sorted(slots, key=lambda slot: slot.opens_minute)
            for earlier, later in pairwise(ordered):
                if later.opens_minute < earlier.closes_minute:
                    raise ValueError(f"two slots of {day} overlap; merge them")
        return weekly

    @field_validator("holidays_region")
    @classmethod
    def _known_region(cls, region: str) -> str:
        country, _, subdivision = region.partition("-")
        try:
            holidays.country_holidays(country, subdiv=subdivision or None, years=2026)
        except NotImplementedError as unknown:
            raise ValueError(f'"{region}" is not a holiday region; write "FR", or "FR-57" for Moselle') from unknown
        return region

    def openness(self, now: datetime, zone: ZoneInfo) -> Openness:
        """State of the client at `now` (aware) in its own time zone."""
        if now.tzinfo is None:
            raise ValueError("openness() needs an aware time")
        local = now.astimezone(zone)
        minute = local.hour * 60 + local.minute
        override = next((o for o in self.overrides if o.day == local.date()), None)
        if override is not None:
            return _openness(override.slots, minute)
        if any(closure.first <= local.date() <= closure.last for closure in self.closures):
            return Openness.ON_LEAVE
        if not self.open_on_holidays and holiday_name(self.holidays_region, local.date()):
            return Openness.HOLIDAY
        return _openness(self.weekly.get(WEEKDAYS[local.weekday()], ()), minute)

    def is_open(self, now: datetime, zone: ZoneInfo) -> bool:
        return self.openness(now, zone) is Openness.OPEN

    def slots_on(self, day: date) -> tuple[Slot, ...]:
        """Slots of one day, first first: overrides, closures and holidays regarded."""
        override = next((o for o in self.overrides if o.day == day), None)
        if override is None and any(closure.first <= day <= closure.last for closure in self.closures):
            return ()
        if override is None and not self.open_on_holidays and holiday_name(self.holidays_region, day):
            return ()
        slots = override.slots if override else self.weekly.get(WEEKDAYS[day.weekday()], ())
        return tuple(sorted(slots, key=lambda slot: slot.opens_minute))

    def next_opening(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """First moment after `now` at which the client opens, in its own time zone; None within the next 60 days."""
        local = now.astimezone(zone)
        for ahead in range(60):
            day = (local + timedelta(days=ahead)).date()
            for slot in self.slots_on(day):
                opening = datetime.combine(day, slot.opens, zone)
                if opening > local:
                    return opening
        return None


def _openness(slots: tuple[Slot, ...], minute: int) -> Openness:
    return Openness.OPEN if any(s.opens_minute <= minute < s.closes_minute for s in slots) else Openness.CLOSED


def holiday_name(region: str, day: date) -> str | None:
    """Name of the public holiday of `day` in `region`, or None."""
    return _holidays(region, day.year).get(day)


@lru_cache(maxsize=256)
def _holidays(region: str, year: int) -> dict[date, str]:
    country, _, subdivision = region.partition("-")
    return dict(holidays.country_holidays(country, subdiv=subdivision or None, years=year).items())
