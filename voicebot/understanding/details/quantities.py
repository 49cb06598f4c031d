"""Numbers as people mean them, in one natural reading: « deux mille vingt-six », « cent vingt », « douze trente-quatre »."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.understanding.details import numbers_english, numbers_french
from voicebot.understanding.details.dictation import MISHEARD_CLEAR, Dictation, is_number, spoken_words
from voicebot.understanding.normalise import Utterance

THOUSANDS = frozenset(("mille", "thousand"))
_CHUNKS = {Language.FRENCH: numbers_french.chunks, Language.ENGLISH: numbers_english.chunks}


@dataclass(frozen=True, slots=True)
class Quantity:
    """digits: in the order of speech. end: index past the last token. sure: no other grouping has as few digits.

    groups: numbers in it: « douze trente-quatre » are two.
    """

    digits: str
    end: int
    sure: bool
    groups: int


def number_at(utterance: Utterance, at: int, language: Language) -> Quantity | None:
    """The number words from this token on, as digits; None when none stands here."""
    tokens = utterance.tokens
    hundred = tokens[at].plain == "a" and at + 1 < len(tokens) and tokens[at + 1].plain == "hundred"
    if not (_counts(tokens[at].plain, language) or hundred):
        return None
    end = at + 1
    while end < len(tokens):
        linked = tokens[end].plain in ("et", "and") and end + 1 < len(tokens)
        if not (_counts(tokens[end].plain, language) or (linked and _adds(tokens[end + 1].plain, language))):
            break
        end += 1
    clear = MISHEARD_CLEAR[language]
    words = tuple(clear.get(w, w) for w in spoken_words(tokens[at:end], language))
    guessed = any(t.plain in clear for t in tokens[at:end])
    if THOUSANDS.isdisjoint(words):
        dictation = Dictation(words, language)
        reading = dictation.shortest()
        digits = "".join(reading)
        sure = not guessed and len(dictation.of_length(len(digits))) == 1
        return Quantity(digits, end, sure, len(reading)) if digits else None
    groups = _groups(words, language)
    return Quantity("".join(groups), end, not guessed, len(groups))


def _counts(word: str, language: Language) -> bool:
    return is_number(word, language) or word in THOUSANDS or word in MISHEARD_CLEAR[language]


def _adds(word: str, language: Language) -> bool:
    return word in ("un", "une", "onze") or (language is Language.ENGLISH and is_number(word, language))


def _groups(words: Sequence[str], language: Language) -> list[str]:
    groups: list[str] = []
    at = 0
    while at < len(words):
        value, at = _natural(words, at, language)
        groups += [value] if value else []
    return groups


def _natural(words: Sequence[str], at: int, language: Language) -> tuple[str, int]:
    """The longest number at this word: (digits, index past it). « mille neuf cent quatre-vingt » is 1980."""
    head, end = ("1", at) if words[at] in THOUSANDS else _below_thousand(words, at, language)
    if end >= len(words) or words[end] not in THOUSANDS or not head or head.startswith("0"):
        return head, max(end, at + 1)
    tail, stop = _below_thousand(words, end + 1, language) if end + 1 < len(words) else ("", end + 1)
    if not tail or len(tail) > 3 or tail.startswith("0"):
        return f"{head}000", end + 1
    return f"{int(head) * 1000 + int(tail)}", stop


def _below_thousand(words: Sequence[str], at: int, language: Language) -> tuple[str, int]:
    word = words[at]
    if word[-1:].isdigit():
        return word.lstrip("+"), at + 1
    at += word == "and"
    found = _CHUNKS[language](words, at) if at < len(words) else []
    return (found[0][1], found[0][0]) if found else ("", at + 1)
