"""In which order callers are offered, and what a waiting one may truly be told."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from voicebot.domain.agent import AgentState
from voicebot.domain.handoff import Handoff, QueueStanding
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.queue.scene import QueueScene

AGE_S = 60
"""Waiting time that lifts a caller by one level of urgency, up to P1 at most: life and danger always come first."""

_LEVELS = tuple(UrgencyLevel)
_HIGHEST_BY_AGE = _LEVELS.index(UrgencyLevel.P1)
_EXPECTED = (AgentState.AVAILABLE, AgentState.RINGING, AgentState.IN_CALL, AgentState.WRAP_UP)


def waited_s(handoff: Handoff, now: datetime) -> float:
    """Since it was queued, until it was taken or over."""
    until = handoff.accepted_at or handoff.over_at or now
    return max(0.0, (until - handoff.queued_at).total_seconds())


def leaves_at(scene: QueueScene, handoff: Handoff) -> datetime:
    """When the receptionist takes the caller back at the latest."""
    return handoff.queued_at + timedelta(seconds=scene.rules_of(handoff.client).max_wait_s)


def level_now(handoff: Handoff, now: datetime) -> int:
    """0 is the most urgent. Waiting lifts it: no caller is overtaken for ever by later ones."""
    level = _LEVELS.index(handoff.urgency)
    if level <= _HIGHEST_BY_AGE:
        return level
    return max(_HIGHEST_BY_AGE, level - int(waited_s(handoff, now) // AGE_S))


def in_order(handoffs: Iterable[Handoff], now: datetime) -> list[Handoff]:
    """Those in the queue, as they are offered: urgency first, then waiting time."""
    queued = [handoff for handoff in handoffs if handoff.status.queued]
    return sorted(queued, key=lambda handoff: (level_now(handoff, now), handoff.queued_at, handoff.id))


def as_listed(handoffs: Iterable[Handoff], now: datetime) -> list[Handoff]:
    """Those in the queue in the order in which they are offered, then those with an agent, oldest first."""
    known = list(handoffs)
    taken = sorted((h for h in known if h.status.taken), key=lambda handoff: (handoff.queued_at, handoff.id))
    return in_order(known, now) + taken


def standing_of(scene: QueueScene, handoff: Handoff, now: datetime) -> QueueStanding:
    """Position 1 is next, 0 is out of the queue. Only callers who wait for the same agents count as before this one."""
    able = {presence.agent for presence in scene.able(handoff)}
    position = 0
    if handoff.status.queued:
        position = 1
        for other in in_order(scene.handoffs.values(), now):
            if other.id == handoff.id:
                break
            if not handoff.ringing and able.intersection(presence.agent for presence in scene.able(other)):
                position += 1
    return QueueStanding(handoff.id, handoff.status, position, waited_s(handoff, now), len(able), handoff.why)


def may_transfer(scene: QueueScene, client: str, language: Language, most_waiting: int, *, by_phone: bool) -> bool:
    """May a caller be told that an agent is being looked for? by_phone: telephones of agents can ring for this call.

    Some agent covers the call and is not paused, and the client's part of the queue has room.
    """
    waiting = sum(1 for handoff in scene.handoffs.values() if handoff.client == client and handoff.status.queued)
    if waiting >= most_waiting:
        return False
    return any(
        presence.state in _EXPECTED and scene.covers(presence, client, language, by_phone=by_phone)
        for presence in scene.presences.values()
    )
