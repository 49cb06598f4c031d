"""Concepts of danger that stand near each other in the words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from voicebot.domain.urgency import RED_FLAGS
from voicebot.understanding.normalise import Span

WINDOW = 11
"""Words between two neighbouring concepts of a pattern, at most."""
NEAR = 4
"""Words between two concepts joined by "~", at most."""

_MOST_MATCHES = 24

Atom = int
"""Number of a group of words, or of the words that only one concept has."""
Found = dict[Atom, list[Span]]


class Strength(Enum):
    """What it takes to explain a pattern's words away.

    CERTAIN ("!"): only a denial. PLAIN: also a past, a supposition, a question of knowledge.
    WEAK ("?"): also talk of appointments, quotes, papers. CRY ("="): also any longer turn.
    """

    CERTAIN = "!"
    PLAIN = ""
    WEAK = "?"
    CRY = "="


@dataclass(frozen=True, slots=True)
class Concept:
    atoms: tuple[Atom, ...]
    common: int
    """How many small words of the language it has: the concept with fewest is looked for first."""

    def spans(self, found: Found) -> list[Span]:
        if len(self.atoms) == 1:
            return found.get(self.atoms[0], [])
        return sorted(span for atom in self.atoms for span in found.get(atom, ()))


@dataclass(frozen=True, slots=True)
class Pattern:
    """chains: concepts in order, each with the most words between it and the one before; chains come in any order."""

    flag: str
    line: str
    chains: tuple[tuple[tuple[Concept, int], ...], ...]
    strength: Strength
    sectors: tuple[str, ...] = ()
    """Where this wording counts; empty means wherever the flag does."""

    def concerns(self, sector: str) -> bool:
        return RED_FLAGS[self.flag].concerns(sector) and (not self.sectors or sector in self.sectors)

    @property
    def concepts(self) -> Iterator[Concept]:
        return (concept for chain in self.chains for concept, _ in chain)

    def matches(self, found: Found) -> Iterator[tuple[Span, ...]]:
        """Where the pattern stands, each as the spans of its concepts in the order of the words."""
        if not all(any(atom in found for atom in concept.atoms) for concept in self.concepts):
            return
        left = _MOST_MATCHES
        for spans in self._chained(0, (), found):
            ordered = tuple(sorted(spans))
            if all(a[1] <= b[0] <= a[1] + WINDOW for a, b in pairwise(ordered)):
                yield ordered
                left -= 1
            if not left:
                return

    def _chained(self, which: int, taken: tuple[Span, ...], found: Found) -> Iterator[tuple[Span, ...]]:
        if which == len(self.chains):
            yield taken
            return
        for spans in _linked(self.chains[which], (), found):
            yield from self._chained(which + 1, (*taken, *spans), found)


def _linked(chain: tuple[tuple[Concept, int], ...], taken: tuple[Span, ...], found: Found) -> Iterator[tuple[Span, ...]]:
    if len(taken) == len(chain):
        yield taken
        return
    concept, most_between = chain[len(taken)]
    for span in concept.spans(found):
        if not taken or taken[-1][1] <= span[0] <= taken[-1][1] + most_between:
            yield from _linked(chain, (*taken, span), found)


@dataclass(frozen=True, slots=True)
class Phrase:
    """The rest of a phrase after its first word: each word, and whether it may go on."""

    rest: tuple[tuple[str, bool], ...]
    atom: Atom
