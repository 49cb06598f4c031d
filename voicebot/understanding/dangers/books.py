"""The books of danger words, one per language: files that people of the trade review, compiled once per process."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from voicebot.domain.language import Language
from voicebot.understanding.dangers.frames import Frames, open_ended
from voicebot.understanding.dangers.patterns import NEAR, WINDOW, Atom, Concept, Found, Pattern, Phrase, Strength
from voicebot.understanding.normalise import phrases, plain
from voicebot.understanding.vocabulary import word_list


@dataclass(frozen=True, slots=True)
class SmallWords:
    """Words around a noun. articles: stand before it. places: prepositions that make it no subject.

    first_person: « je », "my". opinion: verbs after « je » that tell of somebody else: « je crois qu'il ».
    animate: pronouns that are never a machine.
    """

    articles: frozenset[str]
    places: frozenset[str]
    first_person: frozenset[str]
    opinion: frozenset[str]
    animate: frozenset[str]


@dataclass(frozen=True, slots=True, eq=False)
class Book:
    """One language. by_atom: patterns to try when an atom of their rarest concept is heard.

    exact: phrases by their first word; followed: those with a whole second word, by both; loose: the others.
    """

    by_atom: dict[Atom, tuple[Pattern, ...]]
    exact: dict[str, tuple[Phrase, ...]]
    followed: dict[tuple[str, str], tuple[Phrase, ...]]
    loose: dict[str, tuple[Phrase, ...]]
    stems: dict[str, tuple[Phrase, ...]]
    groups: dict[str, Atom]
    unless: dict[str, re.Pattern[str]]
    over: dict[str, re.Pattern[str]]
    frames: Frames
    known: frozenset[str]
    targets: tuple[str, ...]
    kept: frozenset[str]
    misheard: dict[str, str]
    glued: dict[str, tuple[str, ...]]
    small: SmallWords

    def find(self, words: list[str]) -> Found:
        """Every atom in the words with its spans, in order."""
        found: Found = {}
        for i, word in enumerate(words):
            following = words[i + 1] if i + 1 < len(words) else ""
            for phrase in (*self.followed.get((word, following), ()), *_unfollowed(self, word)):
                end = i + 1
                for wanted, goes_on in phrase.rest:
                    if end == len(words) or not (words[end].startswith(wanted) if goes_on else words[end] == wanted):
                        break
                    end += 1
                else:
                    found.setdefault(phrase.atom, []).append((i, end))
        return found

    def begun_by(self, word: str) -> tuple[Phrase, ...]:
        if not self.stems:
            return self.exact.get(word, ())
        stems = [p for k in range(2, len(word) + 1) for p in self.stems.get(word[:k], ())]
        return (*self.exact.get(word, ()), *stems)

    def candidates(self, found: Found) -> Iterator[Pattern]:
        for atom in found:
            yield from self.by_atom.get(atom, ())


@lru_cache(maxsize=16384)
def _unfollowed(book: Book, word: str) -> tuple[Phrase, ...]:
    """Phrases whose second word is none, or any of one stem."""
    stems = (p for k in range(2, len(word) + 1) for p in book.stems.get(word[:k], ()))
    return (*book.loose.get(word, ()), *stems)


@lru_cache(maxsize=4)
def book_of(language: Language) -> Book:
    """The language's book. Raises: KeyError, ValueError or a YAML error for a broken file."""
    return _Binder(language).bound()


