"""Keys pressed on the caller's telephone, read by what was asked."""

from __future__ import annotations

from voicebot.domain.acts import Act, Affirm, AskForHuman, Confidence, GiveDetail, PressKeys, Refuse, Unclear
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import CALLBACK_NUMBER, DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.understanding.details.numbering_plan import national, unlisted

HUMAN_KEY = "0"
_KEYED = (DetailKind.REFERENCE, DetailKind.NUMBER)


def acts_of_keys(keys: str, expected: Expectation, instructions: Instructions, *, paused: bool) -> tuple[Act, ...] | None:
    """Acts of the keys pressed so far.

    Args:
        keys: 0-9, * and #, in order. paused: no key has come for a while, so no more is to be waited for.
    Returns: acts, or None while more keys may follow.
    """
    pressed = PressKeys(keys)
    digits = "".join(key for key in keys if key.isdigit())
    finished = paused or keys.endswith("#")
    if expected.awaited is Awaited.CONFIRMATION and digits[:1] in ("1", "2"):
        return (pressed, Affirm(keys) if digits[0] == "1" else Refuse(keys))
    if expected.awaited is Awaited.PERSON and digits[:1] not in ("", HUMAN_KEY):
        return (pressed,)
    if expected.awaited is Awaited.DETAIL and expected.detail:
        kind = instructions.detail_kind(expected.detail)
        if kind is DetailKind.PHONE:
            return _phone(pressed, digits, expected.detail, finished=finished)
        if kind in _KEYED and _may_be_keyed(expected.detail, instructions):
            return _keyed(pressed, digits, expected.detail) if finished else None
    if digits == HUMAN_KEY and finished:
        return (pressed, AskForHuman(keys))
    if number := national(digits):
        return (pressed, GiveDetail(CALLBACK_NUMBER, number, digits))
    return (pressed, Unclear("")) if finished else None


def _may_be_keyed(detail: str, instructions: Instructions) -> bool:
    own = instructions.detail(detail)
    return own is not None and own.keys


def _keyed(pressed: PressKeys, digits: str, detail: str) -> tuple[Act, ...]:
    if digits == HUMAN_KEY:
        return (pressed, AskForHuman(digits))
    return (pressed, GiveDetail(detail, digits, digits) if digits else Unclear(""))


def _phone(pressed: PressKeys, digits: str, detail: str, *, finished: bool) -> tuple[Act, ...] | None:
    if number := national(digits):
        return (pressed, GiveDetail(detail, number, digits))
    if not finished:
        return None
    if number := unlisted(digits):
        return (pressed, GiveDetail(detail, number, digits, Confidence.UNSURE))
    if digits == HUMAN_KEY:
        return (pressed, AskForHuman(digits))
    return (pressed, Unclear(""))
