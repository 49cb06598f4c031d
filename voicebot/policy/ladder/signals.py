"""Signals: everything that can happen to a ladder from outside. They may be repeated, late and out of order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter

from voicebot.domain.ladder import CallEnd, Way


@dataclass(frozen=True, slots=True)
class AttemptHeard:
    """A person pressed a key and hears the message: the call is given more time, once."""

    attempt: str
    kind: Literal["attempt_heard"] = "attempt_heard"


@dataclass(frozen=True, slots=True)
class AttemptEnded:
    """A call to a contact is over and nobody acknowledged in it. « 2 » on the keypad is how=PASSED."""

    attempt: str
    how: CallEnd
    kind: Literal["attempt_ended"] = "attempt_ended"


@dataclass(frozen=True, slots=True)
class TelephoneDown:
    """The call could not be placed because the carrier cannot be reached at all: no fault of the contact's number."""

    attempt: str
    kind: Literal["telephone_down"] = "telephone_down"


@dataclass(frozen=True, slots=True)
class CallRefused:
    """The house's own limit of calls is reached: this one was not placed, and none will be for this ladder."""

    attempt: str
    kind: Literal["call_refused"] = "call_refused"


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A contact passed on in writing (SMS "2"). round: of the ladder when they wrote; a late copy has no effect then."""

    contact: str
    round: int
    kind: Literal["passed_on"] = "passed_on"


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """Somebody has it. The claim itself is one atomic row elsewhere: send this for the claim that was first.

    contact: id of a contact, or "operator:<name>". One that follows from somebody else is told who has it.
    attempt: the call in which they pressed the key, "" for any other way: that call is not hung up.
    """

    contact: str
    name: str
    way: Way
    attempt: str = ""
    kind: Literal["acknowledged"] = "acknowledged"


@dataclass(frozen=True, slots=True)
class TimeUp:
    """`LadderState.wake_at` is reached. One that comes too early changes nothing."""

    kind: Literal["time_up"] = "time_up"


Signal = AttemptHeard | AttemptEnded | TelephoneDown | CallRefused | PassedOn | Acknowledged | TimeUp

signal_json: TypeAdapter[Signal] = TypeAdapter(Annotated[Signal, Discriminator("kind")])
