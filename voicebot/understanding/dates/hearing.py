"""Words of time as ears misspell them: « catorze », « vendredi prochin », "munday". What is guessed is never sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from voicebot.domain.language import Language
from voicebot.understanding.details import numbers_english
from voicebot.understanding.details.dictation import MISHEARD, NUMBER_WORDS, is_number
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import word_list

_FEWEST_LETTERS = 5
_FEWEST_FOR_TWO_MISTAKES = 8
_EVERYDAY = frozenset(
    ("cet", "cette", "set", "dit", "dis", "ses", "ont", "saint", "trop", "toi", "nef", "to", "too", "for", "won", "ate")
)  # fmt: skip
"""Everyday words: number words only between a number and what goes with one."""
_NEVER = frozenset(("de", "d"))
_CUT_SHORT = {"ving": "vingt", "troi": "trois", "treiz": "treize", "seiz": "seize", "douz": "douze", "huitt": "huit"}
_AS_MONTH = {"mais": "mai", "mes": "mai", "met": "mai", "out": "aout", "ou": "aout", "marre": "mars", "marse": "mars"}
_AFTER_NUMBER = frozenset(("heure", "heures", "h", "mille", "oclock", "pm", "am", "thirty"))
_LANGUAGE_LISTS = {Language.FRENCH: "languages.french", Language.ENGLISH: "languages.english"}


@dataclass(frozen=True, slots=True, eq=False)
class WordsOfTime:
    """Words of one language's file. known: all of them; plain: those that misheard words are taken for; months."""

    known: frozenset[str]
    plain: tuple[str, ...]
    months: frozenset[str]


def as_meant(words: Sequence[str], language: Language, book: WordsOfTime) -> dict[int, str]:
    """The words that were plainly misheard, by their place."""
    meant: dict[int, str] = {}
    for i, word in enumerate(words):
        if not word.isalpha() or is_number(word, language):
            continue
        before = meant.get(i - 1, words[i - 1]) if i else ""
        after = words[i + 1] if i + 1 < len(words) else ""
        if after == "et" and i + 2 < len(words):
            # « vint et un »
            after = words[i + 2]
        number = _misheard_number(word, before, after, language, book.months)
        month = _misheard_month(word, before, after, language)
        guess = number or month or ("" if word in book.known else _alike(word, language, book))
        if guess:
            meant[i] = guess
    return meant


def _misheard_number(word: str, before: str, after: str, language: Language, months: frozenset[str]) -> str:
    number = MISHEARD[language].get(word, "") if word not in _NEVER else ""
    goes_on = after in _AFTER_NUMBER or after in months or (bool(after) and is_number(after, language))
    follows = bool(before) and is_number(before, language)
    if word in _EVERYDAY:
        # « seventy ate » needs a unit, whatever comes after.
        linked = word not in ("to", "for") and follows and (goes_on or not after or before in numbers_english.TENS)
        return number if after in _AFTER_NUMBER or after in months or linked else ""
    return number if goes_on or follows else ""


def _misheard_month(word: str, before: str, after: str, language: Language) -> str:
    between = bool(before and after) and is_number(before, language) and (is_number(after, language) or after == "mille")
    return _AS_MONTH.get(word, "") if language is Language.FRENCH and between else ""


@lru_cache(maxsize=4096)
def _alike(word: str, language: Language, book: WordsOfTime) -> str:
    """The word of time that a longer unknown word must be."""
    if word in _CUT_SHORT and language is Language.FRENCH:
        return _CUT_SHORT[word]
    if len(word) < _FEWEST_LETTERS or word in word_list(_LANGUAGE_LISTS[language]):
        return ""
    lexicon = book.plain
    if language is Language.FRENCH:
        same = [w for w in lexicon if sound(w) == sound(word)]
        if same:
            return same[0]
    most = 2 if len(word) >= _FEWEST_FOR_TWO_MISTAKES else 1
    nearest = process.extractOne(word, lexicon, scorer=Levenshtein.distance, score_cutoff=most)
    return nearest[0] if nearest and nearest[0][0] == word[0] else ""


def lexicon_of(plain: frozenset[str], language: Language) -> tuple[str, ...]:
    """The words that a misheard word may be taken for."""
    return tuple(sorted(w for w in (*plain, *NUMBER_WORDS[language]) if len(w) >= _FEWEST_LETTERS))
