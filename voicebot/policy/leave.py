"""Leave-taking: the message is recorded, what happens next is said truly, the caller hangs up first if they like."""

from __future__ import annotations

from voicebot.domain.acts import (
    Affirm,
    AskForHuman,
    AskForPerson,
    AskOtherQuestion,
    AskQuestion,
    Confidence,
    GiveDetail,
    Refuse,
    SayGoodbye,
    StateRequest,
    Thank,
)
from voicebot.domain.call import Awaited, EndReason, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER
from voicebot.domain.orientation import OnCallNews
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.handover import say_cost, stop_looking, wake_on_call
from voicebot.policy.on_call_news import ask_to_stay, may_ask_to_stay, wait_on
from voicebot.policy.orientation import leaves_no_message
from voicebot.policy.turn import MESSAGE, Turn
from voicebot.policy.wanted import missing_at_end


def take_message(turn: Turn) -> None:
    """The message is whole, or as whole as it will be: record it, say what happens next, ask for anything else."""
    urgency, scenario, orientation = turn.call.urgency, turn.scenario, turn.call.orientation
    urgent = urgency is not None and urgency.level <= UrgencyLevel.P1
    missing, sent = missing_at_end(turn), turn.facilities.delivery
    promise = _promise_path(turn) if sent and not missing else ""
    reachable = bool(turn.call.caller_number) or CALLBACK_NUMBER not in missing
    say_cost(turn)
    wake_on_call(turn, last_moment=True)
    turn.decide(
        Action.TAKE_MESSAGE,
        "leave.take_message",
        promise or (orientation.because if orientation else "house"),
        urgency.criterion if urgency and turn.endangered else scenario.id if scenario else "",
        missing=",".join(missing),
        when="open" if turn.is_open else "closed",
        urgent="yes" if urgent else "",
        callback="yes" if turn.call.human_asked and not promise and reachable and sent else "",
        **({} if sent else {"held": "yes"}),
    )
    turn.tell_once(MESSAGE)
    turn.change(stage=Stage.CLOSING, message_complete=not missing)
    what_else(turn)


def what_else(turn: Turn) -> None:
    """What a caller hears last: that people are still being tried, whether they stay for that, or « autre chose ? »."""
    if turn.call.handover.stays:
        wait_on(turn)
    elif may_ask_to_stay(turn):
        ask_to_stay(turn)
    else:
        turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
        turn.expect(Awaited.ANYTHING_ELSE)


def _promise_path(turn: Turn) -> str:
    """A promise belongs to what its scenario leads to by itself: not to a danger, an escalation or a filter."""
    orientation, scenario = turn.call.orientation, turn.scenario
    if scenario is None or scenario.promise is None or turn.endangered or orientation is None:
        return ""
    because = orientation.because
    filtered = because.startswith("filters[") and turn.filter is not None and turn.filter.details is not None
    return "" if filtered or ".escalations[" in because else f"scenarios[{scenario.id}].promise"


def ask_anything_else(turn: Turn) -> None:
    """After an approved answer that needs no message."""
    turn.change(stage=Stage.CLOSING)
    what_else(turn)


def hear_goodbye(turn: Turn) -> bool:
    """Ends the call when the caller is done. Returns: whether it ended."""
    closing = turn.call.stage is Stage.CLOSING
    finished = closing and turn.call.expectation.awaited is Awaited.ANYTHING_ELSE
    nothing_else = (
        finished and (turn.first(Refuse) or turn.first(Thank)) and not turn.first(Affirm) and not _wants_more(turn)
    )
    if not (nothing_else or turn.first(SayGoodbye)):
        return False
    end(turn, EndReason.GOODBYE, "leave.goodbye")
    return True


def _wants_more(turn: Turn) -> bool:
    """« Non, mais je voudrais aussi un devis. »"""
    wishes = (AskQuestion, AskOtherQuestion, AskForHuman, AskForPerson, GiveDetail)
    sure = any(act.confidence is Confidence.SURE for act in turn.every(StateRequest))
    return sure or any(turn.first(wish) for wish in wishes)


def end(turn: Turn, reason: EndReason, rule: str, because: str = "house") -> None:
    """Goodbye; a message that has begun and is not whole is kept as partial, and the caller is told so."""
    call = turn.call
    begun = bool(call.details or call.human_asked or call.urgency)
    answered = call.orientation is not None and leaves_no_message(call.orientation)
    if begun and not answered and call.stage is not Stage.CLOSING:
        wake_on_call(turn, last_moment=True)
        turn.decide(Action.KEEP_PARTIAL_MESSAGE, rule, because, reason, missing=",".join(missing_at_end(turn)))
    stop_looking(turn)
    trying = call.handover.told is OnCallNews.TRYING and turn.recorded and reason is EndReason.TIME_LIMIT
    turn.decide(Action.TAKE_LEAVE, rule, because, reason, **({"trying": "yes"} if trying else {}))
    turn.decide(Action.END_CALL, rule, because, reason)
    turn.expect(Awaited.NOTHING)
