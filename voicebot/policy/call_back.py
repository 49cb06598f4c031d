"""Being called back instead of waiting: offered once, promised only with a number that may be rung, recorded as promised."""

from __future__ import annotations

from datetime import datetime

from voicebot.domain.acts import Affirm, AskForHuman, AskForPerson, AskToWait, GiveDetail, Refuse, WaitingWish
from voicebot.domain.call import Awaited, Call, Stage
from voicebot.domain.callback import Callback
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME
from voicebot.domain.telephone_numbers import may_be_rung
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.details import ask_one
from voicebot.policy.handover import stop_looking
from voicebot.policy.turn import LEFT_QUEUE, Turn
from voicebot.policy.wanted import missing_detail

OFFERED = "ask:callback"
"""How often the caller was asked (Call.tries)."""
MOST_OFFERS = 2
WANTED, PROMISED = "callback.wanted", "callback.promised"
"""Told once (Call.told)."""
_PATH = "handoff.callback_after_s"


def offer(turn: Turn, waited_s: float) -> bool:
    """Offers a callback to whoever has waited long enough, once. Never in danger. Returns: whether it was offered."""
    after_s = turn.instructions.handoff.callback_after_s
    if after_s is None or waited_s < after_s or turn.tried(OFFERED) or not can_promise(turn):
        return False
    _ask(turn)
    return True


def can_promise(turn: Turn) -> bool:
    """Is the list of callbacks kept, and is there a number to call, or one to be had?"""
    if not turn.facilities.callback or turn.endangered or PROMISED in turn.call.told:
        return False
    return bool(number_of(turn)) or _may_ask_number(turn)


def number_of(turn: Turn) -> str:
    """The number that the caller gave, else the one that the carrier showed; "" when neither may be rung."""
    given = turn.call.details.get(CALLBACK_NUMBER)
    candidates = (given.value if given and given.complete else "", turn.call.caller_number)
    return next((number for number in candidates if number and may_be_rung(number)), "")


def hear(turn: Turn, wish: WaitingWish | None) -> bool:
    """The answer to the offer, or the number that it needs. Returns: whether it settled the turn."""
    asked = turn.before.expectation.awaited is Awaited.CALLBACK
    if PROMISED in turn.call.told or not turn.facilities.callback:
        return False
    if WANTED in turn.call.told:
        return _promise_or_ask(turn)
    if wish is WaitingWish.CALLBACK or (asked and wish is None and turn.first(Affirm) and not turn.first(Refuse)):
        return can_promise(turn) and _promise_or_ask(turn)
    declined = turn.first(Refuse) or turn.first(AskToWait) or wish is WaitingWish.WAIT
    if asked and (declined or turn.first(AskForHuman) or turn.first(AskForPerson)):
        turn.decide(Action.WAIT, "waiting.no_callback", _PATH, "transfer")
        turn.expect(Awaited.NOTHING, patient=True)
        return True
    if asked and not turn.decisions and not turn.first(GiveDetail) and turn.tried(OFFERED) < MOST_OFFERS:
        _ask(turn)
        return True
    return False


def correct(turn: Turn) -> bool:
    """« Non, plutôt au 06 … » after the promise: it is made again with that number. Returns: whether it was."""
    if PROMISED not in turn.call.told or turn.before.details.get(CALLBACK_NUMBER) == turn.call.details.get(CALLBACK_NUMBER):
        return False
    given = turn.call.details.get(CALLBACK_NUMBER)
    if given is None or not given.complete or not may_be_rung(given.value):
        return False
    _promise(turn, given.value)
    return True


def callback_of(call: Call, handoff: str, number: str, words: str, now: datetime) -> Callback:
    """The promise as it stands on the list. words: the sentence that was spoken."""
    name = call.details.get(CALLER_NAME)
    return Callback(
        id=f"{handoff}-callback",
        call=call.id,
        client=call.client,
        number=number,
        name=name.value if name else "",
        language=call.language,
        urgency=call.urgency.level if call.urgency else UrgencyLevel.P3,
        promised_at=now,
        words=words,
    )


def _ask(turn: Turn) -> None:
    turn.try_once_more(OFFERED)
    turn.decide(Action.OFFER_CALLBACK, "waiting.offer_callback", _PATH)
    turn.expect(Awaited.CALLBACK)


def _may_ask_number(turn: Turn) -> bool:
    never = CALLBACK_NUMBER in turn.instructions.confidentiality.never_keep
    return not never and missing_detail(turn, (CALLBACK_NUMBER,)) is not None


def _promise_or_ask(turn: Turn) -> bool:
    number = number_of(turn)
    if number:
        _promise(turn, number)
        return True
    turn.tell_once(WANTED)
    stage = turn.call.stage
    if _may_ask_number(turn) and ask_one(turn, CALLBACK_NUMBER):
        turn.change(stage=stage)
        return True
    # No number can be had: they wait on.
    turn.change(told=tuple(path for path in turn.call.told if path != WANTED))
    turn.decide(Action.WAIT, "waiting.no_number", _PATH, "transfer")
    turn.expect(Awaited.NOTHING, patient=True)
    return True


def _promise(turn: Turn, number: str) -> None:
    turn.tell_once(PROMISED)
    turn.tell_once(LEFT_QUEUE)
    stop_looking(turn)
    turn.change(stage=Stage.CLOSING, silences=0)
    turn.decide(Action.PROMISE_CALLBACK, "waiting.promise_callback", _PATH, number)
    turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
    turn.expect(Awaited.ANYTHING_ELSE)
