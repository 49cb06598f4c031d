"""The client's people by the names that callers give: exact, misheard, or told apart by asking when two sound alike."""

from __future__ import annotations

from dataclasses import dataclass

from rapidfuzz import fuzz

from voicebot.domain.instructions import Instructions
from voicebot.understanding.normalise import HESITATIONS, Span, Utterance, plain
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import word_list

_MOST_WORDS = 4
_ALIKE = 84.0
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class _Entry:
    person: str
    words: tuple[str, ...]
    sounds: tuple[str, ...]
    whole: bool
    """An alias or full name: every word must be said. Else a family name alone."""


def _significant(words: list[str]) -> list[str]:
    return [w for w in words if w not in word_list("directory.titles")]


_ARTICLES = frozenset(("le", "la", "l", "les", "un", "une", "mon", "ma", "votre", "au", "the", "a", "an", "my", "your"))


def title_only(utterance: Utterance, span: Span) -> bool:
    return all(utterance.tokens[i].plain in word_list("directory.titles") for i in range(*span))


@dataclass(frozen=True, slots=True)
class Named:
    """Whom a name means: id, or None when unknown or when several sound alike (candidates). span: its tokens."""

    person: str | None
    span: Span
    candidates: tuple[str, ...] = ()


class Directory:
    """Names of one client's people, prepared once."""

    def __init__(self, instructions: Instructions) -> None:
        entries: list[_Entry] = []
        for person in instructions.people:
            for written in (person.name, *person.aliases, *person.sounds_like):
                said = [w for w in plain(written).split() if w not in HESITATIONS]
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
        self._family = {p.id: plain(p.name).split()[-1] for p in instructions.people}
        self._words = frozenset(
            (w, s) for e in entries for w, s in zip(e.words, e.sounds, strict=True) if len(w) >= _SHORTEST_NAME
        )
        named = [(t.id, written) for t in instructions.teams for written in (*t.name.values(), *t.aliases)]
        # « Un conseiller », « le patron »: an alias without a name is a role, asked for as a team is.
        named += [(p.id, alias) for p in instructions.people for alias in p.aliases if _is_role(alias)]
        self._roles = tuple((key, tuple(w for w in plain(written).split() if w not in _ARTICLES)) for key, written in named)

    def roles(self, utterance: Utterance) -> list[tuple[str, Span]]:
        """(id, tokens) of every team, service or role of this client that is named."""
        said = [t.plain for t in utterance.tokens]
        found: list[tuple[str, Span]] = []
        for key, words in self._roles:
            for i in range(len(said) - len(words) + 1):
                if words and tuple(said[i : i + len(words)]) == words:
                    first = i - 1 if i and said[i - 1] in _ARTICLES else i
                    found.append((key, (first, i + len(words))))
        return found

    def family_name(self, person: str) -> str:
        return self._family.get(person, "")

    def mentions(self, utterance: Utterance) -> list[Named]:
        """Every listed person who is named, from the beginning; titles before a name are part of it."""
        found: list[Named] = []
        i = 0
        while i < len(utterance.tokens):
            named = self._mentioned_at(utterance, i)
            if named:
                found.append(named)
                i = named.span[1]
            else:
                i += 1
        return found

    def _mentioned_at(self, utterance: Utterance, first: int) -> Named | None:
        word = utterance.tokens[first].plain
        if not word.isalpha() or len(word) < _SHORTEST_NAME or not self._sounds_listed(word):
            return None
        named = self.named_after(utterance, first, certain=True)
        if named is None:
            return None
        titles = word_list("directory.titles")
        start = first
        while start > 0 and utterance.tokens[start - 1].plain in titles - _ARTICLES - {"a"}:
            start -= 1
        return Named(named.person, (start, named.span[1]), named.candidates)

    def _sounds_listed(self, word: str) -> bool:
        if word in word_list("not_names") and not self._names(word):
            return False
        heard = sound(word)
        return any(heard == s or (len(word) >= 5 and fuzz.ratio(word, w) >= _ALIKE) for w, s in self._words)

    def named_after(self, utterance: Utterance, first: int, *, certain: bool = False) -> Named | None:
        """The person named from token `first` on. certain: only someone of the directory counts, not any name."""
        last = self._name_end(utterance, first)
        said = [t.plain for t in utterance.tokens[first:last]]
        if not said:
            return None
        for size in range(len(said), 0, -1):
            people = self._people(said[:size])
            if len(people) == 1:
                return Named(people.pop(), (first, first + size))
            if people:
                return Named(None, (first, first + size), tuple(sorted(people)))
        names = _significant(said)
        titled = len(names) < len(said) and said[0] in word_list("directory.titles") - {"le", "la", "l", "a", "au", "the"}
        known = bool(names) and names[0] in word_list("first_names")
        return None if certain or not names or not (titled or known) else Named(None, (first, last))

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


def _is_role(alias: str) -> bool:
    words = [w for w in plain(alias).split() if w not in _ARTICLES]
    roles = word_list("directory.roles")
    return bool(words) and words[0] in roles
