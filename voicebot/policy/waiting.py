"""Waiting for a human: what the caller hears of the queue, truly and not too often, and what they may wish meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from voicebot.domain.acts import (
    Affirm,
    AskForHuman,
    AskForPerson,
    AskOtherQuestion,
    AskToRepeat,
    GiveDetail,
    Refuse,
    WaitingWish,
    WishWhileWaiting,
)
from voicebot.domain.call import Awaited, Call, Stage
from voicebot.domain.callback import Callback
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.handoff import Handoff, HandoffStatus, QueueStanding, Why
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy import call_back
from voicebot.policy.handover import hold_on, stop_looking
from voicebot.policy.turn import LEFT_QUEUE, Turn

_EVERY = "handoff.tell_position_every_s"
_QUESTIONS = (AskOtherQuestion, AskForHuman, AskForPerson)


def waits(call: Call) -> bool:
    """Is a human being looked for, and has none the caller yet?"""
    return call.handover.to is not None and call.handover.with_taker is None


def handoff_id(call: Call) -> str:
    """Of the handoff that the call is, or was last, in."""
    return f"{call.id}-handoff-{call.handover.handoffs}"


# What the caller hears of the queue


def tell_queue(turn: Turn, standing: QueueStanding) -> bool:
    """How it stands, when it is new, better or due. Returns: False when nothing is to be said now."""
    asked = turn.call.expectation.awaited is not Awaited.NOTHING
    if not standing.status.queued or asked:
        return False
    told = _tell_position(turn, standing)
    offered = call_back.offer(turn, standing.waited_s)
    if told and not offered:
        turn.expect(Awaited.NOTHING, patient=True)
    return told or offered


def _tell_position(turn: Turn, standing: QueueStanding) -> bool:
    handover, every_s = turn.call.handover, turn.instructions.handoff.tell_position_every_s
    first = handover.told_at is None
    better = handover.position > standing.position > 0
    due = handover.told_at is not None and (turn.now - handover.told_at).total_seconds() >= every_s
    if not (first or better or due):
        return False
    ringing = standing.status is HandoffStatus.RINGING
    _note_told(turn, standing.position)
    turn.decide(
        Action.SAY_QUEUE,
        "waiting.position",
        _EVERY,
        str(standing.position),
        first="yes" if first else "",
        ringing="yes" if ringing else "",
    )
    return True


def _note_told(turn: Turn, position: int) -> None:
    turn.change(handover=replace(turn.call.handover, position=position, told_at=turn.now), silences=0)


# What the caller says meanwhile


def hear(turn: Turn) -> bool:
    """The caller speaks while a human is looked for. Returns: False when they leave the queue and the call goes on."""
    wish = turn.first(WishWhileWaiting)
    if wish and wish.wish in (WaitingWish.MESSAGE, WaitingWish.LEAVE):
        leave_queue(turn)
        return False
    if call_back.hear(turn, wish.wish if wish else None):
        return True
    if wish is None and turn.first(Refuse) and not _busy(turn):
        # « Non, laissez » : nothing was asked, so it is the waiting that is refused.
        leave_queue(turn)
        return False
    if turn.first(AskToRepeat) and not turn.decisions:
        turn.decide(Action.REPEAT, "opening.repeat", "house")
        turn.expect(Awaited.NOTHING, patient=True)
    elif _asks_how_it_stands(turn):
        say_how_it_stands(turn)
    else:
        hold_on(turn)
    return True


def _busy(turn: Turn) -> bool:
    return bool(turn.decisions) or turn.first(GiveDetail) is not None or turn.first(Affirm) is not None


def _asks_how_it_stands(turn: Turn) -> bool:
    wish = turn.first(WishWhileWaiting)
    if wish:
        return wish.wish is WaitingWish.HOW_LONG
    return any(turn.first(kind) for kind in _QUESTIONS) and not turn.decided(Action.SAFETY_SCRIPT, Action.ANSWER)


def say_how_it_stands(turn: Turn) -> None:
    """« C'est encore long ? » : the place that is known, how long they wait, and that nobody knows how long it takes."""
    handover = turn.call.handover
    waited_s = (turn.now - handover.queued_at).total_seconds() if handover.queued_at else 0.0
    turn.decide(
        Action.SAY_QUEUE,
        "waiting.asked",
        _EVERY,
        str(handover.position),
        known="yes",
        how_long="yes" if turn.first(WishWhileWaiting) or turn.first(AskOtherQuestion) else "",
        waited_min=str(int(waited_s // 60)) if waited_s >= 60 else "",
    )
    _note_told(turn, handover.position)
    turn.expect(Awaited.NOTHING, patient=True)


def leave_queue(turn: Turn) -> None:
    """The caller goes on with us: nobody is looked for any more, unless they ask for a human again."""
    stop_looking(turn)
    turn.tell_once(LEFT_QUEUE)
    turn.change(stage=Stage.CLOSING if turn.recorded else Stage.QUALIFYING, silences=0)
    turn.expect(Awaited.NOTHING)
    turn.decide(Action.LEAVE_QUEUE, "waiting.leave", "house")


# Rows that follow from a turn


def queued_by(
    before: Call, after: Call, decisions: Iterable[Decision], now: datetime, words: str = ""
) -> tuple[Handoff | Callback, ...]:
    """What a turn changes in the queue of agents and in the list of callbacks; saved with the turn, in one transaction.

    A new handoff; the same one again, more urgent or over, which the rows take only as far as it still waits; a callback.

    Args:
        words: the sentence by which a callback was promised, as it is spoken.
    """
    made = {d.action: d for d in decisions}
    queued: list[Handoff | Callback] = []
    if (promised := made.get(Action.PROMISE_CALLBACK)) and not after.rehearsal:
        queued.append(call_back.callback_of(after, handoff_id(after), promised.subject, words, now))
    waited = waits(before) and handoff_id(before)
    if waited and not (waits(after) and handoff_id(after) == waited) and after.handover.with_taker is None:
        over = handoff_of(before, "house", now)
        queued.append(replace(over, status=HandoffStatus.ABANDONED, why=Why.LEFT_QUEUE))
    if transfer := made.get(Action.TRANSFER):
        queued.append(handoff_of(after, transfer.because, now))
    elif waited and waits(after) and level_of(after) < level_of(before):
        queued.append(handoff_of(after, "house", now))
    return tuple(queued)


def handoff_of(call: Call, because: str, now: datetime) -> Handoff:
    """The handoff of a call for which a human is being looked for."""
    return Handoff(
        id=handoff_id(call),
        call=call.id,
        client=call.client,
        language=call.language,
        urgency=level_of(call),
        queued_at=call.handover.queued_at or now,
        changed_at=now,
        to=call.handover.to or "",
        because=because,
        rehearsal=call.rehearsal,
    )


def level_of(call: Call) -> UrgencyLevel:
    return call.urgency.level if call.urgency else UrgencyLevel.P3