class _Binder:
    """Puts a language's files together."""

    def __init__(self, language: Language) -> None:
        self._small = word_list("languages.french" if language is Language.FRENCH else "languages.english")
        self._words = _file(f"red_flags_words_{language.value}.yaml")
        self._frames = _file(f"red_flags_frames_{language.value}.yaml")
        self._dangers = {**_file(f"red_flags_{language.value}.yaml"), **_file(f"red_flags_sectors_{language.value}.yaml")}
        self._groups: dict[str, list[str]] = {name: text.split("|") for name, text in self._words["groups"].items()}
        self._atoms: dict[str, Atom] = {}
        self._phrases: dict[Atom, list[str]] = {}
        self._said: set[str] = set()
        self._exact: dict[str, list[Phrase]] = {}
        self._stems: dict[str, list[Phrase]] = {}

    def bound(self) -> Book:
        by_atom: dict[Atom, list[Pattern]] = {}
        for flag, entry in self._dangers.items():
            for line in entry["when"]:
                pattern = self._pattern(entry.get("flag", flag), line, tuple(entry.get("sectors", ())))
                for atom in min(pattern.concepts, key=lambda c: c.common).atoms:
                    by_atom.setdefault(atom, []).append(pattern)
        groups = {name: self._group(name) for name in self._groups}
        followed: dict[tuple[str, str], list[Phrase]] = {}
        for word, begun in self._exact.items():
            for phrase in filter(_has_second, begun):
                followed.setdefault((word, phrase.rest[0][0]), []).append(phrase)
        return Book(
            by_atom={atom: tuple(dict.fromkeys(patterns)) for atom, patterns in by_atom.items()},
            exact={word: tuple(p) for word, p in self._exact.items()},
            followed={words: tuple(p) for words, p in followed.items()},
            loose={word: tuple(found) for word, p in self._exact.items() if (found := [q for q in p if not _has_second(q)])},
            stems={word: tuple(p) for word, p in self._stems.items()},
            groups=groups,
            unless=self._regexes("unless"),
            over=self._regexes("over"),
            frames=Frames.of(self._frames),
            known=frozenset(self._said),
            targets=tuple(sorted({plain(w) for w in self._words["misheard_for"].split()})),
            kept=frozenset(plain(w) for w in self._words["never_misheard"].split()) | self._small,
            misheard={plain(heard): plain(said) for heard, said in self._words["misheard"].items()},
            glued={heard: tuple(said.split()) for heard, said in self._words["glued"].items()},
            small=SmallWords(**{name: frozenset(plain(words).split()) for name, words in self._words["small"].items()}),
        )

    def _regexes(self, key: str) -> dict[str, re.Pattern[str]]:
        return {flag: phrases(*map(open_ended, entry[key])) for flag, entry in self._dangers.items() if entry.get(key)}

    def _pattern(self, flag: str, line: str, sectors: tuple[str, ...]) -> Pattern:
        mark, space, rest = line.partition(" ")
        strength = Strength(mark) if space and mark in ("!", "?", "=") else Strength.PLAIN
        text = rest if strength is not Strength.PLAIN else line
        chains = tuple(self._chain(part) for part in text.split(" + "))
        return Pattern(flag, line, chains, strength, sectors)

    def _chain(self, text: str) -> tuple[tuple[Concept, int], ...]:
        parts = re.split(r" ([~>]) ", text)
        links = [WINDOW, *(NEAR if link == "~" else WINDOW for link in parts[1::2])]
        return tuple((self._concept(concept), link) for concept, link in zip(parts[::2], links, strict=True))

    def _concept(self, text: str) -> Concept:
        members = [m.strip() for m in text.split("|")]
        named = [m[1:-1] for m in members if m.startswith("<")]
        own = sorted(m for m in members if not m.startswith("<"))
        atoms = [self._group(name) for name in named]
        if own:
            atoms.append(self._atom("|".join(own), own))
        flat = [p for atom in atoms for p in self._phrases[atom]]
        return Concept(tuple(dict.fromkeys(atoms)), 100 * sum(p in self._small for p in flat) + len(flat))

    def _group(self, name: str) -> Atom:
        members = list(self._members(name))
        return self._atom(f"<{name}>", members)

    def _members(self, name: str) -> Iterator[str]:
        for member in self._groups[name]:
            member = member.strip()
            if member.startswith("<"):
                yield from self._members(member[1:-1])
            else:
                yield member

    def _atom(self, key: str, members: Iterable[str]) -> Atom:
        if key in self._atoms:
            return self._atoms[key]
        atom = self._atoms[key] = len(self._atoms)
        self._phrases[atom] = [plain(m) for m in members]
        for phrase in dict.fromkeys(members):
            self._index(phrase, atom)
        return atom

    def _index(self, phrase: str, atom: Atom) -> None:
        words = [(plain(w), w.endswith("*")) for part in re.split(r"[\s'’-]+", phrase) if (w := part)]
        if not words or not all(word for word, _ in words):
            raise ValueError(f'a danger pattern has an empty wording: "{phrase}"')
        self._said.update(word for word, goes_on in words if not goes_on)
        (first, goes_on), rest = words[0], tuple(words[1:])
        table = self._stems if goes_on else self._exact
        table.setdefault(first, []).append(Phrase(rest, atom))


def _has_second(phrase: Phrase) -> bool:
    return bool(phrase.rest) and not phrase.rest[0][1]


def _file(name: str) -> dict[str, Any]:
    return YAML(typ="safe").load(files("voicebot.understanding.vocabulary").joinpath(name).read_text(encoding="utf-8"))
