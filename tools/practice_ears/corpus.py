"""What callers say: random reception sentences, French and English, with a split that no sentence crosses.

A composed sentence belongs to the held-out side when its hash says so (one in 32) or when it is hand-written in
held_out.txt; fixed sentences of the template files are always on the training side.
"""

import hashlib
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from tools.practice_ears import french_numbers
from tools.practice_ears.english_slots import ENGLISH_SLOTS
from tools.practice_ears.french_slots import FRENCH_SLOTS
from tools.practice_ears.templates import PAUSE, Slots, expand, is_fixed, normalise, read_sections

Split = Literal["train", "held_out"]
Language = Literal["fr", "en"]

DICTIONARIES = {"fr": Path("/usr/share/dict/french"), "en": Path("/usr/share/dict/american-english")}
HELD_OUT_ONE_IN = 32
FRENCH_SHARE = 0.8

FRENCH_WEIGHTS = {
    "request": 27, "combined": 4, "short": 14, "phone": 16, "partial": 6, "name": 8, "spelled": 6, "address": 7, "date": 7,
    "digits": 4, "email": 3, "dictionary": 7,
}  # fmt: skip
ENGLISH_WEIGHTS = {
    "request": 33, "short": 16, "phone": 14, "name": 8, "spelled": 3, "address": 4, "date": 6, "digits": 4, "email": 2,
    "dictionary": 8,
}  # fmt: skip
COMBINED_WITH = ("name", "address", "phone", "date", "digits")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of a caller. `spoken` goes to the synthesiser (commas, pauses); `text` is what ears must write."""

    language: Language
    kind: str
    spoken: str

    @property
    def text(self) -> str:
        return normalise(self.spoken)

    @property
    def groups(self) -> tuple[str, ...]:
        """Parts with a silence of the caller between them."""
        return tuple(self.spoken.split(PAUSE))


@cache
def _templates(language: Language, file: Literal["", "_short", "_details"] = "") -> dict[str, list[str]]:
    name = {"fr": "french", "en": "english"}[language]
    return read_sections(f"{name}{file}.txt")


@cache
def fixed_sentences() -> frozenset[str]:
    """Texts of the template files without slot or choice: always in training, never held out."""
    tables = [_templates(language, file) for language in ("fr", "en") for file in ("", "_short")]
    return frozenset(normalise(line) for table in tables for lines in table.values() for line in lines if is_fixed(line))


@cache
def hand_written_sentences() -> tuple[tuple[Language, str], ...]:
    """Held-out sentences that no template makes, with their languages."""
    sections = read_sections("held_out.txt")
    return tuple((language, line) for language in ("fr", "en") for line in sections[language])


@cache
def _hand_written_texts() -> frozenset[str]:
    return frozenset(normalise(line) for _, line in hand_written_sentences())


def split_of(text: str) -> Split:
    """The side a normalised text belongs to."""
    if text in _hand_written_texts():
        return "held_out"
    if text in fixed_sentences():
        return "train"
    digest = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return "held_out" if digest % HELD_OUT_ONE_IN == 0 else "train"


@cache
def _dictionary(language: Language) -> tuple[str, ...]:
    """Words of Debian's wfrench and wamerican lists. Raises FileNotFoundError without them."""
    words = DICTIONARIES[language].read_text(encoding="utf-8").split()
    return tuple(word for word in words if 2 < len(word) < 12 and word.islower() and "'" not in word)


def _request(rng: random.Random, language: Language, slots: Slots) -> str:
    table, details = _templates(language), _templates(language, "_details")
    section = rng.choices(list(table), [len(lines) ** 0.6 for lines in table.values()])[0]
    spoken = expand(rng.choice(table[section]), rng, slots)
    if rng.random() < 0.5:
        opener = rng.choice(details["openers"][0].split("|"))
        spoken = opener + rng.choice((" ", " ", ", ", PAUSE)) + spoken
    if rng.random() < 0.2:
        spoken += rng.choice((" ", ", ")) + rng.choice(details["closers"][0].split("|"))
    return spoken


def _short(rng: random.Random, language: Language, slots: Slots) -> str:
    table = _templates(language, "_short")
    return expand(rng.choice(table[rng.choice(list(table))]), rng, slots)


def _detail(rng: random.Random, language: Language, slots: Slots, kind: str) -> str:
    return expand(rng.choice(_templates(language, "_details")[kind]), rng, slots)


def _combined(rng: random.Random, language: Language, slots: Slots) -> str:
    """A request and a detail at once, in either order, as callers in a hurry give them."""
    parts = [_request(rng, language, slots), _detail(rng, language, slots, rng.choice(COMBINED_WITH))]
    if rng.random() < 0.5:
        parts.reverse()
    return rng.choice((" ", ", ", PAUSE, " et ")).join(parts)


def _french_partial(rng: random.Random) -> str:
    if rng.random() < 0.06:
        return french_numbers.belgian_phone(rng)
    return rng.choice(("", "", "", "euh ", "c'est le ", "alors ", "et ")) + french_numbers.partial_phone(rng)


def draw_sentence(rng: random.Random, language: Language, without: frozenset[str] = frozenset()) -> Sentence:
    """A random sentence of either side; kinds in `without` are never drawn."""
    weights = FRENCH_WEIGHTS if language == "fr" else ENGLISH_WEIGHTS
    kinds = [kind for kind in weights if kind not in without]
    kind = rng.choices(kinds, [weights[kind] for kind in kinds])[0]
    slots = FRENCH_SLOTS if language == "fr" else ENGLISH_SLOTS
    if kind == "request":
        spoken = _request(rng, language, slots)
    elif kind == "combined":
        spoken = _combined(rng, language, slots)
    elif kind == "short":
        spoken = _short(rng, language, slots)
    elif kind == "partial":
        spoken = _french_partial(rng)
    elif kind == "dictionary":
        spoken = " ".join(rng.choice(_dictionary(language)) for _ in range(rng.randint(1, 6)))
    else:
        spoken = _detail(rng, language, slots, kind)
    return Sentence(language, kind, spoken)


def sentences(seed: int, split: Split, without: frozenset[str] = frozenset()) -> Iterator[Sentence]:
    """Endless sentences of one side, the same for the same seed. Training repeats short ones; held-out never repeats."""
    rng = random.Random(seed)
    seen: set[str] = set()
    while True:
        language: Language = "fr" if rng.random() < FRENCH_SHARE else "en"
        sentence = draw_sentence(rng, language, without)
        text = sentence.text
        if not text or split_of(text) != split or (split == "held_out" and text in seen):
            continue
        seen.add(text)
        yield sentence


__all__ = ["Sentence", "draw_sentence", "fixed_sentences", "hand_written_sentences", "sentences", "split_of"]
