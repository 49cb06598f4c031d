"""Whom a danger is about: a person, an animal or a machine."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from voicebot.understanding.dangers.books import Book, SmallWords
from voicebot.understanding.dangers.patterns import Found
from voicebot.understanding.normalise import Span

_LOOK_AHEAD = 7
"""Words after the danger in which its subject may follow: « il respire plus mon chien »."""
_CLOSE = 7
"""Words between a machine and what is said of it, at most."""


class Subject(StrEnum):
    PERSON = "person"
    ANIMAL = "animal"
    MACHINE = "machine"
    UNTOLD = "untold"
    """A pronoun, or nothing."""


def subject_of(spans: tuple[Span, ...], words: list[str], found: Found, book: Book) -> Subject:
    """The nearest subject before the danger's last word; after it when none stands before."""
    small = book.small
    nouns = _nouns(words, found, book, small)
    begin, end = spans[0][0], spans[-1][1]
    for i in range(end - 1, -1, -1):
        # What stands within the danger's words is no machine that it happens to: « elle a avalé une pile ».
        if i in nouns and (nouns[i] is not Subject.MACHINE or _breaks_down(i, begin, words, small)):
            return nouns[i]
        if words[i] in small.first_person and begin - i <= 4 and _tells_of_self(i, words, small, nouns):
            return Subject.PERSON
    return next((nouns[i] for i in range(end, min(end + _LOOK_AHEAD, len(words))) if i in nouns), Subject.UNTOLD)


def _breaks_down(noun: int, begin: int, words: list[str], small: SmallWords) -> bool:
    """« Ma chaudière ne répond plus »: close before the danger's words, and no « he » between them."""
    return begin - _CLOSE <= noun < begin and not any(w in small.animate for w in words[noun:begin])


def _tells_of_self(i: int, words: list[str], small: SmallWords, nouns: Collection[int]) -> bool:
    following = words[i + 1 : i + 3]
    return not any(w in small.opinion for w in following[:1]) and not any(j in nouns for j in range(i + 1, i + 4))


def _nouns(words: list[str], found: Found, book: Book, small: SmallWords) -> dict[int, Subject]:
    """First words of the nouns that can be a subject, by kind."""
    nouns: dict[int, Subject] = {}
    for kind in (Subject.MACHINE, Subject.ANIMAL, Subject.PERSON):
        for first, _ in found.get(book.groups[kind.value], ()):
            before = first - 1
            while before >= 0 and words[before] in small.articles:
                before -= 1
            named = kind is not Subject.MACHINE or before < first - 1
            if named and (before < 0 or words[before] not in small.places):
                nouns[first] = kind
    return nouns
