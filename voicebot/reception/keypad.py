"""Keys pressed on the caller's telephone, read by what was asked."""

from __future__ import annotations

from voicebot.domain.acts import Act, Affirm, AskForHuman, Confidence, GiveDetail, PressKeys, Refuse, Unclear
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import CALLBACK_NUMBER, DetailKind
from voicebot.domain.instructions import Instructions
from voicebot.understanding.numbering_plan import national, unlisted

HUMAN_KEY = "0"


def acts_of_keys(keys: str, expected: Expectation, instructions: Instructions, *, paused: bool) -> tuple[Act, ...] | None:
    """Acts of the keys pressed so far.

    Args:
        keys: 0-9, * and #, in order. paused: no key has come for a while, so no more is to be waited for.
    Returns: acts, or None while more keys may follow.
    """
    pressed = PressKeys(keys)
    digits = "".join(key for key in keys if key.isdigit())
    if expected.awaited is Awaited.CONFIRMATION and digits[:1] in ("1", "2"):
        return (pressed, Affirm(keys) if digits[0] == "1" else Refuse(keys))
    detail = expected.detail or ""
    if expected.awaited is Awaited.DETAIL and detail and instructions.detail_kind(detail) is DetailKind.PHONE:
        return _phone(pressed, digits, detail, finished=paused or keys.endswith("#"))
    if digits == HUMAN_KEY and (paused or keys.endswith("#")):
        return (pressed, AskForHuman(keys))
    if number := national(digits):
        return (pressed, GiveDetail(CALLBACK_NUMBER, number, digits))
    if not paused and not keys.endswith("#"):
        return None
    return (pressed, Unclear(""))


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
