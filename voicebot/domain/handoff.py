"""A handoff: a caller who is to talk with a human, from the queue to the talk, and back to the receptionist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from voicebot.domain.agent import AgentWay
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import Part


class HandoffRules(Part):
    """How long this client's callers wait for a human, and what then. Times are seconds.

    ring_s: one agent's time to answer. max_wait_s: in the queue; then the receptionist takes the caller back.
    most_waiting: callers of this client in the queue; one more is not put into it. callback_after_s: waiting time after
    which a callback is offered; None never offers one. overflow: what the receptionist offers then. wrap_up_s: time for
    the agent to write after the call. tell_position_every_s: how often the caller hears where they stand.
    """

    ring_s: Annotated[int, Field(ge=5, le=60)] = 20
    max_wait_s: Annotated[int, Field(ge=15, le=1800)] = 180
    most_waiting: Annotated[int, Field(ge=1, le=100)] = 10
    callback_after_s: Annotated[int, Field(ge=10, le=1800)] | None = 60
    overflow: Literal["message", "on_call"] = "message"
    wrap_up_s: Annotated[int, Field(ge=0, le=600)] = 15
    tell_position_every_s: Annotated[int, Field(ge=10, le=300)] = 30


class HandoffStatus(StrEnum):
    """WAITING and RINGING are in the queue; ACCEPTED and TALKING have an agent; the others are over."""

    WAITING = "waiting"
    RINGING = "ringing"
    ACCEPTED = "accepted"
    """Claimed by one agent; the legs are being joined."""
    TALKING = "talking"
    RETURNED = "returned"
    """The receptionist has the caller again: given back with a task, or the agent's line was lost."""
    DONE = "done"
    """The call ended between the caller and the agent."""
    OVERFLOWED = "overflowed"
    """Nobody took it in time, or nobody is left who could: the receptionist took the caller back."""
    ABANDONED = "abandoned"
    """The caller hung up while waiting."""
    CALLED_BACK = "called_back"
    """The caller chose to be called back: see domain.callback."""

    @property
    def queued(self) -> bool:
        return self in (HandoffStatus.WAITING, HandoffStatus.RINGING)

    @property
    def taken(self) -> bool:
        return self in (HandoffStatus.ACCEPTED, HandoffStatus.TALKING)

    @property
    def over(self) -> bool:
        return not (self.queued or self.taken)


class Why(StrEnum):
    """How a handoff came back or ended, or why an agent does not have it."""

    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    AGENT_LOST = "agent_lost"
    """The agent's browser, line or network went away."""
    GIVEN_BACK = "given_back"
    AGENT_HUNG_UP = "agent_hung_up"
    CALLER_HUNG_UP = "caller_hung_up"
    MAX_WAIT = "max_wait"
    NOBODY = "nobody"
    """No agent is left who covers the client and the language and has not declined."""
    NOT_CONNECTED = "not_connected"
    """An agent accepted, and the legs could not be joined."""
    CALLBACK = "callback"
    LEFT_QUEUE = "left_queue"
    """The caller goes on with the receptionist: a message instead of waiting, or a goodbye."""
    CARRIER = "carrier"
    """The carrier refused, or the telephone was busy or out of order."""


class TaskKind(StrEnum):
    """What an agent may ask the receptionist to do with a caller who is given back."""

    TAKE_DETAIL = "take_detail"
    """« Prenez l'adresse. » detail: its id."""
    TAKE_MESSAGE = "take_message"
    """Finish the message, without a question that was answered already."""
    SEND_TEXT = "send_text"
    """« Envoyez le SMS. » text: id of the client's text (domain.caller_text)."""
    TAKE_LEAVE = "take_leave"
    """Everything is said: only the goodbye is missing."""


@dataclass(frozen=True, slots=True)
class Task:
    """One task. detail and text: ids, "" where the kind needs none. by: id of the user who gave it."""

    kind: TaskKind
    detail: str = ""
    text: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes the caller. id: of a user, or of a person of the client. name: as callers hear it."""

    id: str
    name: str
    way: AgentWay = AgentWay.BROWSER


@dataclass(frozen=True, slots=True)
class Handoff:
    """One handoff: one row. Times are aware UTC.

    id: "<call id>-handoff-1", then 2 …. to: person or team of the client who is wanted, "" for any agent.
    because: path of the instruction behind it. urgency: of the call then, P3 where none was known.
    ringing: id of the agent (or person) who is being rung, "" for none; ring_until: when they have missed it.
    taker: who claimed it, None before. passed_over: ids of those who declined or missed it, in order.
    agent_line: the carrier's id of the agent's telephone call, "" in the browser. task: given with the caller, last.
    node: name of the process that has the call. rehearsal: the caller only tries the house out.
    wanted_by: id of the user who took over or was chosen before anybody was rung, "" for the queue's own choice.
    """

    id: str
    call: str
    client: str
    language: Language
    urgency: UrgencyLevel
    queued_at: datetime
    changed_at: datetime
    to: str = ""
    because: str = "house"
    status: HandoffStatus = HandoffStatus.WAITING
    ringing: str = ""
    ring_until: datetime | None = None
    taker: Taker | None = None
    passed_over: tuple[str, ...] = ()
    accepted_at: datetime | None = None
    talking_at: datetime | None = None
    over_at: datetime | None = None
    why: Why | None = None
    agent_line: str = ""
    task: Task | None = None
    node: str = ""
    rehearsal: bool = False
    wanted_by: str = ""


@dataclass(frozen=True, slots=True)
class QueueStanding:
    """What a waiting caller may be told, truly. position: 1 is next. waited_s: since they were queued.

    able: agents who cover this call and are signed in, busy ones too.
    """

    handoff: str
    status: HandoffStatus
    position: int
    waited_s: float
    able: int
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class Returned:
    """The caller is the receptionist's again. taker: who had them, None when nobody did. task: what to do now."""

    why: Why
    taker: Taker | None = None
    task: Task | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """What somebody who watches the call tells the receptionist: understood as words, never spoken. by: a user's id."""

    text: str
    by: str


handoff_json: TypeAdapter[Handoff] = TypeAdapter(Handoff)
