"""Rules of the date grammar: a pattern over signs, and what the calendar makes of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from voicebot.understanding.dates.calendar import IMPOSSIBLE, Days, Today, month_span

WEEKDAY = r"w(?P<w>[0-6]) "
DAY = r"[no](?P<d>\d\d?) "
MONTH = r"m(?P<m>\d\d?) "
YEAR = r"n(?P<y>\d{4}|\d\d) (?!h |: |min |oclock |am |pm )"
NUMBER = r"n(?P<n>\d{1,3}) "
NOT_HOUR = r"(?!(?:h|min|:|oclock|am|pm|day|week|month|year|fortnight|half|quarter|/|\.|-) |n\d+ (?!h |: |am |pm |oclock ))"
"""After the day of a month: no unit, and no number but an hour."""

DayReader = Callable[[Today, "Said"], Days | None]


@dataclass(frozen=True, slots=True)
class Said:
    """Named parts of a match. groups: text of each, None when it was not said."""

    groups: dict[str, str | None]

    def __call__(self, name: str) -> str:
        return self.groups.get(name) or ""

    def number(self, name: str, missing: int = 0) -> int:
        text = self(name)
        return int(text) if text else missing

    def weekday(self, name: str = "w") -> int | None:
        text = self(name)
        return int(text) if text else None


@dataclass(frozen=True, slots=True)
class DayRule:
    pattern: re.Pattern[str]
    read: DayReader


def rule(pattern: str, read: DayReader) -> DayRule:
    return DayRule(re.compile(pattern), read)


def full_date(today: Today, said: Said) -> Days | None:
    return today.date(said.number("d"), said.number("m"), said("y"), said.weekday())


def spoken_numbers(today: Today, said: Said) -> Days | None:
    """« le quatre douze »: day and month, but it might be something else."""
    found = today.date(said.number("d"), said.number("m"), said("y"), said.weekday())
    return found.unsure() if found and not said("y") else found


def glued_digits(today: Today, said: Said) -> Days | None:
    """« 12051978 »."""
    digits = said("all")
    return today.date(int(digits[:2]), int(digits[2:4]), digits[4:])


def day_of_month(today: Today, said: Said) -> Days | None:
    if today.past:
        return IMPOSSIBLE
    return today.day_of_month(said.number("d"), said.weekday())


def day_of_near_month(months: int) -> DayReader:
    return lambda today, said: today.day_of_near_month(said.number("d"), months, said.weekday())


def relative_day(today: Today, said: Said) -> Days | None:
    return Days(today.after(said.number("n")), today.after(said.number("n")))


def weekday(today: Today, said: Said) -> Days | None:
    return today.weekday(said.number("w"))


def maybe_weekday(today: Today, said: Said) -> Days | None:
    """« le mardi » may be every Tuesday."""
    return today.weekday(said.number("w")).unsure()


def impossible(_today: Today, _said: Said) -> Days | None:
    """A day was named, and which one cannot be told: « les mardis », « un mardi »."""
    return IMPOSSIBLE


def weekday_of_week(weeks: int) -> DayReader:
    return lambda today, said: today.weekday_of_week(said.number("w"), weeks)


def weekday_and(days: int) -> DayReader:
    return lambda today, said: today.weekday_and(said.number("w"), days)


def week(weeks: int, *, sure: bool = True) -> DayReader:
    return lambda today, _said: today.week(weeks) if sure else today.week(weeks).unsure()


def week_of(today: Today, said: Said) -> Days | None:
    """« la semaine du 30 novembre »."""
    named = full_date(today, said) if said("m") else today.day_of_month(said.number("d"))
    if named is None or named.first is None:
        return named
    weeks = ((named.first - today.monday).days) // 7
    found = today.week(weeks)
    return found if weeks else found.unsure()


def weekend_of(today: Today, said: Said) -> Days | None:
    found = week_of(today, said)
    if found is None or found.last is None:
        return found
    return Days(date.fromordinal(found.last.toordinal() - 1), found.last, found.sure)


_WEEK_PARTS = {"start": (0, 1), "mid": (1, 3), "end": (3, 4)}


def part_of_week(weeks: int | None) -> DayReader:
    """weeks: None when the week was not said: this one, or the next when that part is over."""

    def read(today: Today, said: Said) -> Days | None:
        first, last = _WEEK_PARTS[said("part")]
        found = today.part_of_week(first, last, weeks or 0)
        over = weeks is None and found.last is not None and found.last <= today.day
        return today.part_of_week(first, last, 1) if over else found

    return read


def weekend(weeks: int, *, sure: bool = True) -> DayReader:
    return lambda today, _said: today.weekend(weeks) if sure else today.weekend(weeks).unsure()


def next_weekend(today: Today, _said: Said) -> Days | None:
    """« le week-end prochain »: the one to come for some, the one after for others."""
    at_weekend = today.day.weekday() >= 5
    return today.weekend(1) if at_weekend else today.weekend(0).unsure()


_MONTH_PARTS = {"start": (1, 10), "mid": (11, 20), "end": (21, 31)}


def month(today: Today, said: Said) -> Days | None:
    first = today.month_named(said.number("m"), said("y"))
    if first is None:
        return None
    part = _MONTH_PARTS.get(said("part"))
    current = (first.year, first.month) == (today.day.year, today.day.month)
    sure = not part and not today.past and (bool(said("y")) or not current)
    return month_span(first, *(part or (1, 31)), sure=sure)


def bare_month(today: Today, said: Said) -> Days | None:
    found = month(today, said)
    return found if found is None or said("y") else found.unsure()


def near_month(months: int) -> DayReader:
    def read(today: Today, said: Said) -> Days | None:
        part = _MONTH_PARTS.get(said("part"))
        found = month_span(today.near_month(months), *(part or (1, 31)), sure=not part)
        if months == 0 and found.first and found.last and found.first < today.day <= found.last:
            return Days(today.day, found.last, found.sure)
        over = months == 0 and part and found.last and found.last < today.day
        return month_span(today.near_month(1), *part, sure=False) if over and part else found

    return read


def nth_weekday(today: Today, said: Said) -> Days | None:
    """« le premier mardi de décembre »; "k" is missing for the last."""
    nth = said.number("k") - 1
    near = today.near_month(1 if said("next") else 0)
    first = today.month_named(said.number("m"), said("y")) if said("m") else near
    found = today.weekday_of_month(said.number("w"), nth, first) if first else IMPOSSIBLE
    return found if found.first is None or found.first >= today.day else found.unsure()


def beside_date(today: Today, said: Said) -> Days | None:
    """« la veille du 14 juillet »."""
    found = full_date(today, said)
    if found is None or found.first is None:
        return found
    day = date.fromordinal(found.first.toordinal() + {"eve": -1, "morrow": 1}[said("move")])
    return Days(day, day, found.sure)


def feast(today: Today, said: Said) -> Days | None:
    found = today.feast(said("f"), said("y"), {"eve": -1, "morrow": 1}.get(said("move"), 0))
    named = said.weekday()
    if named is not None and found.first and found.first.weekday() != named:
        return IMPOSSIBLE
    return found


def dates_between(today: Today, said: Said) -> Days | None:
    """« du 24 au 28 novembre », « entre le 30 novembre et le 4 décembre »."""
    last = _end_date(today, said)
    if last is None or last.first is None:
        return last
    month_said = said.number("m1") or last.first.month
    year = said.number("y1") or last.first.year - (month_said > last.first.month)
    try:
        first = date(year, month_said, said.number("d1"))
    except ValueError:
        return IMPOSSIBLE
    named = said.weekday("w1")
    if first > last.first or (named is not None and first.weekday() != named):
        return IMPOSSIBLE
    return Days(first, last.first, last.sure and (said("m") != "" or first >= today.day))


def _end_date(today: Today, said: Said) -> Days | None:
    if said("m"):
        return full_date(today, said)
    return IMPOSSIBLE if today.past else today.day_of_month(said.number("d"), said.weekday())


def weekdays_between(today: Today, said: Said) -> Days | None:
    """« de lundi à mercredi »."""
    first = today.weekday(said.number("w1"))
    if said("next"):
        first = today.weekday_of_week(said.number("w1"), 1)
    if first.first is None:
        return first
    ahead = (said.number("w") - first.first.weekday()) % 7
    return Days(first.first, date.fromordinal(first.first.toordinal() + ahead), first.sure and ahead > 0)
