"""References as callers dictate them: letters and digits, spelled or in words, read by the client's pattern."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from voicebot.domain.language import Language
from voicebot.domain.scenario import ClientDetail
from voicebot.understanding.details.dictation import MISHEARD, Dictation, is_number, spoken_words
from voicebot.understanding.details.letters import Letter, letter_at, letter_words
from voicebot.understanding.details.quantities import THOUSANDS, number_at
from voicebot.understanding.normalise import TAKEN, Span, Utterance
from voicebot.understanding.vocabulary import word_list, wordings

_MOST_READINGS = 400
_LONGEST = 24
_CODE = re.compile(r"[a-z]{1,4}")
_ALIKE = ("bpvdtg", "mn", "sf", "iy", "kq", "jg", "cs", "ae")
"""Letters that a telephone line confuses."""


@dataclass(frozen=True, slots=True)
class Reference:
    """value: capitals and digits without blanks. complete: False while the pattern wants more."""

    value: str
    complete: bool
    sure: bool
    span: Span


@dataclass(frozen=True, slots=True)
class _Part:
    """One stretch of a reference: the ways to write it, the most natural first."""

    ways: tuple[str, ...]
    sure: bool = True


@dataclass(frozen=True, slots=True)
class _Run:
    parts: tuple[_Part, ...]
    span: Span
    cut: int = 0
    """Index of the part with which the caller takes back what came before; 0 when nothing is."""

    @property
    def natural(self) -> str:
        if not self.cut:
            return "".join(part.ways[0] for part in self.parts)
        return next(self.corrected())

    def corrected(self) -> Iterator[str]:
        """« douze, non pardon, treize »: the end of what came before is replaced by as much, or by more or less."""
        before = "".join(part.ways[0] for part in self.parts[: self.cut])
        after = "".join(part.ways[0] for part in self.parts[self.cut :])
        likely = len(self.parts[self.cut].ways[0])
        for length in sorted(range(len(before) + 1), key=lambda n: (n != likely, n != len(after), n)):
            yield before[: len(before) - length] + after

    @property
    def sure(self) -> bool:
        return all(part.sure for part in self.parts)


def find_reference(
    utterance: Utterance, language: Language, detail: ClientDetail | None, before: str = "", *, mends: bool = True
) -> Reference | None:
    """The reference that is dictated.

    Args:
        detail: whose pattern chooses among readings. before: what was heard before a breath. mends: letters that the line
            confused may be replaced to make it fit; never sure.
    """
    pattern = detail.pattern if detail else ""
    best: Reference | None = None
    runs = list(_runs(utterance, language, pattern))
    taken_back = any(True for _ in utterance.find_all(wordings("phone_numbers.cut")))
    for run in runs:
        found = _read(run, pattern, before, mends=mends)
        if found and run.cut:
            found = Reference(found.value, found.complete, False, found.span)
        if found and (best is None or _rank(found) >= _rank(best)):
            best = found
    if best is None:
        return None
    return Reference(best.value, best.complete, best.sure and not taken_back, best.span)


def fits_pattern(utterance: Utterance, language: Language, detail: ClientDetail) -> Reference | None:
    """A reference that nobody asked for counts when a reading matches the client's pattern whole."""
    found = find_reference(utterance, language, detail, mends=False) if detail.pattern else None
    return found if found and found.complete and re.fullmatch(detail.pattern, found.value) else None


def _rank(reference: Reference) -> tuple[bool, bool, int]:
    return reference.complete, reference.sure, len(reference.value)


