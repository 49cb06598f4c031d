"""The message as it stands: made from the call after every turn, so that a caller who hangs up has left what was said."""

from __future__ import annotations

from datetime import datetime

from voicebot.domain.call import Call, EndReason
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message, MessageState
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.policy.orientation import leaves_no_message, where_to
from voicebot.policy.turn import Turn
from voicebot.policy.wanted import missing_at_end


def message_of(call: Call, instructions: Instructions, now: datetime) -> Message | None:
    """The message of this call so far, or None while there is nothing to keep.

    An approved answer that was all the caller wanted, or a refused request, leaves no message; what was recorded stays.
    """
    turn = Turn(call, (), instructions, now)
    scenario = turn.scenario
    orientation = call.orientation or where_to(turn)
    # Whoever heard « j'ai enregistré ce que vous m'avez dit » leaves a message, however little that was.
    told = call.details or call.human_asked or call.urgency or call.scenario or call.question_noted
    something = bool(told) or turn.recorded
    # « Je la note pour l'équipe » was said of a question that no approved answer fits.
    noted = call.question_noted and orientation.outcome is Outcome.ANSWER
    if call.ended is EndReason.HANDLED and not _to_be_written(turn):
        return None
    if not something or (leaves_no_message(orientation) and not turn.recorded and not noted):
        return None
    missing = missing_at_end(turn)
    whole = call.message_complete and not missing
    level = scenario.urgency if scenario else UrgencyLevel.P3
    return Message(
        id=f"{call.id}-message",
        call=call.id,
        client=call.client,
        instructions_version=call.instructions_version,
        state=MessageState.COMPLETE if whole else MessageState.PARTIAL,
        taken_at=now,
        language=call.language,
        number_shown=call.caller_number,
        scenario=call.scenario,
        scenario_title=scenario.title[instructions.language] if scenario else "",
        urgency=call.urgency or Urgency(level, call.scenario or "house"),
        person_wanted=call.person_asked,
        human_wanted=call.human_asked,
        details=call.details,
        missing=missing,
        verbatim=call.verbatim,
        callback_promised=call.promise,
        orientation=orientation,
        caller_kind=call.caller_kind,
    )


def _to_be_written(turn: Turn) -> bool:
    """Does a call that a human of ours handled to its end leave a message all the same?

    What the caller was told is recorded, noted or promised, what is urgent, and what an agent told us to take. Otherwise the
    human who had the caller did what was to be done: a half message would make the client do it again.
    """
    call = turn.call
    urgent = call.urgency is not None and call.urgency.level <= UrgencyLevel.P1
    return bool(turn.recorded or call.question_noted or call.promise or urgent or call.handover.task)
