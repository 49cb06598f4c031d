"""The caller's words as tokens: lower case, with and without accents; apostrophes, hyphens and hesitations taken out."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

Span = tuple[int, int]
"""Token numbers, first and one past the last."""

HESITATIONS = frozenset(
    ("euh", "heu", "euuh", "hum", "hmm", "hm", "mh", "mhm", "hein", "ben", "bah", "beh", "ah", "uh", "um", "erm")
)
TAKEN = "|"
"""Stands where a token was already used, so that no phrase is found across the hole."""

_WORD = re.compile(r"\+?\d+|[^\W\d_]+")
_BREAK = re.compile(r"[.,;:!?…]|\s[-–—]\s")
_HYPHENS = frozenset("-‐‑")
_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o"})


@lru_cache(maxsize=8192)
def plain_word(word: str) -> str:
    """A word in lower case without accents: "Étage" → "etage"."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFKD", word.lower().translate(_LIGATURES))
    return "".join(c for c in bare if not unicodedata.combining(c))


def plain(text: str) -> str:
    """A phrase as patterns see it: « C'est ça » → "c est ca"."""
    return " ".join(plain_word(w) for w in _WORD.findall(text))


@dataclass(frozen=True, slots=True)
class Token:
    """One word. text: lower case, accents kept. start, end: its place in the words. pause: punctuation before it.

    joined: a hyphen ties it to the word before. hesitant: « euh » stands before it.
    """

    text: str
    plain: str
    start: int
    end: int
    pause: bool = False
    joined: bool = False
    hesitant: bool = False


@dataclass(frozen=True, slots=True)
class Utterance:
    """Words of one turn, without hesitations.

    plain: the tokens without accents, joined by one space; patterns are searched here.
    starts: where each token begins in plain. ends_hesitating: the last word was « euh ».
    """

    words: str
    tokens: tuple[Token, ...]
    plain: str
    starts: tuple[int, ...]
    ends_hesitating: bool = False

    @classmethod
    def of(cls, words: str) -> Utterance:
        return _utterance(words)

    @classmethod
    def read(cls, words: str) -> Utterance:
        tokens: list[Token] = []
        end, hesitating = 0, False
        for found in _WORD.finditer(words.replace("’", "'").replace("`", "'")):
            text = found.group().lower()
            bare = plain_word(text)
            named_ben = found.group() in ("Ben", "BEN") and tokens and words[found.end() + 1 : found.end() + 2].isupper()
            named_ben = named_ben and not words.isupper()
            if bare in HESITATIONS and not named_ben:
                hesitating = True
                continue
            gap = words[end : found.start()]
            pause = gap != " " and _BREAK.search(gap) is not None
            tokens.append(Token(text, bare, found.start(), found.end(), pause, gap in _HYPHENS, hesitating))
            end, hesitating = found.end(), False
        return cls.joined(words, tuple(tokens), hesitating)

    @classmethod
    def joined(cls, words: str, tokens: tuple[Token, ...], hesitating: bool) -> Utterance:
        starts: list[int] = []
        at = 0
        for token in tokens:
            starts.append(at)
            at += len(token.plain) + 1
        return cls(words, tokens, " ".join(t.plain for t in tokens), tuple(starts), hesitating)

    def __bool__(self) -> bool:
        return bool(self.tokens)

    @property
    def free(self) -> tuple[Token, ...]:
        """Tokens that nothing has used yet."""
        return tuple(t for t in self.tokens if t.plain != TAKEN)

    def find(self, pattern: re.Pattern[str], group: int | str = 0) -> Span | None:
        """Tokens of the pattern's first match, or None."""
        found = pattern.search(self.plain)
        return self.span(found, group) if found and found.group(group) else None

    def find_all(self, pattern: re.Pattern[str]) -> Iterator[Span]:
        for begin, end in _places(pattern, self.plain):
            yield bisect_right(self.starts, begin) - 1, bisect_left(self.starts, end)

    def span(self, found: re.Match[str], group: int | str = 0) -> Span:
        """Tokens covered by a match on plain."""
        begin, end = found.span(group)
        return bisect_right(self.starts, begin) - 1, bisect_left(self.starts, end)

    def quote(self, span: Span | None = None) -> str:
        """The caller's own words of these tokens, as they were heard."""
        first, last = span or (0, len(self.tokens))
        if first >= last:
            return ""
        return self.words[self.tokens[first].start : self.tokens[last - 1].end]

    def take(self, spans: Iterable[Span]) -> Utterance:
        """The same utterance with these tokens marked as used."""
        used = {i for first, last in spans for i in range(first, last)}
        if not used:
            return self
        tokens = tuple(
            Token(TAKEN, TAKEN, t.start, t.end, t.pause, t.joined, t.hesitant) if i in used else t
            for i, t in enumerate(self.tokens)
        )
        return self.joined(self.words, tokens, self.ends_hesitating)


@lru_cache(maxsize=1024)
def _places(pattern: re.Pattern[str], plain: str) -> tuple[tuple[int, int], ...]:
    """Where a pattern is found; the steps of one turn look for many wordings more than once."""
    return tuple(found.span() for found in pattern.finditer(plain) if found.end() > found.start())


@lru_cache(maxsize=64)
def _utterance(words: str) -> Utterance:
    """Turn-taking asks about the same words again and again while the caller speaks."""
    return Utterance.read(words)


def phrases(*wordings: str) -> re.Pattern[str]:
    """A pattern that finds any of these wordings as whole words on Utterance.plain.

    Wordings are regular expressions over plain words; write them with accents and apostrophes as people do:
    « c'est (bien )?ça » finds "c est bien ca".
    """
    return re.compile(rf"\b(?:{'|'.join(_plain_pattern(w) for w in wordings)})\b")


def _plain_pattern(wording: str) -> str:
    bare = unicodedata.normalize("NFKD", wording.lower().translate(_LIGATURES)) if not wording.isascii() else wording
    bare = "".join(c for c in bare if not unicodedata.combining(c))
    return bare.replace("’", " ").replace("'", " ").replace("-", " ").strip()