def _read(run: _Run, pattern: str, before: str, *, mends: bool) -> Reference | None:
    natural = before + run.natural
    lettered = not any(c.isdigit() for c in natural)
    if lettered and not (pattern and len(natural) >= 2 and can_grow(pattern, natural)):
        return None
    if not pattern:
        return Reference(natural, True, run.sure, run.span)
    fitting = list(dict.fromkeys(v for v in _readings(run, before) if re.fullmatch(pattern, v)))
    if not fitting and before:
        # Whoever begins again says the whole of it.
        fitting = list(dict.fromkeys(v for v in _readings(run, "") if re.fullmatch(pattern, v)))
    if fitting:
        sure = len(fitting) == 1 and all(p.sure or len(p.ways) > 1 for p in run.parts)
        return Reference(fitting[0], True, sure, run.span)
    if can_grow(pattern, natural):
        return Reference(natural, False, False, run.span)
    mended = _mended(natural, pattern) if mends else None
    return Reference(mended or natural, True, False, run.span)


def _readings(run: _Run, before: str) -> Iterator[str]:
    """Every way to write the run, the natural one first."""

    if run.cut:
        return (before + value for value in run.corrected())

    def walk(at: int, text: str) -> Iterator[str]:
        if at == len(run.parts):
            yield text
            return
        for way in run.parts[at].ways:
            yield from walk(at + 1, text + way)

    return islice(walk(0, before), _MOST_READINGS)


@lru_cache(maxsize=512)
def can_grow(pattern: str, value: str) -> bool:
    """Can the value still grow into one that the pattern takes?"""
    for letters in range(4):
        for digits in range(13):
            if letters + digits and any(re.fullmatch(pattern, value + "A" * letters + d * digits) for d in "01"):
                return True
            if letters + digits and re.fullmatch(pattern, value + "0" * digits + "A" * letters):
                return True
    return False


def _mended(value: str, pattern: str) -> str | None:
    """One letter that the line confused, or one that was not heard at all, makes it fit: « B » for « V »."""
    for i, letter in enumerate(value.lower()):
        for group in _ALIKE:
            if letter in group:
                for other in group:
                    changed = value[:i] + other.upper() + value[i + 1 :]
                    if re.fullmatch(pattern, changed):
                        return changed
    opening = re.match(r"[A-Z]+", pattern)
    if opening and re.fullmatch(pattern, opening.group() + value):
        return opening.group() + value
    return None


@dataclass(frozen=True, slots=True)
class _Hearing:
    """What a run is read from. skipped: tokens of small talk. cuts: « non pardon », first token → past its last."""

    utterance: Utterance
    words: list[str]
    language: Language
    pattern: str
    skipped: frozenset[int]
    cuts: dict[int, int]

    def between(self, at: int) -> bool:
        """Small words and signs between the parts: « tiret », « et puis », « barre », « je lis »."""
        word = self.words[at]
        return at in self.skipped or word.endswith("'") or word in word_list("references.between")


def _runs(utterance: Utterance, language: Language, pattern: str) -> Iterator[_Run]:
    talk = frozenset(i for span in utterance.find_all(wordings("phone_numbers.talk")) for i in range(*span))
    cuts = {span[0]: span[1] for span in utterance.find_all(wordings("names.cut"))}
    hearing = _Hearing(utterance, letter_words(utterance), language, pattern, talk, cuts)
    at = 0
    while at < len(hearing.words):
        run = _run(hearing, at)
        if run:
            yield run
            at = max(run.span[1], at + 1)
        else:
            at += 1


def _run(hearing: _Hearing, first: int) -> _Run | None:
    parts: list[_Part] = []
    at = end = first
    cut = 0
    while at < len(hearing.words) and hearing.words[at] != TAKEN:
        if parts and at in hearing.cuts and not cut:
            cut, at = len(parts), hearing.cuts[at]
            continue
        if parts and hearing.between(at):
            at += 1
            continue
        part = _part(hearing, at, bool(parts))
        if part is None:
            break
        found, at = part
        parts.append(found)
        end = at
    if cut >= len(parts):
        cut = 0
    half = len(parts) // 2
    if half and not cut and parts[:half] == parts[half : 2 * half] and all(len(p.ways[0]) > 1 for p in parts[:half]):
        parts = parts[half:]
    return _Run(tuple(parts), (first, end), cut) if parts else None


