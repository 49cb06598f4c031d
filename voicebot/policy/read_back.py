"""Reading back: what will be written is said once, corrected, and never argued about."""

from __future__ import annotations

from voicebot.domain.acts import Affirm, Confidence, GiveDetail, Refuse, SayGoodbye, Thank, Unclear
from voicebot.domain.call import Awaited, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import DetailKind
from voicebot.policy.details import confirm_all
from voicebot.policy.turn import Turn
from voicebot.policy.wanted import optional_details, wanted_details

MOST_READ_BACKS = 3


def read_back(turn: Turn, *, only: tuple[str, ...] = ()) -> bool:
    """Reads the kept details back and waits for yes or no.

    Returns: False when nothing is left to confirm, or when the caller was asked often enough.
    """
    names = tuple(name for name in _unconfirmed(turn) if not only or name in only)
    if not names or turn.call.read_backs >= MOST_READ_BACKS:
        return False
    values = {name: turn.call.details[name].value for name in names}
    turn.change(stage=Stage.READING_BACK, read_backs=turn.call.read_backs + 1)
    turn.decide(Action.READ_BACK, "read_back.ask", "house", ",".join(names), **values)
    turn.expect(Awaited.CONFIRMATION)
    return True


def _unconfirmed(turn: Turn) -> tuple[str, ...]:
    """Details to read back; a yes or no was an answer to its own question already."""
    found: list[str] = []
    for name in (*wanted_details(turn), *optional_details(turn)):
        detail = turn.call.details.get(name)
        if (
            detail
            and detail.complete
            and not detail.confirmed
            and turn.instructions.detail_kind(name) is not DetailKind.YES_NO
        ):
            found.append(name)
    return tuple(found)


def hear_confirmation(turn: Turn) -> bool:
    """Obeys the answer to a read-back. Returns: whether the read-back was settled or answered in this turn."""
    if turn.call.stage is not Stage.READING_BACK or turn.call.expectation.awaited is not Awaited.CONFIRMATION:
        return False
    corrected = tuple(act.detail for act in turn.every(GiveDetail))
    if corrected:
        if not any(turn.call.details[name].complete for name in corrected if name in turn.call.details):
            return False
        return read_back(turn, only=corrected)
    if turn.first(Affirm) or (turn.first(Thank) and not turn.first(Refuse)) or turn.first(SayGoodbye):
        confirm_all(turn)
        return False
    if turn.first(Refuse):
        if turn.call.read_backs >= MOST_READ_BACKS:
            return False
        turn.change(read_backs=turn.call.read_backs + 1)
        turn.decide(Action.ASK_WHAT_IS_WRONG, "read_back.refused", "house", _doubtful(turn))
        return True
    if turn.first(Unclear):
        return read_back(turn)
    return False


def _doubtful(turn: Turn) -> str:
    """The detail that most probably is wrong: an unsure one, else the number."""
    details = turn.call.details
    unsure = [name for name, detail in details.items() if detail.confidence is Confidence.UNSURE]
    phones = [name for name in details if turn.instructions.detail_kind(name) is DetailKind.PHONE]
    return next(iter(unsure + phones), "")
