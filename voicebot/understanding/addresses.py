"""Addresses as callers say them: house number in digits, the rest in their own words, with code, floor and intercom."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.acts import Confidence
from voicebot.domain.language import Language
from voicebot.understanding.dictation import digits_of, is_number
from voicebot.understanding.normalise import TAKEN, Span, Utterance
from voicebot.understanding.vocabulary import word_list, wordings

_BIS = frozenset(("bis", "ter", "quater"))
_NOT_A_STREET = frozenset(("en", "sur", "de", "pas", "d", "une", "un", "in", "on"))
"""« En route », « sur place »: no street follows."""

_MOST_WORDS = 40


@dataclass(frozen=True, slots=True)
class Address:
    value: str
    spans: tuple[Span, ...]
    confidence: Confidence


def find_address(utterance: Utterance, language: Language, *, expected: bool) -> Address | None:
    """An address with a street, wherever it is; or, when one was asked for, whatever place is said."""
    street = _street(utterance, language, expected=expected)
    if street is not None:
        first, last = street
        return Address(_written(utterance, language, first, last), ((_with_cue(utterance, first), last),), Confidence.SURE)
    if not expected:
        return None
    return _place(utterance, language)


def _street(utterance: Utterance, language: Language, *, expected: bool) -> Span | None:
    for i, token in enumerate(utterance.tokens):
        if token.plain not in word_list("addresses.streets"):
            continue
        first = _house_number(utterance, language, i)
        cued = any(cue[1] in (first, first - 1, i) for cue in utterance.find_all(wordings("addresses.cues")))
        numbered = first < i and utterance.tokens[first].plain not in ("un", "une", "one")
        before = utterance.tokens[i - 1].plain if i else ""
        ambiguous = token.plain in word_list("addresses.ambiguous") and before in _NOT_A_STREET
        if numbered or cued or (expected and not ambiguous):
            last = _end(utterance, i)
            if last > i + 1 or language is Language.ENGLISH:
                return first, last
    return None


def _house_number(utterance: Utterance, language: Language, street: int) -> int:
    """First token of the house number before the street; in English also of the street's name."""
    first = street
    if language is Language.ENGLISH:
        while (
            first > 0
            and street - first < 4
            and not is_number(utterance.tokens[first - 1].plain, language)
            and utterance.tokens[first - 1].plain.isalpha()
        ):
            first -= 1
        if first == 0 or not is_number(utterance.tokens[first - 1].plain, language):
            first = street
    if first > 0 and utterance.tokens[first - 1].plain in _BIS:
        first -= 1
    while first > 0 and (
        is_number(utterance.tokens[first - 1].plain, language)
        or (utterance.tokens[first - 1].plain == "et" and first < street)
    ):
        first -= 1
    return first


def _with_cue(utterance: Utterance, first: int) -> int:
    if first and utterance.tokens[first - 1].plain in ("au", "a", "at", "le"):
        first -= 1
    for cue in utterance.find_all(wordings("addresses.cues")):
        if cue[1] == first or cue[0] < first < cue[1]:
            return cue[0]
    return first


def _end(utterance: Utterance, street: int) -> int:
    """One past the last token of the address: up to what is plainly about something else."""
    last = len(utterance.tokens)
    tail = next((span for span in utterance.find_all(wordings("addresses.tail")) if span[0] > street + 1), None)
    if tail:
        last = tail[0]
    taken = next((i for i in range(street + 1, last) if utterance.tokens[i].plain == TAKEN), last)
    return min(taken, street + _MOST_WORDS)


def _written(utterance: Utterance, language: Language, first: int, last: int) -> str:
    """The caller's words with the house number in digits; numbers in street names stay words."""
    street = next((i for i in range(first, last) if utterance.tokens[i].plain in word_list("addresses.streets")), first)
    end = first
    while end < street and (is_number(utterance.tokens[end].plain, language) or utterance.tokens[end].plain == "et"):
        end += 1
    rest = utterance.quote((end, last)).strip(" ,.;")
    if end == first:
        return rest
    number = digits_of([t.plain for t in utterance.tokens[first:end]], language)
    return f"{number} {rest}"


def _place(utterance: Utterance, language: Language) -> Address | None:
    found = wordings("addresses.lead").search(utterance.plain + " ")
    first = utterance.span(found)[1] if found and found.end() < len(utterance.plain) else 0
    last = _end(utterance, first)
    while first < last and utterance.tokens[first].plain == TAKEN:
        first += 1
    last = next((i for i in range(first, last) if utterance.tokens[i].plain == TAKEN), last)
    content = [t for t in utterance.tokens[first:last] if len(t.plain) > 2 or is_number(t.plain, language)]
    if not content:
        return None
    return Address(utterance.quote((first, last)).strip(" ,.;"), ((first, last),), Confidence.UNSURE)
