"""A call as data: everything the receptionist knows about it. Saved as a row before each sentence is spoken."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from voicebot.domain.details import Detail
from voicebot.domain.language import Language
from voicebot.domain.model_use import NO_MODEL_USE, ModelUse
from voicebot.domain.orientation import NO_HANDOVER, Handover, Orientation
from voicebot.domain.urgency import Urgency


class Stage(StrEnum):
    """Where the conversation stands."""

    GREETING = "greeting"
    QUALIFYING = "qualifying"
    READING_BACK = "reading_back"
    CLOSING = "closing"
    """Everything is done; the caller may still add something."""
    ENDED = "ended"


class EndReason(StrEnum):
    GOODBYE = "goodbye"
    CALLER_HUNG_UP = "caller_hung_up"
    SILENCE = "silence"
    TIME_LIMIT = "time_limit"
    REFUSED = "refused"
    LINE_LOST = "line_lost"
    CONNECTED = "connected"
    """The carrier connected the caller with whoever took the urgent call."""
    HANDLED = "handled"
    """A human of ours talked with the caller to the end."""


class RecordingState(StrEnum):
    OFF = "off"
    ON = "on"
    REFUSED = "refused"
    """The caller objected: what was recorded is deleted."""


class Awaited(StrEnum):
    """What kind of answer the receptionist waits for."""

    REQUEST = "request"
    DETAIL = "detail"
    CONFIRMATION = "confirmation"
    """Yes or no to a read-back."""
    PERSON = "person"
    """Which of two people whose names sound alike."""
    ANYTHING_ELSE = "anything_else"
    STAY = "stay"
    """Yes or no to staying on the line while people on call are tried."""
    CALLBACK = "callback"
    """Yes or no to being called back instead of waiting in the queue."""
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What was just asked. detail: its id when awaited is DETAIL. keypad: keys were offered."""

    awaited: Awaited = Awaited.REQUEST
    detail: str | None = None
    keypad: bool = False
    patient: bool = False
    """The caller asked for a moment: silence is not prompted before limits.hold_s."""


@dataclass(frozen=True, slots=True)
class Call:
    """The state of one call. Times are aware UTC. Numbers are E.164, or "" when withheld.

    tries: how often each detail was asked; keys with a colon count other things, "wish:human" or "ask:request".
    details: what is known, by detail id. silences, unclear: in a row.
    verbatim: the caller's turns. promise: the promise that was spoken, "" when none. last_said: for « répétez ».
    resumed: how many times another process took the call over.
    person_candidates: ids between whom the caller was asked to choose. caller_kind: see filters.CallerKind; filter: id of
    the filter that held. orientation: where the instructions lead this call. instructions_digest: first 12 hex digits of
    the SHA-256 of the client file that this call obeys. model_use: what the language model cost.
    in_question: id of the scenario of which the caller was asked whether it is the right one, "" when none.
    told: paths of instructions that are said once in a call and have been. question_noted: a question without an approved
    answer is in the message. handover: what was tried to bring humans in. rehearsal: somebody tries the receptionist out:
    it speaks as ever, and nothing leaves the house.
    """

    id: str
    client: str
    instructions_version: int
    caller_number: str
    dialled_number: str
    started_at: datetime
    language: Language
    carrier: str = "keyboard"
    carrier_call_id: str = ""
    stage: Stage = Stage.GREETING
    expectation: Expectation = Expectation(Awaited.NOTHING)
    scenario: str | None = None
    urgency: Urgency | None = None
    safety_script_given: tuple[str, ...] = ()
    details: dict[str, Detail] = field(default_factory=dict)
    tries: dict[str, int] = field(default_factory=dict)
    read_backs: int = 0
    human_asked: bool = False
    person_asked: str | None = None
    person_candidates: tuple[str, ...] = ()
    caller_kind: str | None = None
    filter: str | None = None
    orientation: Orientation | None = None
    instructions_digest: str = ""
    model_use: ModelUse = NO_MODEL_USE
    in_question: str = ""
    told: tuple[str, ...] = ()
    question_noted: bool = False
    handover: Handover = NO_HANDOVER
    silences: int = 0
    unclear: int = 0
    turns: int = 0
    recording: RecordingState = RecordingState.OFF
    message_complete: bool = False
    promise: str = ""
    verbatim: tuple[str, ...] = ()
    last_said: tuple[str, ...] = ()
    resumed: int = 0
    rehearsal: bool = False
    ended: EndReason | None = None
    ended_at: datetime | None = None


call_json: TypeAdapter[Call] = TypeAdapter(Call)
"""Reads and writes a Call as JSON."""
