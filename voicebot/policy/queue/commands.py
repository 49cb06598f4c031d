"""Commands: what the queue does beyond its rows, and what it decided by itself."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from voicebot.domain.agent import AgentState, AgentWay
from voicebot.domain.handoff import Why


@dataclass(frozen=True, slots=True)
class Ring:
    """Ring `agent` (or a person of the client) until `until`. number: E.164 by telephone, "" in the browser."""

    handoff: str
    agent: str
    way: AgentWay
    until: datetime
    number: str = ""
    ring_s: int = 0


@dataclass(frozen=True, slots=True)
class StopRinging:
    """Nobody is rung there any more. why: how they passed it over, None when it was not theirs to answer."""

    handoff: str
    agent: str
    why: Why | None = None


@dataclass(frozen=True, slots=True)
class HangUp:
    """Hang up a telephone that rings, or talks, for nothing. line: the carrier's id of the call."""

    handoff: str
    line: str


@dataclass(frozen=True, slots=True)
class Overflow:
    """The receptionist takes the caller back. why: MAX_WAIT or NOBODY."""

    handoff: str
    why: Why


@dataclass(frozen=True, slots=True)
class NotConnected:
    """It was accepted, and nobody has told for too long that both hear each other."""

    handoff: str
    agent: str


@dataclass(frozen=True, slots=True)
class WrapUpBegins:
    handoff: str
    agent: str


@dataclass(frozen=True, slots=True)
class WrapUpEnds:
    """state: what the agent is now."""

    agent: str
    state: AgentState


@dataclass(frozen=True, slots=True)
class MissedTooOften:
    """The agent is paused: callers ring there in vain."""

    agent: str


@dataclass(frozen=True, slots=True)
class Offline:
    """reason: UNSEEN, or "" where the user may not take calls any more."""

    agent: str
    reason: str


Command = Ring | StopRinging | HangUp | Overflow | NotConnected | WrapUpBegins | WrapUpEnds | MissedTooOften | Offline
