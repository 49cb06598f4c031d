"""A run of dictated number words in all its readings: « soixante dix huit » is 78 or 60 18."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from voicebot.domain.language import Language
from voicebot.understanding.details import numbers_english, numbers_french
from voicebot.understanding.normalise import Token

Reading = tuple[str, ...]
"""The digits, group by group, as spoken: ("0", "6", "12", "34")."""

NUMBER_WORDS = {Language.FRENCH: numbers_french.NUMBER_WORDS, Language.ENGLISH: numbers_english.NUMBER_WORDS}
MISHEARD = {Language.FRENCH: numbers_french.MISHEARD, Language.ENGLISH: numbers_english.MISHEARD}
MISHEARD_CLEAR = {Language.FRENCH: numbers_french.MISHEARD_CLEAR, Language.ENGLISH: numbers_english.MISHEARD_CLEAR}
_CHUNKS = {Language.FRENCH: numbers_french.chunks, Language.ENGLISH: numbers_english.chunks}
BREAK = ","
"""Stands between two words of a dictation that no number reaches over: a comma, « puis », « ensuite »."""

_MAX_READINGS = 64
_IMPOSSIBLE = "?" * 40


def is_number(word: str, language: Language) -> bool:
    return word in NUMBER_WORDS[language] or (word[-1:].isdecimal() and word.lstrip("+").isdecimal())


def spoken_words(tokens: Sequence[Token], language: Language, next_word: str = "") -> tuple[str, ...]:
    """The plain words, those that ears tied by hyphens into one French number as one: « quatre-vingt-douze » → "92"."""
    words: list[str] = []
    at = 0
    while at < len(tokens):
        stop = at + 1
        while stop < len(tokens) and tokens[stop].joined and not tokens[stop].plain[-1:].isdigit():
            stop += 1
        one = None
        if stop - at > 1 and language is Language.FRENCH and tokens[at].plain in numbers_french.NUMBER_WORDS:
            following = tokens[stop].plain if stop < len(tokens) else next_word
            one = numbers_french.tied([t.plain for t in tokens[at:stop]], following)
        words += [one] if one else [t.plain for t in tokens[at:stop]]
        at = stop
    return tuple(words)


@dataclass(frozen=True, slots=True)
class Dictation:
    """One uncut run. words: number words, digits and the small words between them, plain.

    guessed: a word of the run was misheard and taken for a number word.
    """

    words: tuple[str, ...]
    language: Language
    guessed: bool = False

    def shortest(self) -> Reading:
        """The reading with the fewest digits: what people mean when nothing else tells."""
        return _shortest(self.words, self.language)

    def of_length(self, length: int, opening: str = "") -> list[Reading]:
        """Every reading of exactly this many digits that begins with `opening`, in the fewest groups first."""
        found: list[Reading] = []
        seen: set[str] = set()
        for reading in _walk(self.words, self.language, length):
            digits = "".join(reading)
            if digits not in seen and digits.startswith(opening):
                seen.add(digits)
                found.append(reading)
                if len(found) >= _MAX_READINGS:
                    break
        return sorted(found, key=len)

    @property
    def unbroken(self) -> Dictation:
        """The same without the breaths between groups."""
        return Dictation(tuple(w for w in self.words if w != BREAK), self.language, self.guessed)

    def __add__(self, other: Dictation) -> Dictation:
        return Dictation(self.words + other.words, other.language, self.guessed or other.guessed)


@lru_cache(maxsize=2048)
def _steps(words: tuple[str, ...], language: Language) -> tuple[tuple[tuple[int, str], ...], ...]:
    chunks = _CHUNKS[language]
    steps: list[tuple[tuple[int, str], ...]] = []
    for at, word in enumerate(words):
        if word[-1:].isdigit():
            steps.append(((at + 1, word.lstrip("+")),))
        else:
            # « et », « puis » between numbers are no digits; « fois » only ever stands inside « deux fois zéro ».
            steps.append(tuple(chunks(words, at)) or ((at + 1, _IMPOSSIBLE if word == "fois" else ""),))
    return tuple(steps)


@lru_cache(maxsize=2048)
def _least(words: tuple[str, ...], language: Language) -> tuple[int, ...]:
    """Fewest digits from each word to the end."""
    steps = _steps(words, language)
    least = [0] * (len(words) + 1)
    for at in range(len(words) - 1, -1, -1):
        least[at] = min(len(digits) + least[end] for end, digits in steps[at])
    return tuple(least)


@lru_cache(maxsize=2048)
def _shortest(words: tuple[str, ...], language: Language) -> Reading:
    steps, least = _steps(words, language), _least(words, language)
    reading: list[str] = []
    at = 0
    while at < len(words):
        end, digits = next(s for s in steps[at] if len(s[1]) + least[s[0]] == least[at])
        reading.append(digits)
        at = end
    return tuple(d for d in reading if d)


def _walk(words: tuple[str, ...], language: Language, length: int) -> Iterator[Reading]:
    steps, least = _steps(words, language), _least(words, language)
    todo: list[tuple[int, int, Reading]] = [(0, length, ())]
    while todo:
        at, left, reading = todo.pop()
        if least[at] > left:
            continue
        if at == len(words):
            if left == 0:
                yield reading
            continue
        for end, digits in reversed(steps[at]):
            todo.append((end, left - len(digits), (*reading, digits) if digits else reading))


def digits_of(words: Sequence[str], language: Language) -> str:
    """The shortest reading's digits."""
    return "".join(_shortest(tuple(words), language))
