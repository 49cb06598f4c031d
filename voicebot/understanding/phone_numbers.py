"""Telephone numbers as callers dictate them: in pairs, digit by digit, cut, corrected, begun again, continued."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.understanding import numbering_plan
from voicebot.understanding.dictation import MISHEARD, Dictation, is_number
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import word_list, wordings

LENGTH = 10
"""Digits of a French number."""

_ARTICLES = frozenset(("un", "une", "o", "oh", "one"))
_LONGEST_GAP = 7


@dataclass(frozen=True, slots=True)
class Dictated:
    """A stretch of the utterance in which digits are dictated: parts are corrections of what came before.

    span: its tokens. parts: dictations between « non, pardon » cuts, after the last « je reprends ».
    international: « plus trente-trois » or "+33". restarted: the caller began again.
    """

    span: Span
    parts: tuple[Dictation, ...]
    international: bool = False
    restarted: bool = False

    @property
    def shortest(self) -> str:
        return "".join("".join(part.shortest()) for part in self.parts)

    @property
    def guessed(self) -> bool:
        return any(part.guessed for part in self.parts)


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """value: E.164 when complete, else the digits so far. sure: one reading only, and the numbering plan has it."""

    value: str
    complete: bool
    sure: bool
    span: Span


def dictated(utterance: Utterance, language: Language) -> list[Dictated]:
    """The stretches of digits of an utterance, in order."""
    found: list[Dictated] = []
    at = 0
    while at < len(utterance.tokens):
        if _begins(utterance, at, language):
            stretch = _stretch(utterance, at, language)
            found.append(stretch)
            at = max(stretch.span[1], at + 1)
        else:
            at += 1
    return found


def _word(utterance: Utterance, at: int) -> str:
    return utterance.tokens[at].plain if 0 <= at < len(utterance.tokens) else ""


def _begins(utterance: Utterance, at: int, language: Language) -> bool:
    return is_number(_word(utterance, at), language)


def _stretch(utterance: Utterance, first: int, language: Language) -> Dictated:
    """Reads on from the first number word until words come that have nothing to do with digits."""
    international = _word(utterance, first).startswith("+") or _word(utterance, first - 1) in ("plus", "indicatif")
    opening = " ".join(_word(utterance, i) for i in range(max(0, first - _LONGEST_GAP), first))
    restarted = wordings("phone_numbers.restart").search(opening) is not None
    parts: list[Dictation] = []
    words: list[str] = []
    guessed = False
    at, end = first, first
    while at < len(utterance.tokens):
        if is_number(_word(utterance, at), language):
            if _counts_something(utterance, at, language):
                break
            words.append(_word(utterance, at))
            at = end = at + 1
            continue
        gap = _gap(utterance, at, language)
        if gap is None:
            break
        kind, stop, heard = gap
        if kind in ("cut", "restart"):
            parts.append(Dictation(tuple(words), language, guessed))
            words, guessed = [], False
        else:
            words += heard
            guessed = guessed or any(is_number(w, language) for w in heard)
        if kind == "restart":
            parts, restarted = [], True
        at = stop
        if not at < len(utterance.tokens):
            end = stop
    parts.append(Dictation(tuple(words), language, guessed))
    first -= _word(utterance, first - 1) in ("plus", "indicatif")
    return Dictated((first, end), tuple(p for p in parts if p.words), international, restarted)


def _counts_something(utterance: Utterance, at: int, language: Language) -> bool:
    """« deux secondes », « douze rue »: the last number word before a unit counts that unit."""
    following = _word(utterance, at + 1)
    if following == "fois" and is_number(_word(utterance, at + 2), language):
        return False
    return following in word_list("phone_numbers.not_dialled") and not (
        following == "cent" or is_number(following, language)
    )


def _gap(utterance: Utterance, at: int, language: Language) -> tuple[str, int, list[str]] | None:
    """What lies between two number words: (kind, index of the next number word, words to keep), or None: the run ends."""
    stop = at
    while stop < len(utterance.tokens) and stop - at <= _LONGEST_GAP and not is_number(_word(utterance, stop), language):
        stop += 1
    gap = [_word(utterance, i) for i in range(at, stop)]
    text = " ".join(gap)
    ended = stop >= len(utterance.tokens)
    if wordings("phone_numbers.restart").search(text):
        return "restart", stop, []
    if ended or stop - at > _LONGEST_GAP:
        return None
    if wordings("phone_numbers.cut").search(text):
        return "cut", stop, []
    if all(w in word_list("phone_numbers.connectors") for w in gap):
        return "on", stop, ["et"] if gap == ["et"] else []
    if gap == ["fois"] or (gap[:1] == ["fois"] and len(gap) == 2):
        return "on", stop, gap
    heard = [MISHEARD[language].get(w, w) for w in gap]
    if len(gap) == 1 and is_number(heard[0], language):
        return "on", stop, heard
    return None


def interpret(stretch: Dictated, prior: Dictation | None = None) -> PhoneNumber | None:
    """The number that a stretch gives, continued from `prior` when that makes it whole; None when it makes none."""
    whole = _whole(stretch.parts[-1], stretch.international and len(stretch.parts) == 1)
    if whole:
        return PhoneNumber(whole[0], True, whole[1], stretch.span)
    if prior and not stretch.restarted:
        return _continued(prior, stretch)
    corrected = _corrected(stretch.parts)
    for run in corrected:
        whole = _whole(run, stretch.international)
        if whole:
            return PhoneNumber(whole[0], True, whole[1] and len(stretch.parts) == 1, stretch.span)
    return _begun("".join(corrected[0].shortest()), stretch)


def _continued(prior: Dictation, stretch: Dictated) -> PhoneNumber | None:
    """Digits after a breath. A pair cannot reach over it, and whoever begins with the same 06 may have begun again."""
    before = "".join(prior.shortest())
    abroad = before.startswith(("33", "00"))
    said = "".join(stretch.parts[0].shortest())
    begun_again = said[:1] == "0" and len(said) >= 2 and said[:2] == before[:2]
    runs = _corrected((prior + stretch.parts[0], *stretch.parts[1:]))
    for run in runs:
        whole = _whole(run, abroad)
        if whole:
            clean = len(before + said) in (LENGTH, 11) and not begun_again and len(stretch.parts) == 1
            return PhoneNumber(whole[0], True, whole[1] and clean, stretch.span)
    alone = "".join(_corrected(stretch.parts)[0].shortest())
    if begun_again or (alone[:1] == "0" and len(before + alone) > LENGTH):
        return _begun(alone, stretch)
    return _begun("".join(runs[0].shortest()), stretch)


def _begun(digits: str, stretch: Dictated) -> PhoneNumber | None:
    limit = 15 if stretch.international else LENGTH
    if not digits or len(digits) >= limit:
        return None
    return PhoneNumber(digits, False, not stretch.guessed, stretch.span)


def _corrected(parts: tuple[Dictation, ...]) -> tuple[Dictation, ...]:
    """What a correction may mean, likeliest first.

    « … cinquante-six, non, pardon, trente-cinq »: the first group after the cut replaces the last one before it, or all that
    comes after the cut replaces as many digits.
    """
    runs = (parts[0],)
    for correction in parts[1:]:
        groups = correction.shortest()
        if len("".join(groups)) >= 4 and groups[0][0] == "0":
            runs = (correction,)
        elif groups:
            lengths = dict.fromkeys((len(groups[0]), len("".join(groups))))
            runs = tuple(_without_last(run, length) + correction for run in runs for length in lengths)
    return runs


def _without_last(run: Dictation, count: int) -> Dictation:
    groups = list(run.shortest())
    while groups and count > 0:
        count -= len(groups.pop())
    return Dictation(tuple(groups), run.language, True)


def _whole(run: Dictation, international: bool) -> tuple[str, bool] | None:
    """(E.164, sure) when the run makes a whole number in some reading."""
    least = len("".join(run.shortest()))
    opening = "".join(run.shortest())[:4]
    if international or opening.startswith("00"):
        return _whole_international(run, least)
    if least > LENGTH:
        return _said_twice(run) or _british(run)
    readings = ["".join(r) for r in run.of_length(LENGTH, "0") if least == LENGTH or _in_pairs(r)]
    listed = [n for n in map(numbering_plan.national, readings) if n]
    if listed:
        return listed[0], len(listed) == 1 and least == LENGTH and not run.guessed
    unlisted = [n for n in map(numbering_plan.unlisted, readings) if n]
    if unlisted and least == LENGTH:
        return unlisted[0], False
    return _without_zero(run, least)


def _in_pairs(reading: tuple[str, ...]) -> bool:
    """Is everything after « zéro six » in pairs, said whole or digit by digit? Else « trente neuf » would count as 30 9."""
    groups = list(reading)
    if groups[0] == "0":
        groups[:2] = ["".join(groups[:2])]
    alone = 0
    for group in groups:
        if len(group) == 2 and alone % 2:
            return False
        alone = alone + 1 if len(group) == 1 else 0
        if len(group) > 2:
            return False
    return alone % 2 == 0


def _without_zero(run: Dictation, least: int) -> tuple[str, bool] | None:
    if least != LENGTH - 1:
        return None
    number = numbering_plan.national("0" + "".join(run.shortest()))
    return (number, False) if number and number[3] in "67" else None


def _whole_international(run: Dictation, least: int) -> tuple[str, bool] | None:
    found: dict[str, int] = {}
    for length in range(8, 16):
        for reading in run.of_length(length):
            number = numbering_plan.international("".join(reading).removeprefix("00"))
            if number:
                found.setdefault(number, length)
    if not found:
        digits = "".join(run.shortest()).removeprefix("00")
        number = numbering_plan.unlisted("0" + digits[2:].removeprefix("0")) if digits.startswith("33") else None
        return (number, False) if number else None
    number = min(found, key=lambda n: found[n])
    return number, len(found) == 1 and found[number] == least and not run.guessed


def _said_twice(run: Dictation) -> tuple[str, bool] | None:
    digits = "".join(run.shortest())
    half, odd = divmod(len(digits), 2)
    if odd or half != LENGTH or digits[:half] != digits[half:]:
        return None
    number = numbering_plan.national(digits[:half])
    return (number, not run.guessed) if number else None


def _british(run: Dictation) -> tuple[str, bool] | None:
    digits = "".join(run.shortest())
    if run.language is not Language.ENGLISH or len(digits) != 11 or digits[0] != "0":
        return None
    number = numbering_plan.international("44" + digits[1:])
    return (number, False) if number else None


def articles_only(utterance: Utterance, span: Span) -> bool:
    """« un », « une » alone are articles, not digits."""
    return all(_word(utterance, i) in _ARTICLES for i in range(*span))


def stretches_worth_reading(utterance: Utterance, language: Language) -> Iterator[Dictated]:
    for stretch in dictated(utterance, language):
        if stretch.parts and not articles_only(utterance, stretch.span):
            yield stretch
