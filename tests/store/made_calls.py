"""Hand-made calls for the figures: each saved by the call book, with whatever followed it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from voicebot.domain.call import Call, EndReason, Stage
from voicebot.domain.callback import Callback, CallbackStatus
from voicebot.domain.decisions import Action
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff, HandoffStatus, Taker, Why
from voicebot.domain.ladder import LadderPlan
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.store.call_book import CallBook
from voicebot.store.ladder_rows import new_ladder_row
from voicebot.store.tables import dispatches, ladders

BEGAN = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class MadeCall:
    """first_sound_ms: None for a call in which nothing was heard. dispatched: (status, status of its fallback or "")."""

    client: str = "chauffage-morel"
    at: datetime = BEGAN
    ended: EndReason | None = EndReason.GOODBYE
    led_to: Outcome | None = None
    first_sound_ms: int | None = 320
    gave_answer: bool = False
    message: MessageState | None = None
    urgency: UrgencyLevel = UrgencyLevel.P3
    missing: tuple[str, ...] = ()
    handoff: HandoffStatus | None = None
    why: Why | None = None
    wait_s: float | None = None
    taken_over_by: str = ""
    ladder: bool = False
    acknowledged_s: float | None = None
    alarm: bool = False
    callback: CallbackStatus | None = None
    dispatched: tuple[tuple[str, str], ...] = ()
    rehearsal: bool = False


async def save_call(book: CallBook, call_id: str, made: MadeCall) -> None:
    await book.save(call_of(call_id, made), events_of(made), message_of(call_id, made), queued=queued_of(call_id, made))

    def write(connection: sa.Connection) -> None:
        if made.ladder:
            connection.execute(sa.insert(ladders), _ladder_row(call_id, made))
        for row in _dispatch_rows(call_id, made):
            connection.execute(sa.insert(dispatches), row)

    await book.database.write(write)


def call_of(call_id: str, made: MadeCall) -> Call:
    return Call(
        call_id,
        made.client,
        2,
        "+33639980101",
        "+33199001001",
        made.at,
        Language.FRENCH,
        carrier="softphone" if made.rehearsal else "twilio",
        carrier_call_id=f"CA-{call_id}",
        stage=Stage.ENDED if made.ended else Stage.QUALIFYING,
        orientation=Orientation(made.led_to) if made.led_to else None,
        rehearsal=made.rehearsal,
        ended=made.ended,
        ended_at=made.at + timedelta(minutes=3) if made.ended else None,
    )


def events_of(made: MadeCall) -> list[CallEvent]:
    told: list[tuple[EventKind, dict[str, Any]]] = [
        (EventKind.CALL_OPENED, {"client": made.client}),
        (EventKind.RECEPTIONIST_SAYS, {"sentence": "s-1", "text": "Bonjour."}),
        (EventKind.SENTENCE_PLAYED, {"sentence": "s-0", "played": "none", "played_ms": 0, "started_ms": 0}),
    ]
    if made.first_sound_ms is not None:
        for later, sentence in enumerate(("s-1", "s-2")):
            started_ms = made.first_sound_ms + 4000 * later
            told.append(
                (
                    EventKind.SENTENCE_PLAYED,
                    {"sentence": sentence, "played": "all", "played_ms": 900, "started_ms": started_ms},
                )
            )
    action = Action.ANSWER if made.gave_answer else Action.ASK
    told.append((EventKind.DECIDED, {"turn": 1, "decisions": [{"action": action.value, "rule": "r", "subject": "answer"}]}))
    return [CallEvent(n, made.at + timedelta(seconds=n), kind, data) for n, (kind, data) in enumerate(told, start=1)]


def message_of(call_id: str, made: MadeCall) -> Message | None:
    if made.message is None:
        return None
    return Message(
        f"message-of-{call_id}",
        call_id,
        made.client,
        2,
        made.message,
        made.at + timedelta(minutes=2),
        Language.FRENCH,
        "+33639980101",
        "no-heating",
        "panne",
        Urgency(made.urgency, "no-heating"),
        None,
        False,
        {},
        made.missing,
        ("Bonjour.",),
    )


def queued_of(call_id: str, made: MadeCall) -> Sequence[Handoff | Callback]:
    queued: list[Handoff | Callback] = []
    at = made.at + timedelta(minutes=1)
    if made.handoff is not None:
        talking = at + timedelta(seconds=made.wait_s) if made.wait_s is not None else None
        over = at + timedelta(minutes=2) if made.handoff.over else None
        handoff = Handoff(f"{call_id}-handoff-1", call_id, made.client, Language.FRENCH, made.urgency, at, at)
        taker = Taker("claire", "Claire") if talking else None
        queued.append(
            replace(
                handoff,
                status=made.handoff,
                why=made.why,
                taker=taker,
                accepted_at=talking,
                talking_at=talking,
                over_at=over,
                wanted_by=made.taken_over_by,
            )
        )
    if made.callback is not None:
        queued.append(
            Callback(
                f"{call_id}-callback",
                call_id,
                made.client,
                "+33639980101",
                "Paul Martin",
                Language.FRENCH,
                made.urgency,
                at,
                "On vous rappelle.",
                made.callback,
            )
        )
    return queued


def _ladder_row(call_id: str, made: MadeCall) -> dict[str, Any]:
    at = made.at + timedelta(minutes=1)
    row = new_ladder_row(LadderPlan(f"{call_id}-on-call", call_id, made.client, (), at), at)
    taken = at + timedelta(seconds=made.acknowledged_s) if made.acknowledged_s is not None else None
    return row | {"acknowledged_at": taken, "alarmed_at": at + timedelta(minutes=15) if made.alarm else None}


def _dispatch_rows(call_id: str, made: MadeCall) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    at = made.at + timedelta(minutes=2)
    for place, (status, instead) in enumerate(made.dispatched):
        first = {
            "id": f"{call_id}-d{place}", "call": call_id, "message": f"message-of-{call_id}", "client": made.client,
            "rule": "office", "channel": "sms", "recipient": "morel", "address": "+33639981001", "status": status,
            "revision": "final", "created_at": at, "due_at": at, "changed_at": at, "digest": "", "fallback_of": "",
            "attempts": 1, "provider_id": "", "trouble": "",
        }  # fmt: skip
        rows.append(first)
        if instead:
            rows.append(first | {"id": f"{call_id}-d{place}-f", "status": instead, "fallback_of": first["id"]})
    return rows
