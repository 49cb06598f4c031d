"""Leave-taking: the message is recorded, what happens next is said truly, the caller hangs up first if they like."""

from __future__ import annotations

from voicebot.domain.acts import Affirm, Refuse, SayGoodbye, Thank
from voicebot.domain.call import Awaited, EndReason, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.scenario import Outcome
from voicebot.policy.danger import danger_details
from voicebot.policy.details import missing_at_end
from voicebot.policy.turn import Turn


def take_message(turn: Turn) -> None:
    """The message is whole, or as whole as it will be: record it, say what happens next, ask for anything else."""
    urgent = danger_details(turn) is not None
    subject = turn.call.urgency.criterion if urgent and turn.call.urgency else turn.call.scenario or ""
    because = f"scenarios[{turn.scenario.id}].promise" if turn.scenario and turn.scenario.promise else "house"
    missing = missing_at_end(turn)
    turn.decide(
        Action.TAKE_MESSAGE,
        "leave.take_message",
        because,
        subject,
        missing=",".join(missing),
        when="open" if turn.is_open else "closed",
        urgent="yes" if urgent else "",
    )
    turn.change(stage=Stage.CLOSING, message_complete=not missing)
    turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
    turn.expect(Awaited.ANYTHING_ELSE)


def ask_anything_else(turn: Turn) -> None:
    """After an approved answer that needs no message."""
    turn.change(stage=Stage.CLOSING)
    turn.decide(Action.ASK_ANYTHING_ELSE, "leave.anything_else", "house")
    turn.expect(Awaited.ANYTHING_ELSE)


def hear_goodbye(turn: Turn) -> bool:
    """Ends the call when the caller is done. Returns: whether it ended."""
    closing = turn.call.stage is Stage.CLOSING
    finished = closing and turn.call.expectation.awaited is Awaited.ANYTHING_ELSE
    nothing_else = finished and (turn.first(Refuse) or turn.first(Thank)) and not turn.first(Affirm)
    if not (nothing_else or turn.first(SayGoodbye)):
        return False
    end(turn, EndReason.GOODBYE, "leave.goodbye")
    return True


def end(turn: Turn, reason: EndReason, rule: str) -> None:
    """Goodbye; a message that has begun and is not whole is kept as partial, and the caller is told so."""
    begun = bool(turn.call.details or turn.call.human_asked or turn.call.urgency)
    answered = turn.scenario is not None and turn.scenario.outcome is not Outcome.MESSAGE
    if begun and not answered and turn.call.stage is not Stage.CLOSING:
        turn.decide(Action.KEEP_PARTIAL_MESSAGE, rule, "house", reason, missing=",".join(missing_at_end(turn)))
    turn.decide(Action.TAKE_LEAVE, rule, "house", reason)
    turn.decide(Action.END_CALL, rule, "house", reason)
    turn.expect(Awaited.NOTHING)
