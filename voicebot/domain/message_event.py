"""What happened to a message after it was recorded: the receipts behind every sentence that promises something."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter


class MessageEventKind(StrEnum):
    """data of each kind, all JSON values; who: id of a person of the client, "operator:<name>", "carrier" or "house".

    DISPATCH_QUEUED      dispatch, rule, channel, recipient, due_at, content (digest of what its reader would see)
    DISPATCH_TRIED       dispatch, attempt, channel, trouble ("" when it was taken), provider_id, content (as above)
    DISPATCH_STATUS      dispatch, status, who; told_by (id of the dispatch that told the same), content: not sent
    DISPATCH_FAILED      dispatch, trouble, fallback (id of the dispatch that takes over, "" when none)
    DISPATCH_RESENT      dispatch, who, instead_of (id of the dispatch that an operator sent again)
    LADDER_BEGUN         ladder, contacts (ids in order), starts_at
    CONTACT_TOLD         ladder, contact, way ("sms" | "email"), trouble; what="has_it" when told who has it
    CONTACT_RUNG         ladder, contact, attempt (id), number_ends (last two digits)
    CONTACT_ENDED        ladder, contact, attempt, how (see ladder.CallEnd)
    CONTACT_HEARD        ladder, contact, attempt: the message was read to them
    PASSED_ON            ladder, contact, way, round
    ACKNOWLEDGED         ladder, contact, name, way, first (False for those who come late: they are told who has it)
    ETA_GIVEN            ladder, contact, minutes
    ALARM_RAISED         ladder ("" when it is about a dispatch), why, dispatch
    LADDER_RESTARTED     ladder, round
    LADDER_ENDED         ladder, how ("acknowledged" | "alarm")
    CALLER_CONNECTED     ladder, contact
    HANDOFF_QUEUED       handoff, to, urgency
    AGENT_RUNG           handoff, agent, way
    AGENT_MISSED         handoff, agent, why (handoff.Why)
    HANDOFF_ACCEPTED     handoff, agent, name, way
    HANDOFF_TALKING      handoff, agent, after_ms (from the acceptance to both hearing each other)
    HANDOFF_OVER         handoff, status (handoff.HandoffStatus), why (handoff.Why), agent ("" when nobody had it)
    CALLBACK_PROMISED    callback, number_ends (last two digits)
    CALLBACK_CHANGED     callback, status, who
    TEXT_SENT            text, dispatch, trouble ("" when the channel took it)
    DETAIL_CORRECTED     detail, was, now, who
    MESSAGE_HANDLED      how ("read" | "unread" | "assigned" | "done" | "reopened"), who, to (whom it was assigned to)
    """

    DISPATCH_QUEUED = "dispatch_queued"
    DISPATCH_TRIED = "dispatch_tried"
    DISPATCH_STATUS = "dispatch_status"
    DISPATCH_FAILED = "dispatch_failed"
    DISPATCH_RESENT = "dispatch_resent"
    LADDER_BEGUN = "ladder_begun"
    CONTACT_TOLD = "contact_told"
    CONTACT_RUNG = "contact_rung"
    CONTACT_ENDED = "contact_ended"
    CONTACT_HEARD = "contact_heard"
    PASSED_ON = "passed_on"
    ACKNOWLEDGED = "acknowledged"
    ETA_GIVEN = "eta_given"
    ALARM_RAISED = "alarm_raised"
    LADDER_RESTARTED = "ladder_restarted"
    LADDER_ENDED = "ladder_ended"
    CALLER_CONNECTED = "caller_connected"
    HANDOFF_QUEUED = "handoff_queued"
    AGENT_RUNG = "agent_rung"
    AGENT_MISSED = "agent_missed"
    HANDOFF_ACCEPTED = "handoff_accepted"
    HANDOFF_TALKING = "handoff_talking"
    HANDOFF_OVER = "handoff_over"
    CALLBACK_PROMISED = "callback_promised"
    CALLBACK_CHANGED = "callback_changed"
    TEXT_SENT = "text_sent"
    DETAIL_CORRECTED = "detail_corrected"
    MESSAGE_HANDLED = "message_handled"


@dataclass(frozen=True, slots=True)
class MessageEvent:
    """One event. key: unique within the call; the same event again has the same key and is kept once. at: aware UTC."""

    key: str
    call: str
    at: datetime
    kind: MessageEventKind
    data: dict[str, Any] = field(default_factory=dict)


message_event_json: TypeAdapter[MessageEvent] = TypeAdapter(MessageEvent)
