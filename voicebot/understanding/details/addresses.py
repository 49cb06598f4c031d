"""Addresses as callers say them: house number in digits, the rest in their own words, with code, floor and intercom."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.acts import Confidence
from voicebot.domain.language import Language
from voicebot.understanding.details.dictation import MISHEARD_CLEAR, is_number
from voicebot.understanding.details.quantities import THOUSANDS, number_at
from voicebot.understanding.normalise import TAKEN, Span, Utterance
from voicebot.understanding.vocabulary import word_list, wordings

_BIS = {"bis": "bis", "ter": "ter", "quater": "quater", "terre": "ter", "biss": "bis", "bisse": "bis", "b": "B", "a": "A"}
"""What follows a house number; as ears write it."""

_NOT_A_STREET = frozenset(("en", "sur", "de", "pas", "d", "une", "un", "in", "on"))
"""« En route », « sur place »: no street follows."""

_STREETS_MISHEARD = {"cour": "cours", "alle": "allée", "aller": "allée", "imasse": "impasse", "boulevart": "boulevard"}
_MOST_WORDS = 40
_POSTCODE = 5


@dataclass(frozen=True, slots=True)
class Address:
    """value: house number and postcode in digits, the rest in the caller's words. spans: tokens used."""

    value: str
    spans: tuple[Span, ...]
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class _Street:
    """first: the house number or the place before the street; street, end: tokens. placed: a residence is named."""

    first: int
    street: int
    end: int
    numbered: bool
    placed: bool = False


def find_address(utterance: Utterance, language: Language, *, expected: bool) -> Address | None:
    """An address with a street, wherever it is; or, when one was asked for, whatever place is said."""
    streets = _streets(utterance, language, expected=expected)
    if streets:
        found, taken_back = streets[0], False
        for later in streets[1:]:
            between = " ".join(t.plain for t in utterance.tokens[found.street : later.first])
            if wordings("addresses.cut").search(between):
                # « douze rue des Lilas, non, quatorze rue des Lilas »
                found, taken_back = later, True
        value, slipped = _without_slip(utterance, language, found)
        said = " ".join(t.plain for t in utterance.tokens[found.first : found.end])
        whole = found.numbered or found.placed or wordings("addresses.town").search(said) is not None
        vague = wordings("addresses.vague").search(utterance.plain) is not None
        sure = whole and not (taken_back or slipped or vague)
        first = _with_cue(utterance, found.first if not taken_back else streets[0].first)
        return Address(value, ((first, found.end),), Confidence.SURE if sure else Confidence.UNSURE)
    return _place(utterance, language) if expected else None


def _streets(utterance: Utterance, language: Language, *, expected: bool) -> list[_Street]:
    """Every street with its house number, in order; the end of one reaches to the correction that follows it."""
    found: list[_Street] = []
    for i, token in enumerate(utterance.tokens):
        if found and i < found[-1].end and not _after_cut(utterance, found[-1], i):
            continue
        if token.plain not in word_list("addresses.streets") and token.plain not in _STREETS_MISHEARD:
            continue
        street = _street_at(utterance, language, i, expected=expected)
        if street:
            if found:
                last = found[-1]
                found[-1] = _Street(last.first, last.street, min(last.end, street.first), last.numbered, last.placed)
            found.append(street)
    return found


def _after_cut(utterance: Utterance, street: _Street, at: int) -> bool:
    said = " ".join(t.plain for t in utterance.tokens[street.street : at])
    return wordings("addresses.cut").search(said) is not None


def _street_at(utterance: Utterance, language: Language, i: int, *, expected: bool) -> _Street | None:
    token = utterance.tokens[i]
    number = _house_number(utterance, language, i)
    numbered = number < i and utterance.tokens[number].plain not in ("un", "une", "one")
    cued = any(cue[1] in (number, number - 1, i) for cue in utterance.find_all(wordings("addresses.cues")))
    before = utterance.tokens[i - 1].plain if i else ""
    ambiguous = token.plain in word_list("addresses.ambiguous") and before in _NOT_A_STREET
    misheard = token.plain in _STREETS_MISHEARD and not numbered
    if misheard or not (numbered or cued or (expected and not ambiguous)):
        return None
    last = _end(utterance, i)
    if last <= i + 1 and language is not Language.ENGLISH:
        return None
    first = _with_place(utterance, number)
    placed = first < number or token.plain in word_list("addresses.places")
    return _Street(first, i, last, numbered or utterance.tokens[number].plain in ("un", "une"), placed)


