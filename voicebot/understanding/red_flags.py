"""Words of danger, found by fixed patterns in every turn: no model and no client can change them, worst case assumed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise, product

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein
from ruamel.yaml import YAML

from voicebot.domain.acts import RaiseRedFlag
from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS
from voicebot.understanding.languages import language_of
from voicebot.understanding.normalise import TAKEN, Span, Utterance, phrases, plain
from voicebot.understanding.phonetics import sound

WINDOW = 13
"""Words between the first and the last concept of a pattern, at most."""

_MOST_MATCHES = 4
_FEWEST_TO_MISTAKE = 7
"""Letters of a word that is taken for a like one; shorter words have too many neighbours."""


@dataclass(frozen=True, slots=True)
class _Pattern:
    """Concepts that must be near each other; ordered: in this order."""

    concepts: tuple[re.Pattern[str], ...]
    ordered: bool
    openings: frozenset[str]
    """First words of the first concept, exact."""
    stems: tuple[str, ...]
    """First words of the first concept that may go on."""


@dataclass(frozen=True, slots=True)
class _Flag:
    id: str
    patterns: tuple[_Pattern, ...]
    unless: re.Pattern[str] | None
    openings: frozenset[str]
    stems: tuple[str, ...]
    """What its patterns may begin with: a flag without any of these is not looked at further."""

    def may_be_in(self, present: set[str]) -> bool:
        return bool(self.openings & present) or any(w.startswith(self.stems) for w in present)


@dataclass(frozen=True, slots=True)
class _Book:
    """One language's file, compiled."""

    flags: tuple[_Flag, ...]
    denied_before: re.Pattern[str]
    denied_within: re.Pattern[str]
    harmless_within: re.Pattern[str]
    over: re.Pattern[str]
    still: re.Pattern[str]
    clause: frozenset[str]
    lexicon: tuple[str, ...]
    by_sound: dict[str, str]
    kept: frozenset[str]
    misheard: dict[str, str]


def find_red_flags(utterance: Utterance, sector: str = "") -> list[RaiseRedFlag]:
    """Every danger in the words, each once; a denied, past or settled danger is none.

    sector: the client's, so that its own flags are listened for besides the general ones.

    Both languages are listened for, unless it is plain which one is spoken.
    """
    if not utterance:
        return []
    found: dict[str, RaiseRedFlag] = {}
    plainly = language_of(utterance)
    for language in (plainly,) if plainly else Language:
        for flag, span in _flags(utterance, language, sector):
            found.setdefault(flag, RaiseRedFlag(flag, utterance.quote(span)))
    return list(found.values())


def warm_red_flags() -> None:
    """Reads and compiles the books of all languages. Raises: KeyError or a YAML error for a broken book."""
    for language in Language:
        _book(language)


def _flags(utterance: Utterance, language: Language, sector: str) -> Iterator[tuple[str, Span]]:
    book = _book(language)
    words = [_as_in_book(t.plain, language) for t in utterance.tokens]
    heard = _Heard(words)
    present = set(words)
    for flag in book.flags:
        if not RED_FLAGS[flag.id].concerns(sector) or not flag.may_be_in(present):
            continue
        left = _without_harmless(flag, heard)
        for pattern in flag.patterns:
            if not (pattern.openings & present or any(w.startswith(pattern.stems) for w in present)):
                continue
            span = _real_match(pattern, left, book, utterance)
            if span:
                yield flag.id, span
                break


class _Heard:
    """Words of the utterance as the book spells them, with each concept searched at most once."""

    def __init__(self, words: list[str]) -> None:
        self.words = words
        self.text = " ".join(words)
        self._starts: list[int] = []
        at = 0
        for word in words:
            self._starts.append(at)
            at += len(word) + 1
        self._index = {start: i for i, start in enumerate(self._starts)}
        self._memo: dict[re.Pattern[str], list[Span]] = {}

    def spans(self, concept: re.Pattern[str]) -> list[Span]:
        if concept not in self._memo:
            self._memo[concept] = [self._span(m) for m in concept.finditer(self.text)][:_MOST_MATCHES]
        return self._memo[concept]

    def _span(self, found: re.Match[str]) -> Span:
        first = self._index[found.start()]
        return first, first + found.group().count(" ") + 1


def _without_harmless(flag: _Flag, heard: _Heard) -> _Heard:
    """« feu rouge », « facture de gaz » taken out: the danger must be in what is left."""
    if not flag.unless or not flag.unless.search(heard.text):
        return heard
    return _Heard(flag.unless.sub(lambda m: " ".join(TAKEN for _ in m.group().split()), heard.text).split(" "))


def _matches(pattern: _Pattern, heard: _Heard) -> Iterator[tuple[Span, ...]]:
    spans = [heard.spans(concept) for concept in pattern.concepts]
    if not all(spans):
        return
    for combination in product(*spans):
        ordered = sorted(combination)
        if pattern.ordered and tuple(ordered) != combination:
            continue
        if any(a[1] > b[0] for a, b in pairwise(ordered)):
            continue
        if ordered[-1][0] - ordered[0][1] <= WINDOW:
            yield tuple(ordered)


