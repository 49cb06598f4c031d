"""Days, hours and spans as people say them, so that a date can be read back without doubt."""

from __future__ import annotations

import calendar
from datetime import date, datetime, time

from babel.dates import format_date
from num2words import num2words

from voicebot.domain.language import Language

_YEAR_UNSAID_DAYS = 180
"""Days ahead up to which a day is said without its year; a past day always has its year."""
_WEEKDAY_SAID_DAYS = 730
"""Nobody says the weekday of a date of birth."""

_PARTS = {
    (time(8), time(12)): ("matin", "morning"),
    (time(14), time(18)): ("après-midi", "afternoon"),
    (time(18), time(21)): ("soir", "evening"),
}


def spoken_date(value: str, language: Language, now: datetime) -> str:
    """A date as people say it: « mardi 24 novembre à neuf heures », « la semaine du 30 novembre ».

    Args:
        value: a DetailKind.DATE value: ISO day, moment, or interval of two of one kind; other words come back as they are.
        now: aware or in the client's zone already; only its day is used, for « demain » and for leaving the year out.
    """
    first, slash, last = value.partition("/")
    try:
        start = _moment(first)
        end = _moment(last) if slash else None
    except ValueError:
        return value
    today = now.date()
    if end is None:
        return _one(start, language, today)
    if isinstance(start, datetime) and isinstance(end, datetime):
        return _hours_between(start, end, language, today)
    return _days_between(_day_of(start), _day_of(end), language, today)


def spoken_hour(hour: time, language: Language) -> str:
    """An hour that can be taken in one way only: « deux heures du matin », "two in the afternoon"."""
    if language is Language.ENGLISH:
        return _english_hour(hour)
    minutes = f" {num2words(hour.minute, lang='fr')}" if hour.minute else ""
    if hour.minute % 10 == 1 and hour.minute not in (11, 71):
        minutes += "e" if minutes.endswith("un") else ""
    if hour.hour == 12 or (hour.hour == 0 and not hour.minute):
        return ("midi" if hour.hour else "minuit") + minutes
    if hour.hour == 0:
        return f"zéro heure{minutes}"
    number = "une" if hour.hour == 1 else num2words(hour.hour, lang="fr").replace("vingt et un", "vingt et une")
    said = f"{number} heure{'s' if hour.hour > 1 else ''}{minutes}"
    return f"{said} du matin" if hour.hour < 8 else said


def _moment(text: str) -> date | datetime:
    return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)


def _day_of(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _one(moment: date | datetime, language: Language, today: date) -> str:
    day = spoken_day(_day_of(moment), language, today)
    if not isinstance(moment, datetime):
        return day
    at = "à" if language is Language.FRENCH else "at"
    return f"{day} {at} {spoken_hour(moment.time(), language)}"


def spoken_day(day: date, language: Language, today: date) -> str:
    """« demain », « mardi 24 novembre », with the year when it is not plain."""
    french = language is Language.FRENCH
    near = {-1: ("hier", "yesterday"), 0: ("aujourd'hui", "today"), 1: ("demain", "tomorrow")}.get((day - today).days)
    if near:
        return near[0 if french else 1]
    if abs((day - today).days) > _WEEKDAY_SAID_DAYS:
        return _date(day, language, today)
    weekday = format_date(day, "EEEE", locale=language.value)
    return f"{weekday} {_date(day, language, today)}"


def _date(day: date, language: Language, today: date, *, month: bool = True) -> str:
    """« 24 novembre », "the 24th of November", and the year when it is not plain."""
    if language is Language.FRENCH:
        said = "1er" if day.day == 1 else str(day.day)
        named = f" {format_date(day, 'MMMM', locale='fr')}" if month else ""
    else:
        said = "the " + num2words(day.day, to="ordinal_num", lang="en")
        named = f" of {format_date(day, 'MMMM', locale='en')}" if month else ""
    far = not 0 <= (day - today).days <= _YEAR_UNSAID_DAYS
    return said + named + (f" {day.year}" if far and month else "")


def _hours_between(start: datetime, end: datetime, language: Language, today: date) -> str:
    french = language is Language.FRENCH
    if start.date() != end.date():
        from_, to = ("de", "à") if french else ("from", "to")
        return f"{from_} {_one(start, language, today)} {to} {_one(end, language, today)}"
    part = _PARTS.get((start.time(), end.time()))
    named = f" {part[0 if french else 1]}" if part else ""
    between, and_ = ("entre", "et") if french else ("between", "and")
    begins, ends = spoken_hour(start.time(), language), spoken_hour(end.time(), language)
    for unit in (" heures", " in the afternoon"):
        # « entre quatorze et dix-huit heures »
        if begins.endswith(unit) and ends.endswith(unit):
            begins = begins.removesuffix(unit)
    hours = f"{between} {begins} {and_} {ends}"
    return f"{spoken_day(start.date(), language, today)}{named}, {hours}"


def _days_between(first: date, last: date, language: Language, today: date) -> str:
    french = language is Language.FRENCH
    length = (last - first).days
    whole_month = first.day == 1 and last == date(first.year, first.month, calendar.monthrange(first.year, first.month)[1])
    if whole_month:
        month = format_date(
            first, "MMMM yyyy" if not 0 <= (first - today).days <= _YEAR_UNSAID_DAYS else "MMMM", locale=language.value
        )
        return f"{'en' if french else 'in'} {month}"
    if (first.weekday(), length) == (0, 6):
        return f"{'la semaine du' if french else 'the week of'} {_date(first, language, today)}"
    if (first.weekday(), length) == (5, 1):
        return f"{'le week-end du' if french else 'the weekend of'} {_date(first, language, today)}"
    same_month = french and (first.year, first.month) == (last.year, last.month)
    begins, ends = (format_date(day, "EEEE", locale=language.value) for day in (first, last))
    from_, to = ("du", "au") if french else ("from", "to")
    start = _date(first, language, today, month=not same_month)
    return f"{from_} {begins} {start} {to} {ends} {_date(last, language, today)}"


def _english_hour(hour: time) -> str:
    if (hour.hour, hour.minute) in ((0, 0), (12, 0)):
        return "noon" if hour.hour else "midnight"
    number = num2words(hour.hour % 12 or 12, lang="en")
    minutes = ""
    if hour.minute:
        minutes = f" {'oh ' if hour.minute < 10 else ''}{num2words(hour.minute, lang='en')}"
    part = "morning" if hour.hour < 12 else "afternoon" if hour.hour < 18 else "evening"
    return f"{number}{minutes} in the {part}"
