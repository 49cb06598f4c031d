"""Numbers, days and hours as people write them, short enough for an SMS and whole enough for a mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import phonenumbers
from babel.dates import format_date, format_datetime

from voicebot.domain.language import Language

_LOCALES = {Language.FRENCH: "fr", Language.ENGLISH: "en_GB"}


@dataclass(frozen=True, slots=True)
class Phone:
    """shown: "06 39 98 12 34", a foreign one "+44 20 7946 0018". link: "tel:+33639981234", "" for an incomplete one."""

    e164: str
    shown: str
    link: str


def written_phone(value: str, home: str = "FR") -> Phone:
    """A phone number; what is no whole number comes back as it was heard.

    Args:
        value: E.164, or the digits heard so far. home: region whose numbers are shown without their country.
    """
    if not value.startswith("+"):
        return Phone(value, value, "")
    try:
        number = phonenumbers.parse(value)
    except phonenumbers.NumberParseException:
        return Phone(value, value, "")
    home_code = phonenumbers.country_code_for_region(home)
    form = phonenumbers.PhoneNumberFormat
    how = form.NATIONAL if number.country_code == home_code else form.INTERNATIONAL
    return Phone(value, phonenumbers.format_number(number, how), f"tel:{value}")


def written_day(day: date, language: Language) -> str:
    """ "lundi 23 novembre 2026" """
    return format_date(day, "EEEE d MMMM y", locale=_LOCALES[language])


def written_hour(moment: datetime, language: Language) -> str:
    """ "22 h 15", "22:15" """
    return format_datetime(moment, "H 'h' mm" if language is Language.FRENCH else "HH:mm", locale=_LOCALES[language])


def written_moment(moment: datetime, language: Language) -> str:
    """ "lundi 23 novembre 2026 à 22 h 15"; moment: local."""
    joined = "à" if language is Language.FRENCH else "at"
    return f"{written_day(moment.date(), language)} {joined} {written_hour(moment, language)}"


def short_moment(moment: datetime, now: datetime, language: Language) -> str:
    """For an SMS: "22h15" of the same day, else "23/11 22h15". Both local."""
    hour = f"{moment.hour}h{moment.minute:02d}" if language is Language.FRENCH else f"{moment:%H:%M}"
    return hour if moment.date() == now.date() else f"{moment:%d/%m} {hour}"


def written_date(value: str, language: Language) -> str:
    """A DetailKind.DATE value: day, moment or interval; other words come back as they are."""
    first, slash, last = value.partition("/")
    try:
        begins, ends = datetime.fromisoformat(first), datetime.fromisoformat(last) if slash else None
    except ValueError:
        return value
    timed = "T" in first
    if ends is None:
        return written_moment(begins, language) if timed else written_day(begins.date(), language)
    french = language is Language.FRENCH
    if timed and begins.date() == ends.date():
        day = written_day(begins.date(), language)
        hours = (written_hour(begins, language), written_hour(ends, language))
        return f"{day}, {'de' if french else 'from'} {hours[0]} {'à' if french else 'to'} {hours[1]}"
    both = [written_moment(m, language) if timed else written_day(m.date(), language) for m in (begins, ends)]
    return f"{'du' if french else 'from'} {both[0]} {'au' if french else 'to'} {both[1]}"
