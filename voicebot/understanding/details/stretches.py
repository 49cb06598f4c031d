"""Where digits are dictated: number words with breaths, small talk, misheard words and corrections between them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.understanding.details.dictation import BREAK, MISHEARD, MISHEARD_CLEAR, Dictation, is_number, spoken_words
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import word_list, wordings

_ARTICLES = frozenset(("un", "une", "o", "oh", "one"))
_LONGEST_GAP = 7
_LONGEST_OPENING = 8
_WHOLE = 10
_TIMES = frozenset(("fois", "foix", "foi", "fwa"))
_LONGEST_MISHEARD = 3
"""Words in a row that ears wrote for number words."""


@dataclass(frozen=True, slots=True)
class Dictated:
    """A stretch of the utterance in which digits are dictated: parts are corrections of what came before.

    span: its tokens. parts: dictations between « non, pardon » cuts, after the last « je reprends ». softly: the cut was
    « enfin », which may correct or only go on. denying: parts that repeat the wrong digits first, « non pas douze, treize ».
    international: « plus trente-trois » or "+33". restarted: the caller began again. denied: « surtout pas au … ».
    something_else: the words before say that it is a contract, an account, a card. alternative: « … ou dix-neuf » follows.
    """

    span: Span
    parts: tuple[Dictation, ...]
    international: bool = False
    restarted: bool = False
    softly: bool = False
    denying: frozenset[int] = frozenset()
    denied: bool = False
    something_else: bool = False
    alternative: bool = False

    @property
    def shortest(self) -> str:
        return "".join("".join(part.shortest()) for part in self.parts)

    @property
    def guessed(self) -> bool:
        return any(part.guessed for part in self.parts)


@dataclass(slots=True)
class _Gap:
    """What lies between two number words. kind: "on", "cut", "soft", "restart"; stop: the next number word's index."""

    kind: str
    stop: int
    words: tuple[str, ...] = ()
    guessed: bool = False
    denying: bool = False


