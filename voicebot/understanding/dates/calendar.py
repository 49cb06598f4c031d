"""The calendar behind spoken dates: weekdays to come, months, years left unsaid, feasts that move with Easter."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

_JUST_PAST_DAYS = 60
"""A date without a year that has just gone by may be meant as well as that of next year."""
_DAY_JUST_PAST = 10
_OLDEST_BIRTH_YEARS = 105
_YEARS_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Days:
    """What was said of the day: one, or a span of whole days.

    first, last: None when a day was named that cannot be. sure: one reading only. weekday: it was named by its weekday
    alone, so a week or a date said beside it may settle which one.
    """

    first: date | None
    last: date | None
    sure: bool = True
    weekday: int | None = None

    @property
    def single(self) -> bool:
        return self.first is not None and self.first == self.last

    def unsure(self) -> Days:
        return replace(self, sure=False)


IMPOSSIBLE = Days(None, None, sure=False)


def one(day: date, *, sure: bool = True) -> Days:
    return Days(day, day, sure)


@dataclass(frozen=True, slots=True)
class Today:
    """The day of the call in the client's zone. past: the date asked for is past, as a date of birth."""

    now: datetime
    zone: ZoneInfo
    past: bool = False

    @property
    def day(self) -> date:
        return self.now.date()

    def after(self, days: int) -> date:
        return self.day + timedelta(days=days)

    @property
    def monday(self) -> date:
        return self.after(-self.day.weekday())

    # Weekdays

    def weekday(self, weekday: int) -> Days:
        """« mardi »: the next one; today's own name may mean today or in a week."""
        ahead = (weekday - self.day.weekday()) % 7
        return Days(self.after(ahead or 7), self.after(ahead or 7), sure=ahead != 0, weekday=weekday)

    def this_weekday(self, weekday: int) -> Days:
        """« ce mardi »."""
        return one(self.after((weekday - self.day.weekday()) % 7))

    def next_weekday(self, weekday: int) -> Days:
        """« mardi prochain »: the first to come; sure when that is also the one of next week."""
        first = self.after((weekday - self.day.weekday()) % 7 or 7)
        return Days(first, first, sure=first >= self.monday + timedelta(days=7), weekday=weekday)

    def last_weekday(self, weekday: int) -> Days:
        return one(self.after(-((self.day.weekday() - weekday) % 7 or 7)))

    def weekday_of_week(self, weekday: int, weeks: int) -> Days:
        return one(self.monday + timedelta(days=7 * weeks + weekday))

    def weekday_and(self, weekday: int, days: int) -> Days:
        """« mardi en huit »: the next Tuesday and some days more."""
        named = self.weekday(weekday)
        base = self.day if not named.sure else named.first or self.day
        return one(base + timedelta(days=days), sure=named.sure)

    # Days of the month

    def day_of_month(self, day: int, weekday: int | None = None) -> Days:
        """« le 24 », « mardi 24 »: the next 24th; a weekday that is not its own is a contradiction."""
        if not 1 <= day <= 31:
            return IMPOSSIBLE
        found = next(self._days_numbered(day))
        if weekday is not None:
            return one(found) if found.weekday() == weekday else IMPOSSIBLE
        just_past = 0 < self.day.day - day <= _DAY_JUST_PAST
        return one(found, sure=not just_past and found != self.day)

    def _days_numbered(self, day: int) -> Iterator[date]:
        month = 0 if day >= self.day.day else 1
        while True:
            first = add_months(self.day.replace(day=1), month)
            if day <= length_of(first):
                yield first.replace(day=day)
            month += 1

    def day_of_near_month(self, day: int, months: int, weekday: int | None = None) -> Days:
        first = add_months(self.day.replace(day=1), months)
        if not 1 <= day <= length_of(first):
            return IMPOSSIBLE
        found = first.replace(day=day)
        return one(found) if weekday is None or found.weekday() == weekday else IMPOSSIBLE

    def date(self, day: int, month: int, year: str = "", weekday: int | None = None) -> Days | None:
        """« (mardi) 24 novembre (2026) ». Returns: None when the year cannot be one, so that it is something else."""
        if year:
            return self._dated(day, month, year, weekday)
        if self.past or not 1 <= month <= 12:
            return IMPOSSIBLE
        years = [found for y in range(-1, 5) if (found := _day(self.day.year + y, month, day))]
        coming = [found for found in years if found >= self.day]
        if not coming:
            return IMPOSSIBLE
        gone = [found for found in years if 0 < (self.day - found).days <= _JUST_PAST_DAYS]
        if weekday is None or coming[0].weekday() == weekday:
            # The 29th of February may be years away.
            soon = (coming[0] - self.day).days <= 366
            return one(coming[0], sure=soon and (not gone or weekday is not None))
        return one(gone[0], sure=False) if gone and gone[0].weekday() == weekday else IMPOSSIBLE

    def _dated(self, day: int, month: int, year: str, weekday: int | None) -> Days | None:
        number = int(year)
        sure = True
        if len(year) <= 2 and self.past:
            number += 2000 if number <= self.day.year % 100 else 1900
            sure = number - 100 < self.day.year - _OLDEST_BIRTH_YEARS
        elif len(year) <= 2:
            number += 2000
            if not -1 <= number - self.day.year <= _YEARS_AHEAD:
                return None
        found = _day(number, month, day)
        if found is None or not 1890 <= number <= self.day.year + 20:
            return IMPOSSIBLE
        if (weekday is not None and found.weekday() != weekday) or (self.past and found > self.day):
            return IMPOSSIBLE
        return one(found, sure=sure)

    def weekday_of_month(self, weekday: int, nth: int, month: date) -> Days:
        """« le premier mardi de décembre »; nth -1 is the last."""
        days = [month.replace(day=d) for d in range(1, length_of(month) + 1) if month.replace(day=d).weekday() == weekday]
        return one(days[nth]) if -len(days) <= nth < len(days) else IMPOSSIBLE

    # Spans

    def week(self, weeks: int) -> Days:
        first = self.monday + timedelta(days=7 * weeks)
        return Days(self.day if weeks == 0 else first, first + timedelta(days=6))

    def part_of_week(self, first: int, last: int, weeks: int) -> Days:
        """« fin de semaine prochaine »: a convention, never sure."""
        monday = self.monday + timedelta(days=7 * weeks)
        return Days(monday + timedelta(days=first), monday + timedelta(days=last), sure=False)

    def weekend(self, weeks: int) -> Days:
        saturday = self.monday + timedelta(days=5 + 7 * weeks)
        return Days(max(saturday, self.day) if weeks == 0 else saturday, saturday + timedelta(days=1))

    def month_named(self, month: int, year: str = "") -> date | None:
        """First day of « décembre (2026) », of the next one when the year is not said."""
        if year:
            return date(int(year), month, 1) if len(year) == 4 and 1890 <= int(year) <= self.day.year + 20 else None
        behind = self.past and month > self.day.month
        ahead = not self.past and month < self.day.month
        return date(self.day.year + ahead - behind, month, 1)

    def near_month(self, months: int) -> date:
        return add_months(self.day.replace(day=1), months)

    def feast(self, sign: str, year: str = "", move: int = 0) -> Days:
        """A feast by its sign: "f1225" by month and day, "e39" by days after Easter Sunday."""
        years = (int(year),) if year else range(self.day.year - 1, self.day.year + 3)
        for number in years:
            day = feast_day(sign, number) + timedelta(days=move)
            if year or day >= self.day:
                return one(day)
        return IMPOSSIBLE


def feast_day(sign: str, year: int) -> date:
    if sign[0] == "f":
        return date(year, int(sign[1:3]), int(sign[3:5]))
    return easter(year) + timedelta(days=int(sign[1:]))


@lru_cache(maxsize=64)
def easter(year: int) -> date:
    """Easter Sunday, the day before the French holiday of Easter Monday (library holidays)."""
    named = holidays.country_holidays("FR", years=year, language="fr")
    return next(day for day, name in named.items() if "Pâques" in name) - timedelta(days=1)


def month_span(first: date, begin: int = 1, end: int = 31, *, sure: bool = True) -> Days:
    return Days(first.replace(day=begin), first.replace(day=min(end, length_of(first))), sure)


def add_months(day: date, months: int) -> date:
    """The same day of another month, or that month's last: 31 January and one month is 28 February."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    return first.replace(day=min(day.day, length_of(first)))


def length_of(month: date) -> int:
    return calendar.monthrange(month.year, month.month)[1]


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
