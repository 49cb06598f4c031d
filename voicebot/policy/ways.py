"""Ways to ask for a detail: at most two questions, then spelling or the keypad, then it is left as it is: never a loop."""

from __future__ import annotations

from enum import StrEnum

from voicebot.domain.details import DetailKind
from voicebot.policy.turn import Turn

MOST_TRIES = 2
"""Plain questions for one detail before another way is taken (domain.md: two tries at most)."""


class Way(StrEnum):
    QUESTION = "question"
    AGAIN = "again"
    SPELL = "spell"
    KEYPAD = "keypad"


_BY_KIND = {
    DetailKind.PHONE: (Way.QUESTION, Way.AGAIN, Way.KEYPAD),
    DetailKind.NAME: (Way.QUESTION, Way.SPELL),
    DetailKind.EMAIL: (Way.QUESTION, Way.SPELL),
    DetailKind.REFERENCE: (Way.QUESTION, Way.AGAIN, Way.SPELL),
}
_KEYED = (DetailKind.REFERENCE, DetailKind.NUMBER)


def ways(turn: Turn, detail: str) -> tuple[Way, ...]:
    """How a mandatory detail is asked for, one way per try, in order."""
    kind, own = turn.instructions.detail_kind(detail), turn.instructions.detail(detail)
    plain = _BY_KIND.get(kind, (Way.QUESTION, Way.AGAIN))
    return (*plain, Way.KEYPAD) if own and own.keys and kind in _KEYED else plain
