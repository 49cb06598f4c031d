"""Digits of one call and what they become: whole numbers, and the pieces in which people say them."""

from __future__ import annotations

from collections.abc import Iterable

from voicebot.quality.records.personal_data import Personal
from voicebot.quality.records.pseudonyms import Pseudonyms

FEWEST_OF_A_PIECE = 3
"""Digits that are taken for a piece of a known number wherever they stand."""
FEWEST_UNKNOWN = 5
"""Digits in a row that are changed although nobody knows what they are: contracts, postcodes, cards."""


class DigitStrings:
    """Known digits of a call, longest first, with what stands for them."""

    def __init__(self, personal: Personal, pseudonyms: Pseudonyms) -> None:
        self._pseudonyms = pseudonyms
        known: dict[str, str] = {}
        for number in personal.numbers:
            invented = pseudonyms.number(number)
            known[number[1:]] = invented[1:]
            if number.startswith("+33"):
                known[f"0{number[3:]}"] = f"0{invented[3:]}"
        for reference in personal.references:
            changed = pseudonyms.characters(reference)
            digits = [(a, b) for a, b in zip(reference, changed, strict=True) if a.isdigit()]
            known["".join(a for a, _ in digits)] = "".join(b for _, b in digits)
        self._known = dict(sorted(known.items(), key=lambda pair: -len(pair[0])))

    @property
    def known(self) -> Iterable[str]:
        return self._known

    def of(self, digits: str, *, asked: bool, unknown: bool) -> str | None:
        """As many digits in their place, None when they stay. asked: a number was asked for. unknown: others change, too."""
        if digits in self._known:
            return self._known[digits]
        fewest = 2 if asked else FEWEST_OF_A_PIECE
        if len(digits) >= fewest:
            for whole, invented in self._known.items():
                at = whole.find(digits)
                if at >= 0 and len(invented) == len(whole):
                    return invented[at : at + len(digits)]
        for whole, invented in self._known.items():
            # A number inside a longer run: said twice, or with what follows it.
            if len(whole) >= FEWEST_UNKNOWN and whole in digits and len(invented) == len(whole):
                return self._rest(digits, whole, invented)
        if unknown and (len(digits) >= FEWEST_UNKNOWN or (asked and len(digits) >= 2)):
            return self._pseudonyms.characters(digits)
        return None

    def _rest(self, digits: str, whole: str, invented: str) -> str:
        before, _, after = digits.partition(whole)
        return (
            (self._pseudonyms.characters(before) if before else "")
            + invented
            + (self._pseudonyms.characters(after) if after else "")
        )
