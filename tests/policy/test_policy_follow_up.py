"""Work that a call makes due: urgent messages at once, others at the end, the ladder once, nothing for a rehearsal."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from voicebot.domain.call import Call
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.details import Detail
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.policy.follow_up import work_after_call, work_after_turn
from voicebot.policy.message import message_of

NIGHT = datetime(2026, 11, 23, 22, 15, tzinfo=UTC)
TAKEN = (Decision(Action.TAKE_MESSAGE, "leave.take_message", "house"),)
WOKEN = (Decision(Action.WAKE_ON_CALL, "handover.wake", "on_call"), *TAKEN)


def a_call(level: UrgencyLevel, outcome: Outcome = Outcome.MESSAGE) -> Call:
    return Call(
        id="call-1",
        client="ascenseurs-vauban",
        instructions_version=1,
        caller_number="+33639980102",
        dialled_number="+33199004455",
        started_at=NIGHT,
        language=Language.FRENCH,
        turns=4,
        urgency=Urgency(level, "house"),
        details={"caller_name": Detail("Zoé Durand", "Zoé Durand")},
        orientation=Orientation(outcome),
    )


def ids(call: Call, lifts: Instructions, decisions: tuple[Decision, ...] | None) -> list[str]:
    message = message_of(call, lifts, NIGHT)
    work = work_after_call(call, message, lifts) if decisions is None else work_after_turn(call, message, decisions)
    return [piece.id for piece in work]


def test_an_urgent_message_leaves_while_the_caller_still_speaks(lifts: Instructions) -> None:
    assert ids(a_call(UrgencyLevel.P1), lifts, TAKEN) == ["call-1-deliver-turn-4"]
    assert ids(a_call(UrgencyLevel.P3), lifts, TAKEN) == []


def test_whoever_was_said_to_be_woken_is_woken_once(lifts: Instructions) -> None:
    call = a_call(UrgencyLevel.P1, Outcome.ON_CALL)

    assert ids(call, lifts, WOKEN) == ["call-1-on-call", "call-1-deliver-turn-4"]
    assert ids(call, lifts, None) == ["call-1-deliver-final", "call-1-on-call"]


def test_a_caller_who_hung_up_early_wakes_people_too(lifts: Instructions) -> None:
    assert "call-1-on-call" in ids(a_call(UrgencyLevel.P0, Outcome.ON_CALL), lifts, None)


def test_a_roster_that_sleeps_wakes_nobody(lifts: Instructions) -> None:
    by_day = NIGHT.replace(hour=9)
    call = a_call(UrgencyLevel.P1, Outcome.ON_CALL)
    message = message_of(call, lifts, by_day)

    assert [w.id for w in work_after_call(call, message, lifts)] == ["call-1-deliver-final"]


def test_nothing_of_a_rehearsal_leaves_the_house(lifts: Instructions) -> None:
    call = replace(a_call(UrgencyLevel.P0, Outcome.ON_CALL), rehearsal=True)

    assert ids(call, lifts, WOKEN) == []
    assert ids(call, lifts, None) == []
