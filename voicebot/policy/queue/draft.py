"""A step of the queue being drafted: what becomes of handoffs and presences, told with its events and commands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from voicebot.domain.agent import MISSED, AgentState, AgentWay, Presence
from voicebot.domain.handoff import Handoff, HandoffStatus, Why
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.policy.queue.commands import Command, HangUp, MissedTooOften, Ring, StopRinging, WrapUpBegins
from voicebot.policy.queue.scene import QueueScene

MOST_MISSES = 2
"""Calls in a row that ring at an agent in vain before they are paused: an absent one does not eat every caller's time."""
BRIEFING_S = 30
"""More time by telephone than in the browser: to hear the briefing and press 1. An unanswered ring ends before."""


@dataclass(frozen=True, slots=True)
class QueueStep:
    """What one step changed: rows to write, their events, and what is to be done once they are written."""

    handoffs: tuple[Handoff, ...]
    presences: tuple[Presence, ...]
    events: tuple[MessageEvent, ...]
    commands: tuple[Command, ...]

    @property
    def empty(self) -> bool:
        return not (self.handoffs or self.presences or self.events or self.commands)


class Draft:
    """One step over one scene. Everything that changes a handoff or a presence goes through here.

    Args:
        now: aware; must not run backwards between the steps of one queue by more than clocks of one house differ.
    """

    def __init__(self, scene: QueueScene, now: datetime) -> None:
        self.now = now
        self.handoffs = dict(scene.handoffs)
        self.presences = dict(scene.presences)
        self.scene = replace(scene, handoffs=self.handoffs, presences=self.presences)
        self._before = scene
        self._events: list[MessageEvent] = []
        self._commands: list[Command] = []

    @property
    def step(self) -> QueueStep:
        before = self._before
        return QueueStep(
            tuple(h for h in self.handoffs.values() if before.handoffs.get(h.id) != h),
            tuple(p for p in self.presences.values() if before.presences.get(p.agent) != p),
            tuple(self._events),
            tuple(self._commands),
        )

    def do(self, command: Command) -> None:
        self._commands.append(command)

    def tell(self, handoff: Handoff, kind: MessageEventKind, key: str, **data: Any) -> None:
        told = {"handoff": handoff.id, **data}
        self._events.append(MessageEvent(f"{handoff.id}-{key}", handoff.call, self.now, kind, told))

    def change(self, handoff_id: str, **changes: Any) -> Handoff:
        changed = replace(self.handoffs[handoff_id], changed_at=self.now, **changes)
        self.handoffs[handoff_id] = changed
        return changed

    def change_presence(self, agent: str, **changes: Any) -> Presence:
        changed = replace(self.presences[agent], **changes)
        self.presences[agent] = changed
        return changed

    def ring(self, handoff: Handoff, agent: str, way: AgentWay, leaves_at: datetime, number: str = "") -> None:
        """Rings one of our agents, or by their telephone a person of the client, who has no presence to hold."""
        ring_s = self.scene.rules_of(handoff.client).ring_s
        patience_s = ring_s + (BRIEFING_S if number else 0)
        until = min(self.now + timedelta(seconds=patience_s), leaves_at)
        self.change(handoff.id, status=HandoffStatus.RINGING, ringing=agent, ring_until=until)
        self.do(Ring(handoff.id, agent, way, until, number, ring_s))
        moment = int(self.now.timestamp() * 1000)
        self.tell(handoff, MessageEventKind.AGENT_RUNG, f"rung-{agent}-{moment}", agent=agent, way=way.value)

    def hang_up(self, handoff_id: str) -> None:
        """Hangs up the human's telephone, if one is on the line."""
        handoff = self.handoffs[handoff_id]
        if handoff.agent_line:
            # Not `change`: changed_at tells when something became of the caller.
            self.handoffs[handoff_id] = replace(handoff, agent_line="")
            self.do(HangUp(handoff_id, handoff.agent_line))

    def stop_ringing(self, handoff_id: str) -> None:
        """It rings there no more, for no fault of whom it rang at; they may be rung again."""
        self._stop_ringing(handoff_id, None)

    def pass_over(self, handoff_id: str, why: Why) -> None:
        """Whoever is being rung does not have it and is not rung for it again."""
        handoff = self.handoffs[handoff_id]
        agent, held = handoff.ringing, self.scene.rings_agent(handoff)
        self._stop_ringing(handoff_id, why)
        self.change(handoff_id, passed_over=(*handoff.passed_over, agent))
        self.tell(handoff, MessageEventKind.AGENT_MISSED, f"missed-{agent}-{why.value}", agent=agent, why=why.value)
        if held:
            self._count_misses(agent, why)

    def end(self, handoff_id: str, status: HandoffStatus, why: Why, **changes: Any) -> Handoff:
        """Out of the queue, or back from an agent; whoever had it is freed by `settle`."""
        handoff = self.handoffs[handoff_id]
        if handoff.ringing:
            self._stop_ringing(handoff_id, None)
        over = self.change(handoff_id, status=status, why=why, over_at=self.now, **changes)
        agent = handoff.taker.id if handoff.taker else ""
        key = f"{status.value}-{why.value}"
        self.tell(over, MessageEventKind.HANDOFF_OVER, key, status=status.value, why=why.value, agent=agent)
        return over

    def free(self, agent: str) -> AgentState:
        """Nothing is offered to them and nobody is theirs. Returns: what they are now: what they asked for, or available."""
        presence = self.presences[agent]
        state = presence.after or AgentState.AVAILABLE
        reason = presence.reason if presence.after else ""
        self.change_presence(agent, state=state, since=self.now, handoff="", after=None, reason=reason)
        return state

    def end_call(self, agent: str) -> None:
        """Their call is over: time to write, for those who came to take calls."""
        presence = self.presences[agent]
        self.change_presence(agent, idle_since=self.now)
        handoff = self.handoffs.get(presence.handoff)
        wrap_up_s = self.scene.rules_of(handoff.client).wrap_up_s if handoff else 0
        if wrap_up_s and presence.after is not AgentState.OFFLINE:
            self.change_presence(agent, state=AgentState.WRAP_UP, since=self.now)
            self.do(WrapUpBegins(presence.handoff, agent))
        else:
            self.free(agent)

    def _stop_ringing(self, handoff_id: str, why: Why | None) -> None:
        handoff = self.handoffs[handoff_id]
        held = self.scene.rings_agent(handoff)
        self.hang_up(handoff_id)
        self.change(handoff_id, status=HandoffStatus.WAITING, ringing="", ring_until=None)
        self.do(StopRinging(handoff_id, handoff.ringing, why))
        if held:
            self.free(handoff.ringing)

    def _count_misses(self, agent: str, why: Why) -> None:
        if why is Why.DECLINED:
            self.change_presence(agent, missed=0)
        elif why is Why.NO_ANSWER:
            presence = self.change_presence(agent, missed=self.presences[agent].missed + 1)
            if presence.missed >= MOST_MISSES and presence.state is AgentState.AVAILABLE:
                self.change_presence(agent, state=AgentState.PAUSED, reason=MISSED, missed=0)
                self.do(MissedTooOften(agent))