def _without_slip(utterance: Utterance, language: Language, street: _Street) -> tuple[str, bool]:
    """(the address as written, was a number in it taken back): « 49100 Angers, non, 49000 Angers »."""
    for cut in utterance.find_all(wordings("addresses.cut")):
        inside = street.street < cut[0] and cut[1] < street.end
        if not inside or not _in_number(utterance, language, cut[1]):
            continue
        slip = cut[0]
        while slip > street.street and not _in_number(utterance, language, slip - 1):
            slip -= 1
        while slip > street.street and _in_number(utterance, language, slip - 1):
            slip -= 1
        before = _written(utterance, language, street.first, slip) if slip > street.street else ""
        return f"{before} {_written(utterance, language, cut[1], street.end)}".strip(), True
    return _written(utterance, language, street.first, street.end), False


def _with_place(utterance: Utterance, first: int) -> int:
    """« Résidence Les Tilleuls, bâtiment C, neuf rue Jean-Jaurès » begins with the residence."""
    for at in range(first - 1, max(-1, first - 10), -1):
        word = utterance.tokens[at].plain
        if word == TAKEN or word in word_list("addresses.not_in_a_place"):
            return first
        if word in word_list("addresses.places"):
            earlier = _with_place(utterance, at)
            return min(at, earlier)
    return first


def _house_number(utterance: Utterance, language: Language, street: int) -> int:
    """First token of the house number before the street; in English also of the street's name."""
    first = street
    if language is Language.ENGLISH:
        while (
            first > 0
            and street - first < 4
            and not _in_number(utterance, language, first - 1)
            and utterance.tokens[first - 1].plain.isalpha()
        ):
            first -= 1
        if first == 0 or not _in_number(utterance, language, first - 1):
            first = street
    bis = utterance.tokens[first - 1].plain if first else ""
    if bis in _BIS and first > 1 and _in_number(utterance, language, first - 2):
        first -= 1
    while first > 0 and (
        _in_number(utterance, language, first - 1) or (utterance.tokens[first - 1].plain in ("et", "and") and first < street)
    ):
        first -= 1
    if utterance.tokens[first - 1].plain == "a" and first and utterance.tokens[first].plain == "hundred":
        first -= 1
    while first < street and utterance.tokens[first].plain in ("et", "and"):
        first += 1
    return first


def _in_number(utterance: Utterance, language: Language, at: int) -> bool:
    word = utterance.tokens[at].plain
    return is_number(word, language) or word in THOUSANDS or word in MISHEARD_CLEAR[language]


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
    end = min(taken, street + _MOST_WORDS)
    while end > street + 1 and utterance.tokens[end - 1].plain in (
        "et",
        "and",
        "puis",
        "avec",
        "au",
        "a",
        "donc",
        "ensuite",
    ):
        end -= 1
    return end


def _written(utterance: Utterance, language: Language, first: int, last: int) -> str:
    """House number, postcode and flat in digits; numbers in street names stay the words that they are."""
    tokens = utterance.tokens
    pieces: list[str] = []
    kept, at = first, first
    while at < last:
        street = at + 1 < last and _numbers_a_street(utterance, language, at, last)
        corrected = _STREETS_MISHEARD.get(tokens[at].plain)
        if corrected and at > first:
            pieces += [utterance.quote((kept, at)), corrected]
            kept = at = at + 1
            continue
        designated = at > first and tokens[at - 1].plain in word_list("addresses.designators")
        number = number_at(utterance, at, language) if not tokens[at].plain.isdigit() or designated or street else None
        postcode = number is not None and len(number.digits) == _POSTCODE and at > first
        # « rue du huit mai dix-neuf cent quarante-cinq » ends with a year.
        postcode = postcode and tokens[at - 1].plain not in word_list("addresses.months")
        if number and number.end <= last and (street or designated or postcode):
            pieces += [utterance.quote((kept, at)), number.digits]
            kept = at = number.end
            bis = _BIS.get(tokens[at].plain) if at < last else None
            if bis and street and (at + 1 >= last or tokens[at].plain != "a"):
                pieces.append(bis)
                kept = at = at + 1
        else:
            at = max(at + 1, number.end if number else 0)
    pieces.append(utterance.quote((kept, last)))
    return " ".join(p for p in (piece.strip(" ,.;") for piece in pieces) if p)


def _numbers_a_street(utterance: Utterance, language: Language, at: int, last: int) -> bool:
    """Is this the house number: followed by « bis » and a street, or by a street?"""
    number = number_at(utterance, at, language)
    if number is None or (at and _in_number(utterance, language, at - 1)):
        return False
    end = number.end
    end += end < last and utterance.tokens[end].plain in _BIS
    streets = word_list("addresses.streets")
    if language is Language.ENGLISH:
        return any(t.plain in streets for t in utterance.tokens[end : min(end + 4, last)])
    return end < last and (utterance.tokens[end].plain in streets or utterance.tokens[end].plain in _STREETS_MISHEARD)


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
    return Address(_written(utterance, language, first, last), ((first, last),), Confidence.UNSURE)
