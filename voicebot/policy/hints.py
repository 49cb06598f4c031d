"""Hints: what of somebody else's words may act on a call. The caller says yes, no and goodbye; nobody else does for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from voicebot.domain.acts import (
    Act,
    AskForHuman,
    AskForLanguage,
    AskForPerson,
    AskQuestion,
    Confidence,
    GiveDetail,
    RaiseRedFlag,
    StateRequest,
)
from voicebot.domain.call import Call
from voicebot.domain.details import HOUSE_DETAILS, DetailKind
from voicebot.domain.instructions import Instructions

_FREE = (DetailKind.FREE_TEXT, DetailKind.PERSON)
"""Kinds whose value is somebody's own words: read back, they would be the hint itself."""


def acts_by_hint(acts: Iterable[Act], call: Call, instructions: Instructions) -> tuple[Act, ...]:
    """Acts of a hint as the rules may take them: values are unsure, requests are asked about, no words are kept.

    A value never replaces one that the caller confirmed.
    """
    kept = (_by_hint(act, call, instructions) for act in acts)
    return tuple(act for act in kept if act is not None)


def _by_hint(act: Act, call: Call, instructions: Instructions) -> Act | None:
    match act:
        case GiveDetail():
            return _value(act, call, instructions)
        case StateRequest():
            return replace(act, words="", confidence=Confidence.UNSURE)
        case RaiseRedFlag() | AskForHuman() | AskQuestion() | AskForLanguage():
            return replace(act, words="")
        case AskForPerson(person=person) if person is not None:
            return replace(act, words="")
        case _:
            return None


def _value(act: GiveDetail, call: Call, instructions: Instructions) -> GiveDetail | None:
    if instructions.detail(act.detail) is None and act.detail not in HOUSE_DETAILS:
        return None
    known = call.details.get(act.detail)
    if instructions.detail_kind(act.detail) in _FREE or not act.complete or (known is not None and known.confirmed):
        return None
    return replace(act, words="", confidence=Confidence.UNSURE, correction=False)
