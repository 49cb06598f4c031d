"""Hearing: words and numbers as the ears wrote them, against what the caller really said."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import jiwer
from num2words import num2words

from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Quantity
from voicebot.understanding.normalise import plain

CHECKS = Checks(Area.HEARING)
LIMITS = ("word_error_rate",)
_LONGEST = 7
_MOST = 1000
SHORTEST_ENTITY = 3
"""Digits in a row from which they are a number to be kept, not a counting word."""
_SAME = {"the": "", "euh": "", "hum": "", "uh": "", "um": "", "monsieur": "m", "madame": "mme", "mister": "mr"}


@CHECKS.measure(
    "word_error_rate",
    "entity_error_rate",
    needs=(Need.REFERENCE,),
    fr="Part des mots mal entendus, et part des numéros (3 chiffres ou plus) qui ne sont pas entendus justes.",
    en="Share of words misheard, and share of numbers (3 digits or more) that were not heard right.",
)
def errors(call: CallInHand) -> Iterator[Quantity]:
    pair = _both(call)
    if pair is None:
        return
    said, heard = pair
    yield Quantity("word_error_rate", "rate", (round(word_error_rate(said, heard), 4),))
    wanted = numbers_in(said)
    if wanted:
        found = numbers_in(heard)
        yield Quantity("entity_error_rate", "rate", tuple(float(number not in found) for number in wanted))


@CHECKS.check(
    "word_error_rate",
    Need.REFERENCE,
    fr="La part des mots mal entendus tient la limite convenue ; sans limite, elle n'est que mesurée.",
    en="The share of words misheard keeps the agreed limit; without a limit it is only measured.",
)
def within_limit(call: CallInHand) -> Iterator[Found]:
    pair, limit = _both(call), call.limits.get("word_error_rate")
    if pair is not None and limit is not None:
        rate = word_error_rate(*pair)
        yield Found(rate <= limit, f"≤ {limit:.0%}", f"{rate:.1%}")


def _both(call: CallInHand) -> tuple[str, str] | None:
    if call.expect is None or call.expect.heard is None:
        return None
    said = " ".join(call.expect.heard)
    return (said, " ".join(t.text for t in call.transcript.caller_turns)) if bare_words(said) else None


def word_error_rate(said: str, heard: str) -> float:
    """Substituted, dropped and added words, by the words that were said; 0 is right, more than 1 is possible.

    « 06 12 » equals « zéro six douze », « l'été » equals « lete » but for its apostrophe, case and accents do not count.
    """
    return float(jiwer.wer(" ".join(bare_words(said)), " ".join(bare_words(heard))))


def bare_words(text: str) -> list[str]:
    """Words without accents, case and hesitations; every number as its single digits."""
    words = [w for word in plain(text).split() if (w := _SAME.get(word, word))]
    return list(_with_digits(words))


def numbers_in(text: str) -> list[str]:
    """Runs of at least SHORTEST_ENTITY digits, joined."""
    runs = re.findall(r"(?:\b\d\b ?)+", " ".join(bare_words(text)))
    return [digits for run in runs if len(digits := run.replace(" ", "")) >= SHORTEST_ENTITY]


def _with_digits(words: list[str]) -> Iterator[str]:
    i = 0
    while i < len(words):
        if words[i].isdigit():
            yield from words[i]
            i += 1
            continue
        for length in range(min(_LONGEST, len(words) - i), 0, -1):
            number = _number_words().get(" ".join(words[i : i + length]))
            if number is not None:
                yield from number
                i += length
                break
        else:
            yield words[i]
            i += 1


@lru_cache(maxsize=1)
def _number_words() -> dict[str, str]:
    """« quatre vingt douze » → 92, « vingt et un » → 21, "twenty one" → 21."""
    found = {
        plain(num2words(n, lang=lang)): str(n) for lang in ("fr", "en", "fr_CH", "fr_BE") for n in reversed(range(_MOST))
    }
    return found | {"oh": "0"}
