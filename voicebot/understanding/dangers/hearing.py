"""Words as the books of danger spell them, where they were only misheard: « gaze » → « gaz », « jai » → « j'ai »."""

from __future__ import annotations

import re
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from voicebot.domain.language import Language
from voicebot.understanding.dangers.books import Book, book_of
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import word_list

_FEWEST_TO_MISTAKE = 6
"""Letters of a word that is taken for a like one; shorter words have too many neighbours."""
_LONG = 9
"""Letters from which two may be wrong."""


_ELIDED = {
    Language.FRENCH: ("qu", "l", "d", "j", "m", "s", "n", "t", "c"),
    Language.ENGLISH: (),
}
_ENDINGS = ("er", "e", "ee", "es", "ees", "ez", "ait", "ais", "ai", "ant", "ent")
"""Endings of French verbs that sound alike or nearly: « il a manger »."""
_FEWEST_AFTER_ELISION = 4


def heard_words(utterance: Utterance, language: Language) -> tuple[list[str], list[int]]:
    """The words as the book spells them, and for each the number of the token it comes from.

    Glued words come apart: « jai » → « j », « ai »; "dont" → "don", "t".
    """
    words: list[str] = []
    origins: list[int] = []
    for i, token in enumerate(utterance.tokens):
        for word in _apart(token.plain, language):
            words.append(as_in_book(word, language))
            origins.append(i)
    return words, origins


@lru_cache(maxsize=8192)
def _apart(word: str, language: Language) -> tuple[str, ...]:
    book = book_of(language)
    if word in book.glued:
        return book.glued[word]
    if _is_known(word, book) or word in book.kept or word in word_list("first_names"):
        return (word,)
    for elided in _ELIDED[language]:
        rest = word.removeprefix(elided)
        if (
            rest != word
            and len(rest) >= _FEWEST_AFTER_ELISION
            and rest[0] in "aeiouyh"
            and _is_known(as_in_book(rest, language), book)
        ):
            return elided, rest
    return (word,)


def _is_known(word: str, book: Book) -> bool:
    return word in book.known or bool(book.begun_by(word))


@lru_cache(maxsize=8192)
def as_in_book(word: str, language: Language) -> str:
    """The word as the book spells it, or the word itself."""
    book = book_of(language)
    if word in book.misheard:
        return book.misheard[word]
    if len(word) < 4 or not word.isalpha() or word in book.known or word in book.kept or word in word_list("first_names"):
        return word
    if language is Language.ENGLISH and word.endswith("in") and word + "g" in book.known:
        return word + "g"
    if book.begun_by(word):
        return word
    if language is Language.FRENCH:
        if sound(word) in _by_sound(language):
            return _by_sound(language)[sound(word)]
        inflected = _inflected(word, book.known) or _in_number(word, book.known)
        if inflected:
            return inflected
    single = _by_single_letters(language).get(_single(word))
    if single and word not in _ordinary(language):
        return single
    if len(word) < _FEWEST_TO_MISTAKE:
        return word
    most = 2 if len(word) >= _LONG else 1
    nearest = process.extractOne(word, book.targets, scorer=OSA.distance, score_cutoff=most)
    return nearest[0] if nearest and len(nearest[0]) >= _FEWEST_TO_MISTAKE else word


def _inflected(word: str, known: frozenset[str]) -> str | None:
    """The same verb with an ending that the book has."""
    for ending in _ENDINGS:
        stem = word.removesuffix(ending)
        if stem != word and len(stem) >= 4:
            return next((stem + other for other in _ENDINGS if stem + other in known), None)
    return None


def _in_number(word: str, known: frozenset[str]) -> str | None:
    """The same word in the masculine or the singular: « égarés » → « égaré »."""
    return next((word.removesuffix(s) for s in ("s", "es", "e") if word.endswith(s) and word.removesuffix(s) in known), None)


def _single(word: str) -> str:
    """« swalowed », « swallowed » → one key."""
    return re.sub(r"(.)\1", r"\1", word)


@lru_cache(maxsize=4)
def _by_single_letters(language: Language) -> dict[str, str]:
    doubled = (word for word in sorted(book_of(language).known) if len(word) > _FEWEST_TO_MISTAKE and _single(word) != word)
    return {_single(word): word for word in doubled}


@lru_cache(maxsize=4)
def _ordinary(language: Language) -> frozenset[str]:
    return word_list("languages.french" if language is Language.FRENCH else "languages.english")


@lru_cache(maxsize=4)
def _by_sound(language: Language) -> dict[str, str]:
    sounds: dict[str, str] = {}
    for target in book_of(language).targets:
        if len(sound(target)) >= 3:
            sounds.setdefault(sound(target), target)
    return sounds
