"""The on-call ladder as data: who is tried in which order, what they answered, who has it. No clock, no telephone here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter


class Role(StrEnum):
    ON_CALL = "on_call"
    """Of the roster: N1, N2, N3 …"""
    MANAGER = "manager"
    AGENTS = "agents"
    """Our own reception floor."""


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody on the ladder. id: of a person of the client; "agents" for our own. rung: 1 for N1, 2 for N2 …

    phone: E.164, "" when only told in writing. email: "" when none. tries: how often the telephone rings here per round.
    mobile: number that takes SMS, "" when none of theirs does.
    """

    id: str
    name: str
    role: Role
    rung: int
    phone: str
    email: str = ""
    tries: int = 1
    mobile: str = ""


@dataclass(frozen=True, slots=True)
class LadderPlan:
    """The whole ladder of one call, fixed when it begins. Times are aware UTC; durations are seconds.

    id: "<call id>-on-call". starts_at: later than the message in the client's quiet hours.
    ring_s: how long a telephone rings. answer_s: longest time from pick-up to a key. pause_s: between two tries.
    alarm_after_s: the alarm is raised this long after starts_at even while the ladder climbs; None means at its end only.
    restart_after_s: an exhausted round begins again after this; None means never. rounds: how many there are at most.
    most_calls: calls placed at most, all rounds together (toll fraud, runaway cost).
    """

    id: str
    call: str
    client: str
    contacts: tuple[Contact, ...]
    starts_at: datetime
    ring_s: int = 25
    answer_s: int = 60
    pause_s: int = 5
    alarm_after_s: int | None = None
    restart_after_s: int | None = None
    rounds: int = 1
    most_calls: int = 30


class CallEnd(StrEnum):
    """How a call to a contact ended without an acknowledgement. Only a key is an acknowledgement: none of these is one."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    """The carrier could not place it, or said nothing in time."""
    MACHINE = "machine"
    """A voicemail answered: it heard nothing private and never counts."""
    SILENT = "silent"
    """Somebody or something answered and pressed no key."""
    PASSED = "passed"
    """« 2 »: the next contact is tried at once."""
    STOPPED = "stopped"
    """We hung up: somebody else has it."""


class Way(StrEnum):
    """How a person acknowledged."""

    KEYPAD = "keypad"
    SMS = "sms"
    LINK = "link"
    CONSOLE = "console"


class LadderStatus(StrEnum):
    WAITING = "waiting"
    """starts_at is not reached yet, or a restart is awaited."""
    CLIMBING = "climbing"
    ACKNOWLEDGED = "acknowledged"
    ALARM = "alarm"
    """Exhausted: the alarm was raised. It may still be acknowledged, and may start again."""


@dataclass(frozen=True, slots=True)
class Ladder:
    """The ladder's row: what everybody may know of it now.

    round: from 1. trying: id of the contact who is tried now, "" when none. over: no rung will be climbed any more.
    acknowledged_by: id of the contact, "" while nobody. eta_min: minutes until they act, None when not told.
    alarmed_at: when the alarm was first raised, None when it was not.
    """

    id: str
    call: str
    client: str
    status: LadderStatus
    plan: LadderPlan
    begun_at: datetime
    changed_at: datetime
    round: int = 1
    trying: str = ""
    over: bool = False
    acknowledged_by: str = ""
    acknowledged_name: str = ""
    acknowledged_way: Way | None = None
    acknowledged_at: datetime | None = None
    eta_min: int | None = None
    alarmed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call to one contact. id: "<ladder id>-<number>", stable; it stands in the carrier's callbacks.

    carrier_call_id: "" until the carrier has taken it. ended: None while it goes on, and for the call in which the contact
    took it; ended_at says then when that call was over. answered_at: somebody or something
    picked up; heard_at: the message was read to them, after a key.
    """

    id: str
    ladder: str
    number: int
    round: int
    contact: str
    phone: str
    begun_at: datetime
    carrier_call_id: str = ""
    answered_at: datetime | None = None
    heard_at: datetime | None = None
    ended: CallEnd | None = None
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """What came of an acknowledgement. first: this person has it now. name: who has it; said to those who come late."""

    first: bool
    contact: str
    name: str


plan_json: TypeAdapter[LadderPlan] = TypeAdapter(LadderPlan)
