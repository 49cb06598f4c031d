"""The message that a caller leaves: who, when, where, why, how, and what was promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from voicebot.domain.details import Detail
from voicebot.domain.language import Language
from voicebot.domain.orientation import Orientation
from voicebot.domain.urgency import Urgency


class MessageState(StrEnum):
    """PARTIAL while the caller still speaks or has hung up before the end; COMPLETE once read back or fully given."""

    PARTIAL = "partial"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True)
class Message:
    """One message; one per call. Times are aware UTC.

    missing: ids of mandatory details that the caller did not give. verbatim: the caller's turns, in order.
    orientation: where the instructions lead the call: what whoever delivers the message must do. caller_kind: see filters.
    callback_promised: the words of the promise that was spoken, "" when none was.
    """

    id: str
    call: str
    client: str
    instructions_version: int
    state: MessageState
    taken_at: datetime
    language: Language
    number_shown: str
    scenario: str | None
    scenario_title: str
    urgency: Urgency
    person_wanted: str | None
    human_wanted: bool
    details: dict[str, Detail]
    missing: tuple[str, ...]
    verbatim: tuple[str, ...]
    callback_promised: str = ""
    orientation: Orientation | None = None
    caller_kind: str | None = None


message_json: TypeAdapter[Message] = TypeAdapter(Message)
