"""Looks for what may have survived in a text that was rewritten: written, in digits, spoken and spelled."""

from __future__ import annotations

import re

from voicebot.domain.language import Language
from voicebot.quality.records.birth_dates import written_days
from voicebot.quality.records.personal_data import Personal
from voicebot.understanding.details.emails import find_email
from voicebot.understanding.details.phone_numbers import interpret
from voicebot.understanding.details.spelling import find_spellings
from voicebot.understanding.details.stretches import dictated
from voicebot.understanding.normalise import Utterance, plain

_TAIL = 9
"""Digits of a French number after its zero."""
_LETTERS = re.compile(r"\b(?:[a-z] ){2,}[a-z]\b")


def survivors(text: str, personal: Personal, kept: tuple[tuple[int, int], ...] = ()) -> set[str]:
    """Which kinds are still there: "name", "number", "email", "reference", "birth".

    kept: letters of the client's own names.
    """
    outside = text
    for first, last in sorted(kept, reverse=True):
        outside = outside[:first] + " | " + outside[last:]
    words = plain(outside)
    found: set[str] = set()
    spelled = {run.replace(" ", "") for run in _LETTERS.findall(words)}
    if set(words.split()) & personal.name_words or spelled & personal.name_words:
        found.add("name")
    digits = re.sub(r"\D", "", text)
    if any(number[-_TAIL:] in digits for number in personal.numbers):
        found.add("number")
    folded = text.lower()
    if any(email in folded for email in personal.emails):
        found.add("email")
    squashed = re.sub(r"[^A-Z0-9]", "", text.upper())
    if any(len(reference) >= 4 and reference in squashed for reference in personal.references):
        found.add("reference")
    if any(day.isoformat() in personal.births for _, _, day, _ in written_days(text)):
        found.add("birth")
    return found | _spoken(outside, personal)


def _spoken(text: str, personal: Personal) -> set[str]:
    utterance, found = Utterance.of(text), set[str]()
    if personal.name_words and any(
        set(plain(s.text).split()) & personal.name_words for s in find_spellings(utterance, expected=True)
    ):
        found.add("name")
    for language in Language:
        for stretch in dictated(utterance, language) if personal.numbers else ():
            number = interpret(stretch) if stretch.parts else None
            tail = (number.value if number and number.complete else stretch.shortest)[-_TAIL:]
            if len(tail) == _TAIL and any(known.endswith(tail) for known in personal.numbers):
                found.add("number")
        email = find_email(utterance, language, expected=False) if personal.emails else None
        if email is not None and email.value in personal.emails:
            found.add("email")
    return found
