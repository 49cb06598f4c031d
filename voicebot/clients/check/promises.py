"""How soon a promise says that somebody calls back: only wordings that leave no doubt."""

from __future__ import annotations

import re
from datetime import timedelta

from voicebot.domain.language import Language

_NUMBERS = {
    "un": 1, "une": 1, "deux": 2, "trois": 3, "quatre": 4, "cinq": 5, "six": 6, "sept": 7, "huit": 8, "neuf": 9, "dix": 10,
    "douze": 12, "quinze": 15, "vingt": 20, "trente": 30, "quarante": 40, "a": 1, "an": 1, "one": 1, "two": 2, "three": 3,
    "four": 4, "five": 5, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "twelve": 12, "fifteen": 15, "twenty": 20,
    "thirty": 30, "forty": 40,
}  # fmt: skip
_UNITS = {
    "minute": timedelta(minutes=1),
    "heure": timedelta(hours=1),
    "hour": timedelta(hours=1),
    "jour": timedelta(days=1),
    "day": timedelta(days=1),
}
_DAYS = ("jour", "day")
_WORKING = re.compile(r"\s+ouvr")
_WITHIN = {
    Language.FRENCH: re.compile(
        r"\b(?:sous|dans|d['’]ici)\s+(?:les\s+|l['’])?(?P<number>\d+|[a-zé]+)?\s*(?P<unit>minute|heure|jour)(?P<many>s?)\b"
    ),
    Language.ENGLISH: re.compile(
        r"\bwithin\s+(?:the\s+(?:next\s+)?)?(?P<number>\d+|[a-z]+)?\s*(?P<work>(?:working|business)\s+)?(?P<unit>minute|hour|day)(?P<many>s?)\b"
    ),
}


def told_duration(time: timedelta) -> str:
    """As it is written in a client file: "2 d", "4 h", "30 min"."""
    minutes = int(time.total_seconds() // 60)
    if minutes % 1440 == 0:
        return f"{minutes // 1440} d"
    return f"{minutes // 60} h" if minutes % 60 == 0 else f"{minutes} min"


def promised_within(sentence: str, language: Language) -> timedelta | None:
    """« dans l'heure » is 1 h, « sous deux jours » is 2 d; None when the sentence names no such time."""
    found = _WITHIN[language].search(sentence.casefold())
    if found is None:
        return None
    number = None if found["many"] and not found["number"] else _number(found["number"])
    if number is None:
        return None
    # Working days: a weekend may lie within each five of them, and one more before.
    weekends = 2 * (1 + number // 5) if found["unit"] in _DAYS and _of_work(sentence, found) else 0
    return number * _UNITS[found["unit"]] + timedelta(days=weekends)


def _of_work(sentence: str, found: re.Match[str]) -> bool:
    return bool(found.groupdict().get("work")) or bool(_WORKING.match(sentence.casefold(), found.end()))


def _number(word: str | None) -> int | None:
    if not word:
        return 1
    return int(word) if word.isdecimal() else _NUMBERS.get(word)
