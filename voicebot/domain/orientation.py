"""Where a call is led (orientation), and what the house can do about it at this moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voicebot.domain.handoff import Taker, Task
from voicebot.domain.scenario import Outcome


@dataclass(frozen=True, slots=True)
class Orientation:
    """What the instructions want for this call: the outcome, whom it concerns, and the instruction behind it.

    to: id of a person or team, "" when none. because: path of the instruction, "scenarios[leak].outside_hours".
    """

    outcome: Outcome
    to: str = ""
    because: str = "house"


@dataclass(frozen=True, slots=True)
class Facilities:
    """What can be done now beyond taking a message. Nothing that is not there is ever offered or promised.

    transfer: agents or people can be rung. on_call: people on call can be woken. delivery: messages leave the house now;
    False while every channel that this client's messages take is failing: what is recorded is then not promised to be read.
    connect: whoever takes an urgent call can be connected with the caller who stays on the line. texts: an SMS can be sent
    to the number that the carrier showed. callback: a callback can be promised: its list is kept.
    """

    transfer: bool = False
    on_call: bool = False
    delivery: bool = True
    connect: bool = False
    texts: bool = False
    callback: bool = False


ONLY_MESSAGES = Facilities()
"""A house that can take messages and nothing more."""


class OnCallNews(StrEnum):
    """How the ladder stands, as far as the caller was told."""

    NONE = "none"
    TRYING = "trying"
    ACKNOWLEDGED = "acknowledged"
    EXHAUSTED = "exhausted"


@dataclass(frozen=True, slots=True)
class Handover:
    """What was tried to bring humans into a call.

    to: person or team that is being rung for this call now, "" for any agent, None when nobody is.
    failed: those who were rung and did not take it. on_call_woken: the people on call are being tried.
    told: what the caller was told of that. stays: the caller waits on the line for whoever acknowledges.
    connects: the caller is being connected with whoever acknowledged.
    handoffs: how often the call was put into the queue of agents. position: the last place in it that the caller was told, 0
    when none was. with_taker: the human who has the caller now. task: what an agent gave back with the caller, until it is
    done, or until another human has the caller. texts: ids of texts that were sent to the caller.
    queued_at: since when they wait; told_at: when they last heard how it stands. taken_at: since when with_taker has them.
    talked_with: ids of those who had the caller; talked_s: seconds that this took, which do not count as ours.
    """

    to: str | None = None
    failed: tuple[str, ...] = ()
    on_call_woken: bool = False
    told: OnCallNews = OnCallNews.NONE
    stays: bool = False
    connects: bool = False
    handoffs: int = 0
    position: int = 0
    with_taker: Taker | None = None
    task: Task | None = None
    texts: tuple[str, ...] = ()
    queued_at: datetime | None = None
    told_at: datetime | None = None
    taken_at: datetime | None = None
    talked_with: tuple[str, ...] = ()
    talked_s: float = 0.0


NO_HANDOVER = Handover()
