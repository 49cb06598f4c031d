"""Words of danger, found by fixed patterns in every turn: no model and no client can change them, worst case assumed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.domain.acts import RaiseRedFlag
from voicebot.domain.language import Language
from voicebot.domain.urgency import (
    ALLERGIC_REACTION,
    BREATHING_TROUBLE,
    CARBON_MONOXIDE,
    CHEST_PAIN,
    CHILDBIRTH,
    ELECTRICITY_IN_WATER,
    FIRE,
    GAS_SMELL,
    HEAVY_BLEEDING,
    POISONING,
    SEIZURE,
    SERIOUS_INJURY,
    STROKE_SIGNS,
    SUICIDAL_WORDS,
    TRAPPED_IN_LIFT,
    UNCONSCIOUS,
    VIOLENCE,
)
from voicebot.understanding.dangers.books import Book, book_of
from voicebot.understanding.dangers.frames import Telling
from voicebot.understanding.dangers.hearing import heard_words
from voicebot.understanding.dangers.patterns import Found, Pattern, Strength
from voicebot.understanding.dangers.subjects import Subject, subject_of
from voicebot.understanding.languages import language_of
from voicebot.understanding.normalise import TAKEN, Span, Utterance

VETERINARY = "veterinary"

_OF_THE_BODY = {
    BREATHING_TROUBLE: "animal_accident",
    CHEST_PAIN: "animal_accident",
    STROKE_SIGNS: "animal_accident",
    HEAVY_BLEEDING: "animal_accident",
    UNCONSCIOUS: "animal_accident",
    SERIOUS_INJURY: "animal_accident",
    CHILDBIRTH: "animal_accident",
    ALLERGIC_REACTION: "animal_poisoning",
    POISONING: "animal_poisoning",
    SEIZURE: "animal_convulsions",
    SUICIDAL_WORDS: "animal_accident",
}
"""Dangers of one body, and what they are when the body is an animal's: the vet's nearest flag."""


_NEVER_WELL = frozenset(
    (GAS_SMELL, CARBON_MONOXIDE, FIRE, TRAPPED_IN_LIFT, ELECTRICITY_IN_WATER, VIOLENCE, SUICIDAL_WORDS, "on_motorway")
)
"""Dangers that last however well somebody is: only their own end settles them."""
_NEVER_OVER = frozenset(("death_now",))
"""« Les pompiers sont repartis » is part of the news."""
_MAY_BE_MINOR = frozenset((SERIOUS_INJURY, HEAVY_BLEEDING))


def find_red_flags(utterance: Utterance, sector: str = "", *, ended: bool = True) -> list[RaiseRedFlag]:
    """Every danger in the words, each once; a denied, past, supposed or settled danger is none.

    sector: the client's, so that its own flags are listened for besides the general ones.
    ended: the turn is over; in a begun one, a cry of few words may still become an ordinary sentence.
    Both languages are listened for, unless it is plain which one is spoken.
    """
    if not utterance:
        return []
    found: dict[str, RaiseRedFlag] = {}
    plainly = language_of(utterance)
    for language in (plainly,) if plainly else Language:
        for flag, span in _Listening(utterance, language, sector, ended).flags():
            found.setdefault(flag, RaiseRedFlag(flag, utterance.quote(span)))
    return list(found.values())


def warm_red_flags() -> None:
    """Reads and compiles the books of all languages. Raises: KeyError, ValueError or a YAML error for a broken book."""
    for language in Language:
        book_of(language)


@dataclass(slots=True)
class _Listening:
    """One utterance listened to with one language's book."""

    utterance: Utterance
    language: Language
    sector: str
    ended: bool

    def flags(self) -> Iterator[tuple[str, Span]]:
        book = book_of(self.language)
        words, origins = heard_words(self.utterance, self.language)
        found = book.find(words)
        heard: dict[str, list[Pattern]] = {}
        for pattern in book.candidates(found):
            if pattern.concerns(self.sector) and next(pattern.matches(found), None):
                heard.setdefault(pattern.flag, []).append(pattern)
        if not heard:
            return
        tokens = self.utterance.tokens
        pauses = frozenset(i for i, at in enumerate(origins) if tokens[at].pause and (not i or origins[i - 1] != at))
        telling = Telling(words, pauses, book.frames, self.ended)
        for flag, patterns in heard.items():
            left = _without_harmless(flag, words, book)
            still_found = found if left is words else book.find(left)
            for pattern in patterns:
                for meant, (first, last) in self._meant(pattern, left, still_found, telling, book):
                    yield meant, (origins[first], origins[last - 1] + 1)

    def _meant(
        self, pattern: Pattern, words: list[str], found: Found, telling: Telling, book: Book
    ) -> Iterator[tuple[str, Span]]:
        matches = list(pattern.matches(found))
        explained = [spans for spans in matches if _explained_away(pattern, spans, telling, book)]
        for spans in matches:
            if any(spans[0][0] <= other[0][0] and other[-1][1] <= spans[-1][1] for other in explained):
                continue
            flag = self._flag(pattern.flag, spans, words, found, book)
            if flag:
                yield flag, (spans[0][0], spans[-1][1])
                return

    def _flag(self, flag: str, spans: tuple[Span, ...], words: list[str], found: Found, book: Book) -> str | None:
        """The flag as it stands for whom it is about; None for an animal or a machine where that is no danger."""
        of_animal = flag.startswith("animal_")
        if flag not in _OF_THE_BODY and not of_animal:
            return flag
        subject = subject_of(spans, words, found, book)
        if of_animal:
            of_person = subject is Subject.PERSON and book.groups[Subject.ANIMAL] not in found
            return None if of_person else flag
        if subject is Subject.MACHINE:
            return None
        if self.sector == VETERINARY and subject in (Subject.ANIMAL, Subject.UNTOLD):
            return _OF_THE_BODY[flag]
        return None if subject is Subject.ANIMAL else flag


def _without_harmless(flag: str, words: list[str], book: Book) -> list[str]:
    """« Feu rouge », « facture de gaz » taken out: the danger must be in what is left."""
    text = " ".join(words)
    left = text
    for harmless in (book.frames.harmless, book.unless.get(flag)):
        if harmless:
            left = harmless.sub(lambda m: " ".join(TAKEN for _ in m.group().split()), left)
    return words if left == text else left.split(" ")


def _explained_away(pattern: Pattern, spans: tuple[Span, ...], telling: Telling, book: Book) -> bool:
    if telling.denied(spans) or _settled(pattern.flag, spans, telling):
        return True
    if pattern.strength is Strength.CERTAIN:
        return False
    if telling.supposed(spans) or telling.past(spans) or telling.asks_to_know():
        return True
    over = book.over.get(pattern.flag)
    if over and over.search(" ".join(telling.words)):
        return True
    if pattern.strength is Strength.CRY and not telling.is_cry():
        return True
    return pattern.strength in (Strength.WEAK, Strength.CRY) and telling.is_calm()


def _settled(flag: str, spans: tuple[Span, ...], telling: Telling) -> bool:
    """« Je vais bien » ends no fire, « c'est rien » no chest pain."""
    if flag in _NEVER_OVER:
        return False
    if telling.over(spans) or (flag not in _NEVER_WELL and telling.unharmed(spans)):
        return True
    return flag in _MAY_BE_MINOR and telling.minor(spans)