def _real_match(pattern: _Pattern, heard: _Heard, book: _Book, utterance: Utterance) -> Span | None:
    for spans in _matches(pattern, heard):
        if not _denied(spans, heard, book, utterance) and not _over(heard, book):
            return spans[0][0], spans[-1][1]
    return None


def _denied(spans: tuple[Span, ...], heard: _Heard, book: _Book, utterance: Utterance) -> bool:
    """« il n'y a pas de fumée », « ça ne sent pas le gaz »."""
    begin = spans[0][0]
    first = begin
    while (
        first > 0 and begin - first < 7 and heard.words[first - 1] not in book.clause and not utterance.tokens[first].pause
    ):
        first -= 1
    before = " ".join(heard.words[first:begin])
    if book.denied_before.search(before):
        return True
    for a, b in pairwise(spans):
        within = book.harmless_within.sub("", " ".join(heard.words[a[1] : b[0]]))
        if book.denied_within.search(within):
            return True
    after = heard.words[spans[-1][1] :]
    return len(after) == 1 and book.denied_within.fullmatch(after[0]) is not None


def _over(heard: _Heard, book: _Book) -> bool:
    """« l'an dernier », « mais ça va mieux »: past or settled, and nothing says that it goes on."""
    return book.over.search(heard.text) is not None and book.still.search(heard.text) is None


@lru_cache(maxsize=8192)
def _as_in_book(word: str, language: Language) -> str:
    """The word as the book spells it, when it was only misheard: « gaze » → « gaz », « assenceur » → « ascenseur »."""
    book = _book(language)
    if word in book.misheard:
        return book.misheard[word]
    if len(word) < 4 or not word.isalpha() or word in book.kept or word in book.lexicon:
        return word
    if language is Language.FRENCH and sound(word) in book.by_sound:
        return book.by_sound[sound(word)]
    if len(word) < _FEWEST_TO_MISTAKE:
        return word
    nearest = process.extractOne(word, book.lexicon, scorer=Levenshtein.distance, score_cutoff=2 if len(word) >= 9 else 1)
    return nearest[0] if nearest and len(nearest[0]) >= 6 else word


@lru_cache(maxsize=4)
def _book(language: Language) -> _Book:
    name = f"red_flags_{language.value}.yaml"
    data = YAML(typ="safe").load(files("voicebot.understanding.vocabulary").joinpath(name).read_text(encoding="utf-8"))
    flags: list[_Flag] = []
    lexicon: set[str] = set()
    groups: dict[str, str] = dict(data["words"])
    for flag, entry in data["dangers"].items():
        patterns = tuple(_compiled(_expanded(line, groups), lexicon) for line in entry["when"])
        unless = _alternation(entry.get("unless", ()))
        openings = frozenset[str]().union(*(p.openings for p in patterns))
        flags.append(_Flag(flag, patterns, unless, openings, tuple(s for p in patterns for s in p.stems)))
    long = tuple(sorted(w for w in lexicon if len(w) >= 3))
    by_sound: dict[str, str] = {}
    for word in long:
        if len(sound(word)) >= 3:
            by_sound.setdefault(sound(word), word)
    return _Book(
        flags=tuple(flags),
        denied_before=re.compile(rf"(?:{'|'.join(_bare(p) for p in data['denied_before'])})$"),
        denied_within=phrases(*data["denied_within"]),
        harmless_within=phrases(*data["harmless_within"]),
        over=phrases(*data["over"]),
        still=phrases(*data["still"]),
        clause=frozenset(plain(w) for w in data["clause_words"]),
        lexicon=long,
        by_sound=by_sound,
        kept=frozenset(plain(w) for w in data["never_misheard"].split()),
        misheard={plain(heard): plain(said) for heard, said in data["misheard"].items()},
    )


def _bare(pattern: str) -> str:
    return phrases(pattern).pattern


def _alternation(wordings: tuple[str, ...] | list[str]) -> re.Pattern[str] | None:
    return phrases(*(w.replace("*", r"\w*") for w in wordings)) if wordings else None


def _expanded(line: str, groups: dict[str, str]) -> str:
    """Puts the alternatives of a <group> in its place."""
    return re.sub(r"<(\w+)>", lambda m: groups[m.group(1)], line)


def _compiled(line: str, lexicon: set[str]) -> _Pattern:
    ordered = " > " in line
    concepts = [part.strip() for part in re.split(r" [+>] ", line)]
    openings: set[str] = set()
    stems: set[str] = set()
    for i, concept in enumerate(concepts):
        for wording in concept.split("|"):
            words = [
                plain(w) + ("*" if w.endswith("*") else "") for w in wording.replace("'", " ").replace("-", " ").split()
            ]
            lexicon.update(w for w in words if not w.endswith("*"))
            if i == 0:
                (stems if words[0].endswith("*") else openings).add(words[0].rstrip("*"))
    compiled = tuple(phrases(*(w.strip().replace("*", r"\w*") for w in concept.split("|"))) for concept in concepts)
    return _Pattern(compiled, ordered, frozenset(openings), tuple(stems))
