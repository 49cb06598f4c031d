"""Commands: what the ladder wants done. Each has a key: done twice under the same key, it must have been done once."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Discriminator, TypeAdapter


class AlarmWhy(StrEnum):
    LATE = "late"
    """Nobody acknowledged within alarm_after_s; the ladder still climbs."""
    EXHAUSTED = "exhausted"
    """Everybody of this round was tried."""
    NOBODY = "nobody"
    """There is nobody, or nobody who can be rung."""
    COST = "cost"
    """most_calls calls were placed, or the house refuses any more: no telephone rings now."""
    TELEPHONE = "telephone"
    """The carrier cannot be reached: people are only told in writing."""


class LadderEnd(StrEnum):
    ACKNOWLEDGED = "acknowledged"
    ALARM = "alarm"
    """Given up: the alarm was raised. An acknowledgement is still welcome."""


@dataclass(frozen=True, slots=True)
class TellContact:
    """Tell a contact in writing, once per round. sms: E.164, "" for none. email: "" for none; one of both is there."""

    key: str
    contact: str
    round: int
    sms: str
    email: str
    kind: Literal["tell_contact"] = "tell_contact"


@dataclass(frozen=True, slots=True)
class RingContact:
    """Place a call. attempt: its id, "<ladder id>-<number>"; key is the same. number: from 1, all rounds together."""

    key: str
    contact: str
    attempt: str
    number: int
    round: int
    phone: str
    ring_s: int
    kind: Literal["ring_contact"] = "ring_contact"


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a call before anything that follows in the same step is done.

    unless_answered: somebody else has it; a person who has picked up is told so by the desk and is not cut off.
    """

    key: str
    attempt: str
    unless_answered: bool
    kind: Literal["hang_up"] = "hang_up"


@dataclass(frozen=True, slots=True)
class RaiseAlarm:
    """Agents, operator's e-mail and log are told. Each reason is raised once, EXHAUSTED once per round."""

    key: str
    why: AlarmWhy
    round: int
    kind: Literal["raise_alarm"] = "raise_alarm"


@dataclass(frozen=True, slots=True)
class TellWhoHasIt:
    """Tell those who were told or rung before, in writing, that somebody has it. by, name: who, as acknowledged."""

    key: str
    contacts: tuple[str, ...]
    by: str
    name: str
    kind: Literal["tell_who_has_it"] = "tell_who_has_it"


@dataclass(frozen=True, slots=True)
class RoundBegun:
    """The ladder starts again. round: from 2; the first one begins with the ladder and says nothing."""

    key: str
    round: int
    kind: Literal["round_begun"] = "round_begun"


@dataclass(frozen=True, slots=True)
class Finished:
    """No rung will be climbed any more. ALARM may still be followed by ACKNOWLEDGED."""

    key: str
    how: LadderEnd
    kind: Literal["finished"] = "finished"


Command = TellContact | RingContact | HangUp | RaiseAlarm | TellWhoHasIt | RoundBegun | Finished

command_json: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Discriminator("kind")])
