"""A client's instructions as judges ask for them: each approved sentence by its path, and what must never be told."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass, field
from functools import lru_cache

from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.replies.names import name_of
from voicebot.replies.phrasebook import phrasebook
from voicebot.replies.spelled import spoken_email
from voicebot.understanding.normalise import plain

MOST_CLIENTS = 128
MOST_SENTENCES = 16384
"""Sentences whose letters are kept: what a house says is mostly said again in the next call."""


@lru_cache(maxsize=MOST_SENTENCES)
def letters_of(text: str) -> str:
    """Plain letters of a sentence, one blank between words; « € » is a word."""
    return plain(text.replace("€", " euros"))


@dataclass(frozen=True, slots=True)
class ClientInHand:
    """sentences: texts in force, by path and language; a promise has two. names: people and teams, as sentences take them.

    private: what is never told, as it would be said or written, letters and digits alone; with the number it stands for.
    letters: plain letters of all sentences.
    """

    instructions: Instructions
    sentences: dict[tuple[str, Language], tuple[str, ...]]
    names: dict[Language, frozenset[str]]
    private: dict[str, str] = field(default_factory=dict)
    letters: str = ""


class _Shelf:
    """Clients by the identity of their instructions, which are frozen."""

    def __init__(self) -> None:
        self._kept: OrderedDict[int, ClientInHand] = OrderedDict()

    def of(self, instructions: Instructions) -> ClientInHand:
        kept = self._kept.get(id(instructions))
        if kept is None or kept.instructions is not instructions:
            kept = self._kept[id(instructions)] = _in_hand(instructions)
            if len(self._kept) > MOST_CLIENTS:
                self._kept.popitem(last=False)
        return kept


_SHELF = _Shelf()


def client_in_hand(instructions: Instructions) -> ClientInHand:
    return _SHELF.of(instructions)


def _in_hand(instructions: Instructions) -> ClientInHand:
    sentences: dict[tuple[str, Language], tuple[str, ...]] = {}
    for place, texts in instructions.sentences():
        path = re.sub(r"(by_time\[\d+\])\.say$|(\.promise)\.(?:open|closed)$", lambda m: m.group(1) or m.group(2), place)
        for language, text in texts.items():
            sentences[path, language] = (*sentences.get((path, language), ()), " ".join(text.split()))
    letters = " ".join(letters_of(text) for texts in sentences.values() for text in texts)
    ids = [*(p.id for p in instructions.people), *(t.id for t in instructions.teams)]
    names = {
        lang: frozenset(name_of(i, instructions, lang) for i in ids if lang in instructions.identity.languages)
        for lang in Language
    }
    return ClientInHand(instructions, sentences, names, dict(_private(instructions)), letters)


def _private(instructions: Instructions) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    public = bare_of(" ".join(text for _, texts in instructions.sentences() for text in texts.values()))
    for person in instructions.people:
        for number in person.phones if "phones" in person.never_tell else ():
            national = "0" + number.removeprefix("+33") if number.startswith("+33") else number.lstrip("+")
            found += [(bare_of(spoken_number(number, lang)), number) for lang in Language] + [(national, number)]
        if person.email and "email" in person.never_tell:
            spoken = (spoken_email(person.email, lang, letter_by_letter=False) for lang in Language)
            found += [(bare_of(text), person.email) for text in (person.email, *spoken)]
    return [(text, number) for text, number in found if text and text not in public]


@lru_cache(maxsize=MOST_SENTENCES)
def bare_of(text: str) -> str:
    """Letters and digits alone, without accents, case or blanks."""
    return re.sub(r"[^a-z0-9]", "", plain(text))


def canaries(own: Instructions, others: tuple[Instructions, ...]) -> frozenset[str]:
    """What stands in other clients' files alone: spoken names, people and whole sentences, in plain letters.

    Give it to judge_transcript: none of it may be heard in a call of `own`.
    """
    mine = " ".join(_texts(own))
    return frozenset(text for other in others if other.id != own.id for text in _texts(other) if text not in mine)


def _texts(instructions: Instructions) -> list[str]:
    sentences = [text for place, texts in instructions.sentences() if _marks(place) for text in texts.values()]
    whole = [plain(re.sub(r"\{\w+\}", "", text)) for text in (*sentences, *(p.name for p in instructions.people))]
    return [text for text in whole if len(text) >= SHORTEST_CANARY]


SHORTEST_CANARY = 8
"""Letters: « L'accueil » may stand in anybody's file, « Maître Okoye » not."""


def _marks(place: str) -> bool:
    """Sentences that any trade may share word for word (questions, greetings, titles) are no sign of another client."""
    return place.rpartition(".")[2] in ("spoken_name", "answer", "absence", "open", "closed") and "greeting" not in place


@lru_cache(maxsize=4096)
def template(text: str) -> re.Pattern[str]:
    """A house sentence with its places to fill, as a pattern; its first letter may be a capital."""
    parts = re.split(r"\{(\w+)\}", text)
    return re.compile("".join(re.escape(p) if not i % 2 else f"(?P<{p}>.+?)" for i, p in enumerate(parts)) + r"\Z")


@lru_cache(maxsize=4096)
def house_templates(phrase: str, language: Language) -> tuple[re.Pattern[str], ...]:
    """Patterns of a house phrase, or of a safety script; () for one that does not exist."""
    book = phrasebook(language)
    if phrase.startswith("safety."):
        return tuple(template(text) for text in book.safety.get(phrase.removeprefix("safety."), ()))
    return tuple(template(" ".join(text.split())) for text in book.phrases.get(phrase, ()))
