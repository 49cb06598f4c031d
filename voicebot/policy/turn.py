"""One caller turn on the desk of the rules: the acts to answer, the call as it becomes, the decisions so far."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from voicebot.domain.acts import Act
from voicebot.domain.call import Awaited, Call, Expectation
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.filters import Filter
from voicebot.domain.hours import Openness
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.scenario import Scenario

MESSAGE = "message"
"""Told once the message is recorded (Call.told)."""

LEFT_QUEUE = "waiting.left"
"""Told once the caller chose not to wait for a human (Call.told)."""
URGENT_BY_HINT = "hint.urgent"
"""Told once somebody of ours who follows the call said that it is urgent (Call.told)."""

SomeAct = TypeVar("SomeAct")

DEFAULT_DETAILS = ("caller_name", "callback_number", "reason")
"""Asked when no scenario of the client fits the request."""


class Turn:
    """Mutable only while the rules of one turn run; what comes out (call, decisions) is frozen.

    before: the call as it was when the turn began.
    doubt_refused: the caller said that the scenario we asked about is not theirs. wished: somebody was asked for.
    answered_aside: a scenario that needs only its answer, asked for besides the request of the call.
    """

    def __init__(
        self,
        call: Call,
        acts: Iterable[Act],
        instructions: Instructions,
        now: datetime,
        facilities: Facilities = ONLY_MESSAGES,
    ) -> None:
        self.before = self.call = call
        self.acts = tuple(acts)
        self.instructions = instructions
        self.now = now
        self.facilities = facilities
        self.decisions: list[Decision] = []
        self.doubt_refused = False
        self.wished = False
        self.answered_aside: Scenario | None = None

    def change(self, **changes: Any) -> None:
        self.call = replace(self.call, **changes)

    def decide(self, action: Action, rule: str, because: str, subject: str = "", **values: str) -> None:
        self.decisions.append(Decision(action, rule, because, subject, values))

    def expect(self, awaited: Awaited, detail: str | None = None, *, keypad: bool = False, patient: bool = False) -> None:
        self.change(expectation=Expectation(awaited, detail, keypad, patient))

    def first(self, kind: type[SomeAct]) -> SomeAct | None:
        return next((act for act in self.acts if isinstance(act, kind)), None)

    def every(self, kind: type[SomeAct]) -> list[SomeAct]:
        return [act for act in self.acts if isinstance(act, kind)]

    def decided(self, *actions: Action) -> bool:
        return any(decision.action in actions for decision in self.decisions)

    def tried(self, what: str) -> int:
        """How often `what` was asked or tried in this call."""
        return self.call.tries.get(what, 0)

    def try_once_more(self, what: str) -> int:
        """Counts one more try. Returns: how many there were with this one."""
        tries = self.tried(what) + 1
        self.change(tries={**self.call.tries, what: tries})
        return tries

    def tell_once(self, path: str) -> bool:
        """Notes that what stands at `path` is told. Returns: False when it was told earlier in the call."""
        if path in self.call.told:
            return False
        self.change(told=(*self.call.told, path))
        return True

    @property
    def openness(self) -> Openness:
        return self.instructions.hours.openness(self.now, self.instructions.identity.zone)

    @property
    def is_open(self) -> bool:
        return self.openness is Openness.OPEN

    @property
    def scenario(self) -> Scenario | None:
        return self.instructions.scenario(self.call.scenario)

    @property
    def filter(self) -> Filter | None:
        return self.instructions.filter(self.call.filter)

    @property
    def endangered(self) -> bool:
        """Is the call urgent by a red flag?"""
        urgency = self.call.urgency
        return urgency is not None and urgency.criterion in self.call.safety_script_given

    @property
    def just_endangered(self) -> bool:
        """Was a new red flag raised in this turn?"""
        return any(decision.rule.startswith("danger.") for decision in self.decisions)

    @property
    def recorded(self) -> bool:
        """Was the caller told that their message is recorded? Then it stays, whatever is said after that."""
        return MESSAGE in self.call.told

    @property
    def ended(self) -> bool:
        return self.decided(Action.END_CALL)
