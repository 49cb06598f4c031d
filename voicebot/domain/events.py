"""What happened in a call, in order: the log from which transcripts, timelines, replays and reports are made."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter


class EventKind(StrEnum):
    """data of each kind, all JSON values:

    CALL_OPENED          client, instructions_version, instructions_digest, carrier, carrier_call_id, caller_number,
                         dialled_number
    LINE_OPENED          stream, resumed (bool): a media stream began
    CALLER_SAID          turn, text, language, confidence (0-1), started_ms, ended_ms, heard_by, cut (bool)
    KEYS_PRESSED         keys
    CALLER_SILENT        silence_s
    ACTS_UNDERSTOOD      turn, acts (list), by ("rules" | "language_model"), fallback (reason or ""), took_ms; when a model
                         was asked also prompt_hash, requests, prompt_tokens, completion_tokens, cost; where approved answers
                         may be rephrased also rephrased (FAQ ids that were, each with its prompt's hash)
    DECIDED              turn, decisions (list); unable (list: "delivery") where the house could not do something then
    RECEPTIONIST_SAYS    sentence (id), text, phrase, language, interruptible: saved before it is spoken
    SENTENCE_PLAYED      sentence (id), played ("all" | "part" | "none"), played_ms, started_ms: told by the line's marks
    TURN_ANSWERED        turn, wait_ms, and its breakdown in ms: endpoint, ears, understanding, policy, store, voice
    MESSAGE_RECORDED     message (id), state, urgency
    RECORDING_STOPPED    reason
    LINE_LOST            reason
    TROUBLE              code, what: an error that the call survived
    HANDED_OVER          handoff, taker (id), name, way: a human has the caller from now on
    SAID_TO_EACH_OTHER   speaker ("caller" | "agent"), text, confidence (0-1), started_ms, ended_ms, heard_by
    TAKEN_BACK           handoff, why (handoff.Why), task (its kind, detail and text, or {})
    HINTED               by (a user's id), text, acts (list): what somebody who watches told the receptionist
    CALL_ENDED           reason
    """

    CALL_OPENED = "call_opened"
    LINE_OPENED = "line_opened"
    CALLER_SAID = "caller_said"
    KEYS_PRESSED = "keys_pressed"
    CALLER_SILENT = "caller_silent"
    ACTS_UNDERSTOOD = "acts_understood"
    DECIDED = "decided"
    RECEPTIONIST_SAYS = "receptionist_says"
    SENTENCE_PLAYED = "sentence_played"
    TURN_ANSWERED = "turn_answered"
    MESSAGE_RECORDED = "message_recorded"
    RECORDING_STOPPED = "recording_stopped"
    LINE_LOST = "line_lost"
    TROUBLE = "trouble"
    HANDED_OVER = "handed_over"
    SAID_TO_EACH_OTHER = "said_to_each_other"
    TAKEN_BACK = "taken_back"
    HINTED = "hinted"
    CALL_ENDED = "call_ended"


@dataclass(frozen=True, slots=True)
class CallEvent:
    """One event. number: 1, 2, 3 … within the call. at: aware UTC."""

    number: int
    at: datetime
    kind: EventKind
    data: dict[str, Any] = field(default_factory=dict)


event_json: TypeAdapter[CallEvent] = TypeAdapter(CallEvent)
