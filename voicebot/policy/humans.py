"""What humans of ours do to a call: the queue moves, one takes it, gives it back or hints; each is a turn of the rules."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from voicebot.domain.acts import Act
from voicebot.domain.call import Call
from voicebot.domain.handoff import HandoffStatus, QueueStanding, Returned, Taker, Task, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.policy import taking_back, waiting
from voicebot.policy.decide import Verdict, answer, fail_transfer, verdict_of
from voicebot.policy.orientation import orient
from voicebot.policy.turn import URGENT_BY_HINT, Turn


def hear_queue(
    call: Call, instructions: Instructions, now: datetime, facilities: Facilities, standing: QueueStanding
) -> Verdict | None:
    """What the caller hears of the queue of agents; None when nothing is to be said now.

    The first standing, a better one, and one that is due are told; a callback is offered once; a queue that gave up leads to
    what a failed transfer leads to.
    """
    turn = Turn(call, (), instructions, now, facilities)
    if call.ended is not None or not waiting.waits(call) or standing.handoff != waiting.handoff_id(call):
        return None
    if standing.status is HandoffStatus.OVERFLOWED:
        fail_transfer(turn)
        return verdict_of(turn)
    if standing.status is HandoffStatus.RETURNED:
        taking_back.take_back(turn, Returned(standing.why or Why.NOT_CONNECTED))
        return verdict_of(turn)
    return verdict_of(turn) if waiting.tell_queue(turn, standing) else None


def announce(call: Call, instructions: Instructions, now: datetime, handoff: str, taker: Taker) -> Verdict | None:
    """Who takes the call. None when somebody has it already, or when it is over."""
    if call.ended is not None or call.handover.with_taker is not None:
        return None
    turn = Turn(call, (), instructions, now)
    taking_back.announce(turn, handoff, taker)
    return verdict_of(turn)


def take_back(
    call: Call, instructions: Instructions, now: datetime, facilities: Facilities, returned: Returned
) -> Verdict | None:
    """The caller is ours again. None when nobody had them or was to have them, or when the call is over."""
    nobody = call.handover.with_taker is None and not waiting.waits(call)
    if call.ended is not None or nobody:
        return None
    turn = Turn(call, (), instructions, now, facilities)
    taking_back.take_back(turn, returned)
    return verdict_of(turn)


def hear_hint(
    call: Call,
    acts: Iterable[Act],
    instructions: Instructions,
    now: datetime,
    facilities: Facilities,
    *,
    task: Task | None = None,
    urgent: bool = False,
) -> Verdict | None:
    """What somebody of ours who follows the call tells us. No decisions when there is nothing to say now.

    Args:
        acts: as policy.hints leaves them. task: what we are told to do. urgent: we are told that it is urgent.
    Returns: None when a human has the caller, or when the call is over.
    """
    if call.ended is not None or call.handover.with_taker is not None or call.handover.connects:
        return None
    turn = Turn(call, acts, instructions, now, facilities)
    if urgent:
        turn.tell_once(URGENT_BY_HINT)
    if urgent and not turn.acts:
        orient(turn)
    if turn.acts:
        answer(turn)
    elif task and not waiting.waits(call):
        taking_back.do_task(turn, task)
    return verdict_of(turn)
