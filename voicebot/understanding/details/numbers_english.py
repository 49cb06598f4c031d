"""English number words as digits: "oh six", "double seven", "twenty-one", "nine hundred", in every reading."""

from __future__ import annotations

from collections.abc import Sequence

UNITS = {
    "zero": 0,
    "oh": 0,
    "o": 0,
    "nought": 0,
    "nil": 0,
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
}
TEENS = {
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
MULTIPLES = {"double": 2, "triple": 3, "treble": 3}
NUMBER_WORDS = frozenset((*UNITS, *TEENS, *TENS, *MULTIPLES, "hundred"))

MISHEARD_CLEAR = {"fore": "four", "fiv": "five", "sicks": "six", "sevin": "seven", "niner": "nine", "zeero": "zero"}
"""What ears write for a number word and no other word of the language; taken for it anywhere, never with certainty."""

MISHEARD = MISHEARD_CLEAR | {
    "to": "two",
    "too": "two",
    "for": "four",
    "won": "one",
    "ate": "eight",
    "tree": "three",
    "free": "three",
    "sex": "six",
    "owe": "oh",
    "ow": "oh",
    "tin": "ten",
}
"""The same with ordinary words, which are taken for a number only between two number words."""

Chunk = tuple[int, str]


def chunks(words: Sequence[str], at: int) -> list[Chunk]:
    """Every number that begins at this word, longest first: (index past it, digits)."""
    word = words[at]
    following = words[at + 1] if at + 1 < len(words) else ""
    found: list[Chunk] = []
    if word in MULTIPLES and following in UNITS:
        found.append((at + 2, str(UNITS[following]) * MULTIPLES[word]))
    if following == "hundred" and UNITS.get(word, 0) > 0:
        found += [(end, f"{UNITS[word]}{value:02d}") for end, value in _after_hundred(words, at + 2)]
        found.append((at + 2, f"{UNITS[word]}00"))
    if word == "a" and following == "hundred":
        found += [(end, f"1{value:02d}") for end, value in _after_hundred(words, at + 2)] or [(at + 2, "100")]
    if word == "hundred":
        found.append((at + 1, "00"))
    found += [(end, str(value)) for end, value in below_hundred(words, at)]
    return sorted(found, key=lambda c: -c[0])


def _after_hundred(words: Sequence[str], at: int) -> list[tuple[int, int]]:
    at += at < len(words) and words[at] == "and"
    return below_hundred(words, at) if at < len(words) else []


def below_hundred(words: Sequence[str], at: int) -> list[tuple[int, int]]:
    """Every number 0-99 that begins at this word: (index past it, value)."""
    word = words[at]
    if word in TENS:
        unit = UNITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return [(at + 2, TENS[word] + unit)] if unit else [(at + 1, TENS[word])]
    value = TEENS.get(word, UNITS.get(word))
    return [] if value is None else [(at + 1, value)]
