"""Queues for tests: agents, callers, and a scene that steps in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from voicebot.domain.agent import AgentState, AgentWay, Presence, Role, User
from voicebot.domain.handoff import Handoff, HandoffRules, HandoffStatus, Taker, Why
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.queue.commands import Command, Ring
from voicebot.policy.queue.draft import Draft, QueueStep
from voicebot.policy.queue.scene import Callee, QueueScene
from voicebot.policy.queue.settle import settle_draft

START = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FR, EN = Language.FRENCH, Language.ENGLISH


def agent(name: str, **changes: Any) -> User:
    return replace(User(name, f"Agent {name}", Role.AGENT, languages=(FR, EN)), **changes)


def present(name: str, **changes: Any) -> Presence:
    """Available since START."""
    return replace(Presence(name, AgentState.AVAILABLE, START, START, START), **changes)


def caller(name: str, **changes: Any) -> Handoff:
    """In the queue since START."""
    new = Handoff(f"{name}-handoff-1", name, "lilas", FR, UrgencyLevel.P3, queued_at=START, changed_at=START)
    return replace(new, **changes)


@dataclass
class Queue:
    """A scene that is changed by deeds and by time; everything it ever did is kept."""

    users: dict[str, User]
    rules: dict[str, HandoffRules] = field(default_factory=dict)
    now: datetime = START
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    presences: dict[str, Presence] = field(default_factory=dict)
    callees: dict[str, tuple[Callee, ...]] = field(default_factory=dict)
    by_phone: set[str] = field(default_factory=set)
    events: list[MessageEvent] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)

    @classmethod
    def of(cls, users: Iterable[User], *handoffs: Handoff, **changes: Any) -> Queue:
        """All of the users are available, whoever comes first in the list for the longest time."""
        queue = cls({user.id: user for user in users}, **changes)
        for place, user in enumerate(queue.users.values()):
            queue.presences[user.id] = present(user.id, idle_since=START - timedelta(minutes=10 - place))
        queue.handoffs |= {handoff.id: handoff for handoff in handoffs}
        return queue

    @property
    def scene(self) -> QueueScene:
        scene = QueueScene(self.handoffs, self.presences, self.users, self.rules)
        return replace(scene, callees=self.callees, by_phone=frozenset(self.by_phone))

    def do(self, deed: Callable[[Draft], Any] = lambda _draft: None) -> QueueStep:
        """A deed, and what follows from it."""
        draft = Draft(self.scene, self.now)
        deed(draft)
        settle_draft(draft)
        self.handoffs = dict(draft.handoffs)
        self.presences = dict(draft.presences)
        self.events += draft.step.events
        self.commands += draft.step.commands
        return draft.step

    def wait(self, seconds: float, *, each_s: float = 1.0, seen: bool = True) -> list[Command]:
        """Lets time pass, and the queue step in it. seen: browsers are there. Returns: what was commanded meanwhile."""
        until, before = self.now + timedelta(seconds=seconds), len(self.commands)
        while self.now < until:
            self.now = min(until, self.now + timedelta(seconds=each_s))
            if seen:
                self.presences = {name: replace(p, seen_at=self.now) for name, p in self.presences.items()}
            self.do()
        return self.commands[before:]

    def hang_up(self, handoff_id: str) -> None:
        """The caller is gone: the call's own transaction ends the handoff, and knows nothing of presences."""
        handoff = self.handoffs[handoff_id]
        status = HandoffStatus.DONE if handoff.status.taken else HandoffStatus.ABANDONED
        gone = {"why": Why.CALLER_HUNG_UP, "ringing": "", "ring_until": None, "over_at": self.now}
        self.handoffs[handoff_id] = replace(handoff, status=status, **gone)

    def handoff(self, name: str) -> Handoff:
        return self.handoffs[f"{name}-handoff-1"]

    def state(self, name: str) -> AgentState:
        return self.presences[name].state


def taker(name: str, way: AgentWay = AgentWay.BROWSER) -> Taker:
    return Taker(name, f"Agent {name}", way)


def rings(commands: Iterable[Command]) -> list[tuple[str, str]]:
    """(call, who is rung) in order."""
    return [(c.handoff.removesuffix("-handoff-1"), c.agent) for c in commands if isinstance(c, Ring)]


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)
