"""Built-in understanding: fixed French and English rules, in under a millisecond, without any model."""

from __future__ import annotations

import time
from dataclasses import dataclass

from voicebot.understanding.dangers.red_flags import warm_red_flags
from voicebot.understanding.dates.find import warm_dates
from voicebot.understanding.masking import mask_payment_numbers
from voicebot.understanding.one_turn import OneTurn
from voicebot.understanding.ports import Context, Reading
from voicebot.understanding.vocabulary import warm_wordings
from voicebot.understanding.wishes.meanings import warm_meanings


@dataclass(frozen=True, slots=True)
class Explained:
    """A reading, and whether it accounts for everything that was said."""

    reading: Reading
    everything: bool


class Rules:
    """The Understanding that is always there. Reads its files when it is made, so that no turn waits for them."""

    def __init__(self) -> None:
        warm_red_flags()
        warm_wordings()
        warm_meanings()
        warm_dates()

    async def read(self, words: str, context: Context) -> Reading:
        """Acts in `words`, by rules alone. Never raises for what a caller says."""
        return read_by_rules(words, context)

    def read_in_full(self, words: str, context: Context) -> Explained:
        """The same, with whether any words are left that no rule knows."""
        return read_in_full(words, context)


def read_by_rules(words: str, context: Context) -> Reading:
    """The same without a coroutine."""
    return read_in_full(words, context).reading


def read_in_full(words: str, context: Context) -> Explained:
    """Acts in `words`, card and account numbers masked first, and whether any words are left that no rule knows."""
    began = time.perf_counter()
    turn = OneTurn.of(mask_payment_numbers(words), context)
    found = turn.acts()
    reading = Reading(found, "rules", took_ms=(time.perf_counter() - began) * 1000, language=turn.spoken)
    return Explained(reading, turn.accounts_for_everything())
