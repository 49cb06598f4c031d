"""What must still be done for a call once its state is saved: send its message, wake the people on call."""

from __future__ import annotations

from collections.abc import Iterable

from voicebot.domain.call import Call
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.work import Work, WorkKind

FINAL = "final"


def work_after_turn(call: Call, message: Message | None, decisions: Iterable[Decision]) -> tuple[Work, ...]:
    """Work that a turn makes due: whoever was said to be woken is woken, and an urgent message leaves at once.

    What is less urgent waits for the end of the call: the caller may still add to it. A rehearsal makes no work.
    """
    if call.rehearsal:
        return ()
    decisions = tuple(decisions)
    actions = {decision.action for decision in decisions}
    due: list[Work] = [text_caller(call, d.subject) for d in decisions if d.action is Action.SEND_TEXT]
    if Action.WAKE_ON_CALL in actions:
        due.append(wake(call))
    urgent = message is not None and message.urgency.level <= UrgencyLevel.P1
    if urgent and actions & {Action.TAKE_MESSAGE, Action.WAKE_ON_CALL}:
        due.append(_deliver(call, f"turn-{call.turns}"))
    return tuple(due)


def work_after_call(call: Call, message: Message | None, instructions: Instructions) -> tuple[Work, ...]:
    """Work that the end of a call makes due: its message is sent, and who should have been woken is, told or not."""
    if message is None or call.rehearsal:
        return ()
    urgent = message.orientation is not None and message.orientation.outcome is Outcome.ON_CALL
    wakes = urgent and instructions.roster_in_use(message.taken_at)
    return (_deliver(call, FINAL), *((wake(call),) if wakes else ()))


def wake(call: Call) -> Work:
    """The ladder of this call: one, however often it is asked for."""
    return Work(f"{call.id}-on-call", WorkKind.WAKE, call.id)


def text_caller(call: Call, text: str) -> Work:
    """An approved SMS to the caller: one of each text in a call, however often it is asked for."""
    return Work(f"{call.id}-text-{text}", WorkKind.TEXT_CALLER, call.id, text)


def _deliver(call: Call, revision: str) -> Work:
    return Work(f"{call.id}-deliver-{revision}", WorkKind.DELIVER, call.id, revision)
