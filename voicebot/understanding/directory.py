"""The client's people by the names that callers give: exact, misheard, or told apart by asking when two sound alike."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from voicebot.domain.instructions import Instructions
from voicebot.understanding.normalise import Span, Utterance, plain
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import word_list

_MOST_WORDS = 4
_ALIKE = 84.0


@dataclass(frozen=True, slots=True)
class _Entry:
    person: str
    words: tuple[str, ...]
    sounds: tuple[str, ...]
    whole: bool
    """An alias or full name: every word must be said. Else a family name alone."""


def _significant(words: list[str]) -> list[str]:
    return [w for w in words if w not in word_list("directory.titles")]


def title_only(utterance: Utterance, span: Span) -> bool:
    return all(utterance.tokens[i].plain in word_list("directory.titles") for i in range(*span))


class Directory:
    """Names of one client's people, prepared once."""

    def __init__(self, instructions: Instructions) -> None:
        entries: list[_Entry] = []
        for person in instructions.people:
            for written in (person.name, *person.aliases):
                said = plain(written).split()
                words = _significant(said)
                if words:
                    entries.append(_entry(person.id, words, whole=True))
                elif said:
                    entries.append(
                        _entry(person.id, [w for w in said if w not in ("le", "la", "l", "the", "a", "au")], whole=True)
                    )
            family = _significant(plain(person.name).split())
            if len(family) >= 2:
                entries.append(_entry(person.id, family[-1:], whole=False))
                entries.append(_entry(person.id, family[:1], whole=False))
        self._entries = tuple(entries)

    def named_after(self, utterance: Utterance, first: int, *, certain: bool = False) -> tuple[str | None, Span] | None:
        """The person named from token `first` on: (id, or None when unknown or two sound alike, tokens).

        certain: only someone of the directory counts, not any name.
        """
        last = self._name_end(utterance, first)
        said = [t.plain for t in utterance.tokens[first:last]]
        if not said:
            return None
        for size in range(len(said), 0, -1):
            people = self._people(said[:size])
            if len(people) == 1:
                return people.pop(), (first, first + size)
            if people:
                return None, (first, first + size)
        names = _significant(said)
        titled = len(names) < len(said) and said[0] in word_list("directory.titles") - {"le", "la", "l", "a", "au", "the"}
        known = bool(names) and names[0] in word_list("first_names")
        return None if certain or not names or not (titled or known) else (None, (first, last))

    def _name_end(self, utterance: Utterance, first: int) -> int:
        last, words = first, 0
        while last < len(utterance.tokens) and words < _MOST_WORDS:
            word = utterance.tokens[last].plain
            if word in word_list("directory.titles") or self._names(word):
                last += 1
                words += word not in word_list("directory.titles")
            elif word.isalpha() and len(word) > 1 and word not in word_list("not_names"):
                last += 1
                words += 1
            else:
                break
        return last

    def _names(self, word: str) -> bool:
        return any(word in e.words for e in self._entries)

    def _people(self, said: list[str]) -> set[str]:
        words = _significant(said) or [w for w in said if w not in ("le", "la", "l", "the", "a", "au")]
        if not words:
            return set()
        exact = {e.person for e in self._entries if list(e.words) == words}
        sounding = {e.person for e in self._entries if [sound(w) for w in words] == list(e.sounds)}
        if len(exact) == 1 and sounding <= exact:
            return exact
        if exact or sounding:
            return exact | sounding
        text = " ".join(words)
        scores = {e.person: 0.0 for e in self._entries}
        for entry in self._entries:
            likeness = fuzz.ratio(text, " ".join(entry.words)) if abs(len(entry.words) - len(words)) <= 1 else 0.0
            scores[entry.person] = max(scores[entry.person], likeness if len(text) >= 5 else 0.0)
        best = max(scores.values(), default=0.0)
        return {p for p, s in scores.items() if s >= _ALIKE and s >= best - 4}


def _entry(person: str, words: list[str], *, whole: bool) -> _Entry:
    return _Entry(person, tuple(words), tuple(sound(w) for w in words), whole)
