"""Calls, events and messages for the tests of the store."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from voicebot.domain.acts import Confidence
from voicebot.domain.call import Awaited, Call, Expectation, RecordingState, Stage
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, Detail, DetailSource
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.urgency import Urgency, UrgencyLevel

BEGAN = datetime(2026, 3, 12, 21, 14, 5, 123456, tzinfo=UTC)

DETAILS = {
    CALLER_NAME: Detail("Zoé Lefèvre", "zoé lefèvre l e f è", Confidence.UNSURE),
    CALLBACK_NUMBER: Detail("+33612345678", "zéro six douze", source=DetailSource.KEYPAD, confirmed=True),
}


def a_call(call_id: str = "call-1", **changes: Any) -> Call:
    """A call in the middle of its qualification."""
    call = Call(
        id=call_id,
        client="chauffage",
        instructions_version=3,
        caller_number="+33612345678",
        dialled_number="+33184000001",
        started_at=BEGAN,
        language=Language.FRENCH,
        carrier="twilio",
        carrier_call_id=f"CA-{call_id}",
        stage=Stage.QUALIFYING,
        expectation=Expectation(Awaited.DETAIL, CALLER_NAME, keypad=True),
        scenario="panne",
        urgency=Urgency(UrgencyLevel.P1, "gas_smell", "ça sent le gaz"),
        safety_script_given=("gas_smell",),
        details=DETAILS,
        tries={CALLER_NAME: 2},
        person_asked="m-durand",
        turns=4,
        recording=RecordingState.ON,
        last_said=("s-4", "s-5"),
    )
    return replace(call, **changes)


def an_event(number: int, **data: Any) -> CallEvent:
    return CallEvent(number, BEGAN + timedelta(milliseconds=20 * number), EventKind.CALLER_SAID, data or {"turn": number})


def a_message(call_id: str = "call-1", **changes: Any) -> Message:
    message = Message(
        id=f"message-of-{call_id}",
        call=call_id,
        client="chauffage",
        instructions_version=3,
        state=MessageState.PARTIAL,
        taken_at=BEGAN,
        language=Language.FRENCH,
        number_shown="+33612345678",
        scenario="panne",
        scenario_title="Panne de chauffage",
        urgency=Urgency(UrgencyLevel.P2, "panne"),
        person_wanted=None,
        human_wanted=False,
        details=DETAILS,
        missing=("address",),
        verbatim=("Bonjour, j'ai plus de chauffage.", "Zoé Lefèvre."),
    )
    return replace(message, **changes)
