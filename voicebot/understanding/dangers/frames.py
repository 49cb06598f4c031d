"""Dangers that are none as they are told: denied, past, settled, supposed, asked about, or the talk of a trade."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from voicebot.understanding.normalise import Span, phrases, plain

_LONGEST_CRY = 6
"""Words of a cry for help, at most: « feu cuisine vite »."""
_BEFORE = 9
"""Words before the danger in which a denial or a supposition may stand."""


@dataclass(frozen=True, slots=True)
class Frames:
    """One language's ways to say that there is no danger.

    denied_before, supposed: end where the danger begins. denied_within, denied_after: between or after its words.
    past: a date long gone, in the same clause. going_on, today: it is not over after all.
    over: the thing itself is ended. unharmed: the person is well. unharmed_self: the caller is. minor: a small injury.
    others: words of somebody else than the caller.
    asks: beginnings of questions of knowledge; about_here: words that make such a question one about here and now.
    calm: what ordinary business talks of. harmless: wordings that only look like a danger, taken out first.
    """

    denied_before: re.Pattern[str]
    supposed: re.Pattern[str]
    denied_within: re.Pattern[str]
    harmless_within: re.Pattern[str]
    denied_after: re.Pattern[str]
    past: re.Pattern[str]
    over: re.Pattern[str]
    unharmed: re.Pattern[str]
    unharmed_self: re.Pattern[str]
    minor: re.Pattern[str]
    others: re.Pattern[str]
    going_on: re.Pattern[str]
    today: re.Pattern[str]
    asks: re.Pattern[str]
    about_here: re.Pattern[str]
    calm: re.Pattern[str]
    harmless: re.Pattern[str]
    clause: frozenset[str]

    @classmethod
    def of(cls, data: dict[str, Any]) -> Frames:
        """Raises: KeyError for a missing section."""
        return cls(
            denied_before=_ending(data["denied_before"], 0),
            supposed=_ending(data["supposed"], _BEFORE),
            denied_within=phrases(*data["denied_within"]),
            harmless_within=phrases(*data["harmless_within"]),
            denied_after=_beginning(data["denied_after"]),
            past=phrases(*data["past"]),
            over=phrases(*data["over"]),
            unharmed=phrases(*data["unharmed"]),
            unharmed_self=phrases(*data["unharmed_self"]),
            minor=phrases(*data["minor"]),
            others=phrases(*data["others"]),
            going_on=phrases(*data["going_on"]),
            today=phrases(*data["today"]),
            asks=_beginning([f"(?:{'|'.join(data['asks_after'])} )*(?:{'|'.join(data['asks'])})"]),
            about_here=phrases(*data["about_here"]),
            calm=phrases(*map(open_ended, data["calm"])),
            harmless=phrases(*map(open_ended, data["harmless"])),
            clause=frozenset(plain(w) for w in data["clause_words"]),
        )


@dataclass(frozen=True, slots=True)
class Telling:
    """One utterance as its dangers are told. pauses: numbers of the words that stand after a comma or a full stop.

    ended: the caller has said it all.
    """

    words: list[str]
    pauses: frozenset[int]
    frames: Frames
    ended: bool = True
    text: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", " ".join(self.words))

    def denied(self, spans: tuple[Span, ...]) -> bool:
        """« Il n'y a pas de fumée », « ça ne sent pas le gaz », « ça fume plus »."""
        if self.frames.denied_before.search(self._before(spans[0][0])):
            return True
        for a, b in pairwise(spans):
            if self.frames.denied_within.search(self.frames.harmless_within.sub("", " ".join(self.words[a[1] : b[0]]))):
                return True
        end = spans[-1][1]
        after = [] if end in self.pauses else self.words[end : end + 3]
        return self.frames.denied_after.match(" ".join(after)) is not None

    def supposed(self, spans: tuple[Span, ...]) -> bool:
        """« Que faire si », « au cas où », « vous intervenez pour »."""
        return self.frames.supposed.search(self._before(spans[0][0])) is not None

    def over(self, spans: tuple[Span, ...]) -> bool:
        """« C'est réparé », « fausse alerte », "they put it out": the danger itself is ended."""
        return self._settles(self.frames.over, spans)

    def unharmed(self, spans: tuple[Span, ...]) -> bool:
        """« Mais ça va mieux »; « moi je vais bien » only where nobody else is told of."""
        if self._settles(self.frames.unharmed, spans):
            return True
        return self._settles(self.frames.unharmed_self, spans) and not self.frames.others.search(self.text)

    def minor(self, spans: tuple[Span, ...]) -> bool:
        """« C'est rien »."""
        return self._settles(self.frames.minor, spans)

    def _settles(self, wordings: re.Pattern[str], spans: tuple[Span, ...]) -> bool:
        """Is it said after the danger, or before it in the same clause, and nothing goes on?

        « C'est réparé et ça sent le gaz » is none of it.
        """
        if not wordings.search(self.text) or self._going_on():
            return False
        for said in wordings.finditer(self.text):
            end = self.text.count(" ", 0, said.end()) + 1
            between = self.words[end : spans[0][0]]
            if not any(w in self.frames.clause for w in between):
                return True
        return False

    def past(self, spans: tuple[Span, ...]) -> bool:
        """« L'an dernier » in the same clause."""
        clause = self._clause(spans)
        return self.frames.past.search(clause) is not None and not (self.frames.today.search(clause) or self._going_on())

    def _going_on(self) -> bool:
        return self.frames.going_on.search(self.text) is not None

    def is_cry(self) -> bool:
        """A few words and nothing else: « le feu » may yet go on as « le feu vert »."""
        return self.ended and len(self.words) <= _LONGEST_CRY

    def asks_to_know(self) -> bool:
        """« Qui a tué Kennedy ? »: a question that is about nobody here."""
        return self.frames.asks.match(self.text) is not None and self.frames.about_here.search(self.text) is None

    def is_calm(self) -> bool:
        return self.frames.calm.search(self.text) is not None

    def _before(self, begin: int) -> str:
        first = begin
        while (
            first > 0
            and begin - first < _BEFORE
            and self.words[first - 1] not in self.frames.clause
            and first not in self.pauses
        ):
            first -= 1
        return " ".join(self.words[first:begin])

    def _clause(self, spans: tuple[Span, ...]) -> str:
        first, last = spans[0][0], spans[-1][1]
        while first > 0 and self.words[first - 1] not in self.frames.clause:
            first -= 1
        while last < len(self.words) and self.words[last] not in self.frames.clause:
            last += 1
        return " ".join(self.words[first:last])


def open_ended(wording: str) -> str:
    """« vend* »: the star after a letter stands for any ending."""
    return re.sub(r"(?<!\\w)(?<=[^\W\d_])\*", r"\\w*", wording)


def _ending(wordings: list[str], most_after: int) -> re.Pattern[str]:
    more = rf"(?:(?<= )\S+)?(?: \S+){{0,{most_after}}}" if most_after else ""
    return re.compile(rf"(?:{'|'.join(phrases(w).pattern for w in wordings)}){more}$")


def _beginning(wordings: list[str]) -> re.Pattern[str]:
    return re.compile("|".join(phrases(w).pattern for w in wordings))
