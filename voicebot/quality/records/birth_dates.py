"""Dates of birth in texts, as written, read back or said, and another day in their place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from num2words import num2words

from voicebot.domain.language import Language
from voicebot.understanding.details.dictation import is_number
from voicebot.understanding.normalise import Utterance, plain_word

_FRENCH = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
_ENGLISH = "January February March April May June July August September October November December"
FRENCH_MONTHS, ENGLISH_MONTHS = _FRENCH.split(), _ENGLISH.split()
_PLAIN = {plain_word(name): n for names in (FRENCH_MONTHS, ENGLISH_MONTHS) for n, name in enumerate(names, 1)}
_NAMED = re.compile(r"\b(?P<day>\d{1,2})(?:er|st|nd|rd|th)? (?P<month>[^\W\d_]+) (?P<year>\d{4})\b")
_NAMED_FIRST = re.compile(r"\b(?P<month>[A-Z][a-z]+) (?P<day>\d{1,2})(?:st|nd|rd|th)?,? (?P<year>\d{4})\b")
_FIGURES = re.compile(r"\b(?P<day>\d{1,2})[/.](?P<month>\d{1,2})[/.](?P<year>\d{4})\b")
_ISO = re.compile(r"\b(?P<year>\d{4})-(?P<month>\d\d)-(?P<day>\d\d)\b")
_BETWEEN = frozenset(
    ("premier", "first", "mille", "cent", "cents", "thousand", "hundred", "nineteen", "twenty", "and", "et")
)
_CUES = ("ne le", "nee le", "naissance", "born on", "of birth")


def written_days(text: str) -> Iterator[tuple[int, int, date, str]]:
    """Days written in figures: first letter, one past the last, the day, and "iso", "figures", "fr" or "en"."""
    for pattern in (_ISO, _FIGURES, _NAMED, _NAMED_FIRST):
        for match in pattern.finditer(text):
            month = match["month"]
            number = int(month) if month.isdigit() else _PLAIN.get(plain_word(month), 0)
            form = "iso" if pattern is _ISO else "figures" if pattern is _FIGURES else _tongue(month)
            try:
                yield match.start(), match.end(), date(int(match["year"]), number, int(match["day"])), form
            except ValueError:
                continue


def written(day: date, form: str) -> str:
    """The day in one of the forms of written_days."""
    match form:
        case "iso":
            return day.isoformat()
        case "figures":
            return f"{day:%d/%m/%Y}"
        case "fr":
            return f"{'1er' if day.day == 1 else day.day} {FRENCH_MONTHS[day.month - 1]} {day.year}"
        case _:
            return f"{ENGLISH_MONTHS[day.month - 1]} {day.day}, {day.year}"


def spoken_days(utterance: Utterance, *, asked: bool) -> Iterator[tuple[int, int]]:
    """Letters of days that are said in words: where a date of birth was asked for, or after « né le »."""
    if not asked and not any(cue in utterance.plain for cue in _CUES):
        return
    words = [token.plain for token in utterance.tokens]
    at = 0
    while at < len(words):
        end = at
        while end < len(words) and _of_a_date(words[end]):
            end += 1
        if end - at >= 2:
            yield utterance.tokens[at].start, utterance.tokens[end - 1].end
        at = max(end, at + 1)


def said(day: date) -> str:
    """« douze mars mille neuf cent soixante-huit »."""
    first = "premier" if day.day == 1 else num2words(day.day, lang="fr")
    return f"{first} {FRENCH_MONTHS[day.month - 1]} {num2words(day.year, lang='fr')}"


def _tongue(month: str) -> str:
    return "fr" if plain_word(month) in {plain_word(name) for name in FRENCH_MONTHS} else "en"


def _of_a_date(word: str) -> bool:
    known = word in _PLAIN or word in _BETWEEN or word.isdigit()
    return known or any(is_number(word, language) for language in Language)