def _part(hearing: _Hearing, at: int, begun: bool) -> tuple[_Part, int] | None:
    words, utterance = hearing.words, hearing.utterance
    number = _number(utterance, at, hearing.language)
    letter = letter_at(words, at, begun=begun)
    if letter and letter.clear and not (number and number[1] > letter.end):
        return _Part((letter.text.upper(),), not letter.doubtful), letter.end
    if number:
        return number
    misheard = MISHEARD[hearing.language].get(words[at]) if begun else None
    if misheard and len(words[at]) > 1 and _next_counts(hearing, at + 1):
        return _Part(tuple(Dictation((misheard,), hearing.language).shortest()), False), at + 1
    if letter and _stands(words, at, letter, begun):
        return _Part((letter.text.upper(),), not letter.doubtful), letter.end
    return _code(hearing, at, begun)


def _next_counts(hearing: _Hearing, at: int) -> bool:
    return at >= len(hearing.words) or is_number(hearing.words[at], hearing.language) or len(hearing.words[at]) == 1


def _code(hearing: _Hearing, at: int, begun: bool) -> tuple[_Part, int] | None:
    """Letters that the ears wrote together: "OL123456", "DEL-25", "ol quatre cent" where the pattern begins with OL."""
    word, utterance = hearing.words[at], hearing.utterance
    if not _CODE.fullmatch(word) or len(word) < 2 or at + 1 >= len(hearing.words):
        return None
    token, following = utterance.tokens[at], utterance.tokens[at + 1]
    capital = utterance.words[token.start : token.end].isupper()
    tied = (
        following.start - token.end <= 1
        and following.plain[-1:].isdigit()
        and (following.joined or following.start == token.end)
    )
    known = hearing.pattern.startswith(word.upper())
    ordinary = word in word_list("not_names") and not known
    if not (capital or tied or known) or (ordinary and not begun):
        return None
    counts = _next_counts(hearing, at + 1) or hearing.between(at + 1) or hearing.words[at + 1] == word
    return (_Part((word.upper(),)), at + 1) if counts else None


def _stands(words: list[str], at: int, letter: Letter, begun: bool) -> bool:
    """Is a single letter one of a reference, and no « à », « a »? It needs company."""
    if words[at] in ("à", "â", "ç") or words[at].endswith("'"):
        return False
    if begun:
        return True
    following = words[letter.end] if letter.end < len(words) else ""
    return bool(following) and (
        len(following) == 1
        or following[-1:].isdigit()
        or any(is_number(following, n) for n in Language)
        or following in word_list("references.between")
        or letter_at(words, letter.end, begun=True) is not None
    )


def _number(utterance: Utterance, at: int, language: Language) -> tuple[_Part, int] | None:
    """A run of number words in all its groupings; with « mille » only in the natural one."""
    natural = number_at(utterance, at, language)
    if natural is None:
        return None
    tokens = utterance.tokens[at : natural.end]
    words = spoken_words(tokens, language)
    if len(words) == 1 and words[0] in ("un", "une", "one", "a", "o"):
        following = utterance.tokens[natural.end].plain if natural.end < len(utterance.tokens) else ""
        if len(following) > 1 and not is_number(following, language) and following not in word_list("references.between"):
            return None
    if not THOUSANDS.isdisjoint(words):
        return _Part((natural.digits,), natural.sure), natural.end
    dictation = Dictation(tuple(MISHEARD[language].get(w, w) if not is_number(w, language) else w for w in words), language)
    ways = [natural.digits]
    for length in range(len(natural.digits), min(_LONGEST, len(natural.digits) + 8)):
        ways += ["".join(reading) for reading in dictation.of_length(length)]
        if len(ways) > 60:
            break
    return _Part(tuple(dict.fromkeys(ways)), natural.sure), natural.end