@dataclass(slots=True)
class _Reader:
    """Reads one utterance. talk: tokens of small talk that may stand inside a number: « deux secondes », « vous notez »."""

    utterance: Utterance
    language: Language
    talk: frozenset[int]

    def word(self, at: int) -> str:
        return self.utterance.tokens[at].plain if 0 <= at < len(self.utterance.tokens) else ""

    def says_digit(self, at: int) -> bool:
        word = self.word(at)
        return at not in self.talk and (is_number(word, self.language) or word in MISHEARD_CLEAR[self.language])

    def counts_something(self, at: int) -> bool:
        """« deux secondes », « douze rue »: the last number word before a unit counts that unit."""
        following = self.word(at + 1)
        if following in _TIMES:
            return not (self.says_digit(at + 2) or (self.word(at + 2) in ("le", "la", "les") and self.says_digit(at + 3)))
        return following in word_list("phone_numbers.not_dialled") and not (
            following == "cent" or is_number(following, self.language)
        )

    def _counts_later(self, at: int) -> bool:
        """« … après dix-huit heures »: does the one number that begins here count something?"""
        end = at
        while end + 1 < len(self.utterance.tokens) and end - at < 2 and self.says_digit(end + 1):
            end += 1
        return self.counts_something(end) or self.counts_something(at)

    def stretch(self, first: int) -> Dictated:
        """Reads on from the first number word until words come that have nothing to do with digits."""
        parts: list[Dictation] = []
        words: list[str] = []
        guessed = softly = restarted = False
        denying: set[int] = set()
        at = end = first
        while at < len(self.utterance.tokens):
            if self.says_digit(at):
                if self.counts_something(at):
                    break
                said, stop, misheard = self._tied(at)
                if stop > at + 1 and self.counts_something(stop - 1):
                    break
                token = self.utterance.tokens[at]
                if words and (token.pause or token.hesitant):
                    words.append(BREAK)
                words += said
                guessed = guessed or misheard
                at = end = stop
                continue
            digits = "".join(w for d in parts for w in d.shortest()) + "".join(
                Dictation(tuple(words), self.language).shortest()
            )
            gap = self._gap(at, digits)
            if gap is None:
                break
            if gap.kind in ("cut", "soft", "restart"):
                parts.append(Dictation(tuple(words), self.language, guessed))
                words, guessed = [], False
                softly = softly or gap.kind == "soft"
                if gap.denying:
                    denying.add(len(parts))
            else:
                words += gap.words
                guessed = guessed or gap.guessed
            if gap.kind == "restart":
                parts, restarted, softly, denying = [], True, False, set()
            at = gap.stop
            if at >= len(self.utterance.tokens) or gap.words:
                end = at
        parts.append(Dictation(tuple(words), self.language, guessed))
        return self._dictated(first, end, parts, restarted=restarted, softly=softly, denying=denying)

    def _dictated(
        self, first: int, end: int, parts: list[Dictation], *, restarted: bool, softly: bool, denying: set[int]
    ) -> Dictated:
        opening = " ".join(self.word(i) for i in range(max(0, first - _LONGEST_OPENING), first))
        if first and wordings("phone_numbers.times").search(opening):
            # « deux … » (a breath) « fois le zéro »: these digits mean nothing without what came before.
            parts[0] = Dictation(("fois", *parts[0].words), self.language, True)
        begun = self.utterance.words[: self.utterance.tokens[first].start].rstrip()
        international = self.word(first).startswith("+") or begun.endswith("+")
        international = international or wordings("phone_numbers.international").search(opening) is not None
        restarted = restarted or wordings("phone_numbers.restart").search(opening) is not None
        first -= self.word(first - 1) in ("plus", "indicatif")
        return Dictated(
            (first, end),
            tuple(p for p in parts if p.words),
            international,
            restarted,
            softly,
            frozenset(denying),
            wordings("phone_numbers.denied").search(opening) is not None,
            wordings("phone_numbers.something_else").search(opening) is not None,
            self.word(end) in ("ou", "or") and any(self.says_digit(i) for i in (end + 1, end + 2)),
        )

    def _tied(self, at: int) -> tuple[list[str], int, bool]:
        """The number word at this place with those that ears tied to it by hyphens: (words, index past them, misheard)."""
        clear = MISHEARD_CLEAR[self.language].get(self.word(at))
        if clear:
            return [clear], at + 1, True
        tokens = self.utterance.tokens
        stop = at + 1
        while stop < len(tokens) and tokens[stop].joined and not self.counts_something(stop):
            stop += 1
        while stop > at + 1 and not is_number(self.word(stop - 1), self.language):
            stop -= 1
        return list(spoken_words(tokens[at:stop], self.language, self.word(stop))), stop, False

    def _gap(self, at: int, digits: str) -> _Gap | None:
        """What lies between two number words, or None: the run ends. digits: heard so far."""
        tokens = self.utterance.tokens
        stop = at
        while stop < len(tokens) and stop - at <= _LONGEST_GAP + len(self.talk) and not self.says_digit(stop):
            stop += 1
        said = [self.word(i) for i in range(at, stop) if i not in self.talk]
        text = " ".join(said)
        if text and wordings("phone_numbers.restart").search(text):
            return _Gap("restart", stop)
        if stop >= len(tokens):
            return self._last_word(said, stop, digits)
        if len(said) > _LONGEST_GAP or self._counts_later(stop):
            return None
        if not said:
            return _Gap("on", stop, (BREAK,))
        if wordings("phone_numbers.cut").search(text):
            return _Gap("cut", stop, denying=said[-1] in ("pas", "not"))
        if wordings("phone_numbers.either").search(text):
            return None
        if said == ["enfin"]:
            return _Gap("soft", stop)
        return self._words_on(said, stop, digits)

    def _last_word(self, said: list[str], stop: int, digits: str) -> _Gap | None:
        """« … quarante-cinq dix cet »: a misheard last word counts when ten digits begin to make sense with it."""
        heard = MISHEARD[self.language].get(said[0]) if len(said) == 1 else None
        ends = len(digits) in (_WHOLE - 2, _WHOLE - 1) or (len(digits) == _WHOLE and digits.endswith("0"))
        return _Gap("on", stop, (heard,), guessed=True) if heard and ends and digits.startswith("0") else None

    def _words_on(self, said: list[str], stop: int, digits: str) -> _Gap | None:
        if said == ["et"]:
            return _Gap("on", stop, ("et",))
        if said[0] in _TIMES:
            return _Gap("on", stop, ("fois", *said[1:]), guessed=said[0] != "fois") if len(said) <= 2 else None
        heard = [MISHEARD[self.language].get(w, w) for w in said]
        if len(said) <= _LONGEST_MISHEARD and all(is_number(w, self.language) for w in heard):
            return _Gap("on", stop, tuple(heard), guessed=True)
        if all(w in word_list("phone_numbers.connectors") for w in said):
            return _Gap("on", stop, (BREAK,))
        open_number = digits.startswith("0") and len(digits) < _WHOLE and not self._speaks_of_something(said)
        return _Gap("on", stop, (BREAK,), guessed=True) if open_number else None

    def _speaks_of_something(self, said: list[str]) -> bool:
        """Words that begin another matter: what comes after them is no digit of this number."""
        matters = word_list("phone_numbers.other_matters")
        return any(w in matters or w in word_list("addresses.streets") for w in said)


def dictated(utterance: Utterance, language: Language) -> list[Dictated]:
    """The stretches of digits of an utterance, in order."""
    found: list[Dictated] = []
    reader: _Reader | None = None
    at = 0
    while at < len(utterance.tokens):
        word = utterance.tokens[at].plain
        if is_number(word, language) or word in MISHEARD_CLEAR[language]:
            reader = reader or _Reader(utterance, language, _talk(utterance))
            if at not in reader.talk:
                stretch = reader.stretch(at)
                found.append(stretch)
                at = max(stretch.span[1], at + 1)
                continue
        at += 1
    return found


def _talk(utterance: Utterance) -> frozenset[int]:
    if len(utterance.tokens) <= 2:
        return frozenset()
    return frozenset(i for span in utterance.find_all(wordings("phone_numbers.talk")) for i in range(*span))


def articles_only(utterance: Utterance, span: Span) -> bool:
    """« un », « une » alone are articles, not digits."""
    return all(utterance.tokens[i].plain in _ARTICLES for i in range(*span))


def stretches_worth_reading(utterance: Utterance, language: Language) -> Iterator[Dictated]:
    for stretch in dictated(utterance, language):
        if stretch.parts and not articles_only(utterance, stretch.span):
            yield stretch


def denies(utterance: Utterance, span: Span) -> bool:
    """Does « pas » or "not" stand right before these tokens?"""
    before = " ".join(t.plain for t in utterance.tokens[max(0, span[0] - 2) : span[0]])
    return re.search(r"\b(?:pas|not)\b", before) is not None
