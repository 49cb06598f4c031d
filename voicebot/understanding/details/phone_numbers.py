"""Telephone numbers as callers dictate them: in pairs, digit by digit, cut, corrected, begun again, continued."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from voicebot.domain.language import Language
from voicebot.understanding.details import numbering_plan
from voicebot.understanding.details.dictation import BREAK, Dictation
from voicebot.understanding.details.stretches import Dictated
from voicebot.understanding.normalise import Span

LENGTH = 10
"""Digits of a French number."""

_LONGEST = 26
"""Digits beyond which no telephone number was dictated, not even twice."""


@dataclass(frozen=True, slots=True)
class PhoneNumber:
    """value: E.164 when complete, else the digits so far. sure: one reading only, and the numbering plan has it."""

    value: str
    complete: bool
    sure: bool
    span: Span


def interpret(stretch: Dictated, prior: Dictation | None = None) -> PhoneNumber | None:
    """The number that a stretch gives, continued from `prior` when that makes it whole; None when it makes none."""
    several = len(stretch.parts) > 1
    whole = _whole(stretch.parts[-1], stretch.international and not several)
    if whole:
        return PhoneNumber(whole[0], True, whole[1], stretch.span)
    if prior and not stretch.restarted:
        return _continued(prior, stretch)
    if stretch.softly:
        # « … trente et un, enfin trente-deux » corrects, « … trente et un et enfin trente-deux » goes on.
        whole = _whole(_joined(stretch.parts), stretch.international)
        if whole:
            return PhoneNumber(whole[0], True, False, stretch.span)
    runs = list(_corrected(stretch.parts, stretch.denying))
    for run in runs:
        whole = _whole(run, stretch.international)
        if whole:
            return PhoneNumber(whole[0], True, whole[1] and not several, stretch.span)
    return _begun("".join(runs[-1].shortest()), stretch)


def _joined(parts: tuple[Dictation, ...]) -> Dictation:
    run = parts[0]
    for part in parts[1:]:
        run = run + part
    return run


def _continued(prior: Dictation, stretch: Dictated) -> PhoneNumber | None:
    """Digits after a breath. A pair cannot reach over it, and whoever begins with the same 06 may have begun again."""
    before = "".join(prior.shortest())
    abroad = before.startswith(("33", "00"))
    said = "".join(stretch.parts[0].shortest())
    begun_again = said[:1] == "0" and len(said) >= 2 and said[:2] == before[:2]
    runs = list(_corrected((prior + stretch.parts[0], *stretch.parts[1:]), stretch.denying))
    for run in runs:
        whole = _whole(run, abroad)
        if whole:
            clean = len(before + said) in (LENGTH, 11) and not begun_again and len(stretch.parts) == 1
            return PhoneNumber(whole[0], True, whole[1] and clean, stretch.span)
    alone = "".join(list(_corrected(stretch.parts, stretch.denying))[-1].shortest())
    if begun_again or (alone[:1] == "0" and len(before + alone) > LENGTH):
        return _begun(alone, stretch)
    return _begun("".join(runs[-1].shortest()), stretch)


def _begun(digits: str, stretch: Dictated) -> PhoneNumber | None:
    limit = 15 if stretch.international else LENGTH
    if not digits or len(digits) >= limit:
        return None
    return PhoneNumber(digits, False, not stretch.guessed, stretch.span)


def _corrected(parts: tuple[Dictation, ...], denying: frozenset[int] = frozenset()) -> Iterator[Dictation]:
    """What corrections may mean, likeliest first; the last is what they mean while the number is not whole.

    « … cinquante-six, non, pardon, trente-cinq »: what comes after the cut replaces as many digits as make ten of the
    whole, or the first group after it replaces the last one before.
    """
    if len(parts) == 1:
        yield parts[0]
        return
    runs = [parts[0]]
    for i, correction in enumerate(parts[1:], 1):
        last = i == len(parts) - 1
        runs = [new for run in runs for new in _replaced(run, correction, denies=i in denying, last=last)]
    yield from runs


def _replaced(run: Dictation, correction: Dictation, *, denies: bool, last: bool) -> list[Dictation]:
    groups = list(correction.shortest())
    digits = "".join(groups)
    if len(digits) >= 4 and digits[0] == "0":
        return [correction]
    if not groups:
        return [run]
    before = run.shortest()
    if denies and len(groups) > 1 and before and groups[0] == before[-1]:
        # « douze, non pas douze, treize »: the wrong group is said once more before the right one.
        return [_without_last(run, len(groups[0])) + Dictation(tuple(groups[1:]), run.language, True)]
    needed = len("".join(before)) + len(digits) - LENGTH
    lengths = [needed] if last and needed > 0 else []
    lengths += [2] if len(groups[0]) == 1 and len(groups) > 1 and len(before) > 1 else []
    lengths += [len(groups[0])]
    return [_without_last(run, length) + correction for length in dict.fromkeys(lengths)]


def _without_last(run: Dictation, count: int) -> Dictation:
    groups = list(run.shortest())
    while groups and count > 0:
        count -= len(groups.pop())
    return Dictation(tuple(groups), run.language, True)


def _whole(run: Dictation, international: bool) -> tuple[str, bool] | None:
    """(E.164, sure) when the run makes a whole number in some reading."""
    if BREAK not in run.words:
        return _whole_of(run, international)
    # A breath between two groups is believed when it makes a whole number, else it was no more than a breath.
    parted = _whole_of(run, international)
    if parted and parted[1]:
        return parted
    joined = _whole_of(run.unbroken, international)
    if joined is None:
        return parted
    same = run.unbroken.shortest() == run.shortest()
    return (joined[0], joined[1] and same) if parted is None or same else (parted[0], False)


def _whole_of(run: Dictation, international: bool) -> tuple[str, bool] | None:
    least = len("".join(run.shortest()))
    if least > _LONGEST:
        return None
    opening = "".join(run.shortest())[:4]
    if (international and opening[:1] != "0") or opening.startswith("00"):
        return _whole_international(run, least)
    if least > LENGTH:
        return _said_twice(run) or _begun_twice(run) or _with_country(run, least) or _british(run)
    begun_in_pairs = least > 0 and _in_pairs(run.shortest())
    whole = run.of_length(LENGTH, "0")
    if least != LENGTH:
        whole = [r for r in whole if _in_pairs(r) and not (begun_in_pairs and _splits_a_number(r))]
    readings = ["".join(r) for r in whole]
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
            return group == groups[0]
    return alone % 2 == 0


def _splits_a_number(reading: tuple[str, ...]) -> bool:
    """« zéro six trente neuf quatre vingt dix huit » is 06 39 98 and more to come; nobody means 06 30 9 4 20 18."""
    return any(
        len(ten) == 2 and ten[1] == "0" and ten > "10" and len(unit) == 1 and unit not in "01"
        for ten, unit in pairwise(reading)
    )


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


def _begun_twice(run: Dictation) -> tuple[str, bool] | None:
    """« zéro six quarante-cinq, zéro six quarante-cinq dix-sept … »: begun, and begun again with the same digits."""
    digits = "".join(run.shortest())
    again = digits[-LENGTH:]
    first = digits[:-LENGTH]
    if len(first) < 2 or not again.startswith(first):
        return None
    number = numbering_plan.national(again)
    return (number, False) if number else None


def _with_country(run: Dictation, least: int) -> tuple[str, bool] | None:
    """« trente-trois six douze … » without « plus »."""
    digits = "".join(run.shortest())
    if least != LENGTH + 1 or not digits.startswith("33"):
        return None
    number = numbering_plan.international(digits)
    return (number, False) if number else None


def _british(run: Dictation) -> tuple[str, bool] | None:
    digits = "".join(run.shortest())
    if run.language is not Language.ENGLISH or len(digits) != 11 or digits[0] != "0":
        return None
    number = numbering_plan.international("44" + digits[1:])
    return (number, False) if number else None
