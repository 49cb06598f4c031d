"""Amounts: « douze », « nous sommes deux », « une trentaine », « deux ou trois », « personne »."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.language import Language
from voicebot.understanding.details.quantities import number_at
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import wordings

_ABOUT = {
    "huitaine": 8,
    "dizaine": 10,
    "douzaine": 12,
    "quinzaine": 15,
    "vingtaine": 20,
    "trentaine": 30,
    "quarantaine": 40,
    "cinquantaine": 50,
    "soixantaine": 60,
    "centaine": 100,
    "millier": 1000,
    "dozen": 12,
}


@dataclass(frozen=True, slots=True)
class Amount:
    """value: digits. sure: said as one exact number."""

    value: str
    sure: bool
    span: Span


def find_amount(utterance: Utterance, language: Language) -> Amount | None:
    """The amount of an utterance, the last one when it is taken back."""
    vague = utterance.find(wordings("amounts.vague")) is not None
    found: list[Amount] = []
    at = 0
    while at < len(utterance.tokens):
        word = utterance.tokens[at].plain
        if word.rstrip("s") in _ABOUT:
            found.append(Amount(str(_ABOUT[word.rstrip("s")]), False, (at, at + 1)))
        number = number_at(utterance, at, language)
        if number:
            article = (
                number.end == at + 1 and word in ("un", "une", "one", "a", "o", "oh") and number.end < len(utterance.tokens)
            )
            counted = not article or utterance.find(wordings("amounts.one")) is not None
            if counted:
                found.append(Amount(str(int(number.digits)), number.sure and number.groups == 1, (at, number.end)))
            at = number.end
        else:
            at += 1
    if not found:
        return _in_words(utterance)
    last = found[-1]
    return Amount(last.value, last.sure and len(found) == 1 and not vague, (found[0].span[0], last.span[1]))


def _in_words(utterance: Utterance) -> Amount | None:
    for section, value in (("amounts.one", "1"), ("amounts.none", "0")):
        span = utterance.find(wordings(section))
        if span:
            return Amount(value, True, span)
    return None
