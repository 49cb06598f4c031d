"""Where a call is led (orientation), and what the house can do about it at this moment."""

from __future__ import annotations

from dataclasses import dataclass

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

    transfer: agents or people can be rung. on_call: people on call can be woken.
    """

    transfer: bool = False
    on_call: bool = False


ONLY_MESSAGES = Facilities()
"""A house that can take messages and nothing more."""


@dataclass(frozen=True, slots=True)
class Handover:
    """What was tried to bring humans into a call.

    to: person or team that is being rung for this call now, "" for any agent, None when nobody is.
    failed: those who were rung and did not take it. on_call_woken: the people on call are being tried.
    """

    to: str | None = None
    failed: tuple[str, ...] = ()
    on_call_woken: bool = False


NO_HANDOVER = Handover()
