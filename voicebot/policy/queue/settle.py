"""The reducer of the queue: a scene and a moment go in, what becomes of it comes out.

Nothing is remembered here and no clock is read: the same scene and moment give the same step, and settling what was
settled changes nothing. Any process may do it at any time.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from voicebot.domain.agent import UNSEEN, AgentState, AgentWay, Presence
from voicebot.domain.handoff import Handoff, HandoffStatus, Why
from voicebot.policy.queue.commands import NotConnected, Offline, Overflow, WrapUpEnds
from voicebot.policy.queue.draft import Draft, QueueStep
from voicebot.policy.queue.order import in_order, leaves_at
from voicebot.policy.queue.scene import QueueScene, may_take_calls

UNSEEN_AFTER_S = 20
"""Without a sign of a browser its agent is offline; an agent who takes calls by telephone needs no browser."""
CONNECT_LIMIT_S = 30
"""From the acceptance until both hear each other; then the receptionist takes the caller back."""
GOODBYE_S = 10
"""The telephone of a human who had the caller is told what happened, and its line is hung up then if it is still there."""
LEAST_RING_S = 5
"""Nobody is rung for less: the caller is taken back before a human could answer."""


def settle(scene: QueueScene, now: datetime) -> QueueStep:
    """One step of the queue."""
    draft = Draft(scene, now)
    settle_draft(draft)
    return draft.step


def settle_draft(draft: Draft) -> None:
    """The same after what somebody did, in one step with it."""
    _let_lines_go(draft)
    _end_rings(draft)
    _give_up_connecting(draft)
    _free_agents(draft)
    _notice_absence(draft)
    _overflow(draft)
    _offer(draft)


def _let_lines_go(draft: Draft) -> None:
    for handoff in tuple(draft.handoffs.values()):
        told = handoff.taker is None or _over_for(draft, handoff, GOODBYE_S)
        if handoff.status is HandoffStatus.WAITING or (handoff.status.over and told):
            draft.hang_up(handoff.id)


def _over_for(draft: Draft, handoff: Handoff, seconds: float) -> bool:
    return handoff.over_at is not None and draft.now - handoff.over_at >= timedelta(seconds=seconds)


def _notice_absence(draft: Draft) -> None:
    for presence in tuple(draft.presences.values()):
        if presence.state is AgentState.OFFLINE or _has_caller(draft, presence):
            continue
        user = draft.scene.users.get(presence.agent)
        # A user whom this process does not know yet was added by another one just now.
        gone = user is not None and not may_take_calls(user)
        if not gone and not _unseen(draft, presence):
            continue
        reason = "" if gone else UNSEEN
        offered = draft.handoffs.get(presence.handoff)
        if offered is not None and draft.scene.rings_agent(offered):
            draft.pass_over(offered.id, Why.AGENT_LOST)
        draft.change_presence(
            presence.agent, state=AgentState.OFFLINE, since=draft.now, handoff="", after=None, reason=reason, missed=0
        )
        draft.do(Offline(presence.agent, reason))


def _unseen(draft: Draft, presence: Presence) -> bool:
    return presence.way is AgentWay.BROWSER and draft.now - presence.seen_at > timedelta(seconds=UNSEEN_AFTER_S)


def _has_caller(draft: Draft, presence: Presence) -> bool:
    handoff = draft.handoffs.get(presence.handoff)
    return handoff is not None and draft.scene.taken_by_agent(handoff) and handoff.status.taken


def _end_rings(draft: Draft) -> None:
    for handoff in tuple(draft.handoffs.values()):
        if handoff.status is not HandoffStatus.RINGING:
            continue
        if handoff.ringing in draft.presences and not _rings_rightly(draft, handoff):
            draft.stop_ringing(handoff.id)
        elif handoff.ring_until is None or handoff.ring_until <= draft.now:
            if handoff.ring_until is not None and handoff.ring_until < leaves_at(draft.scene, handoff):
                draft.pass_over(handoff.id, Why.NO_ANSWER)
            else:
                # Cut short by the caller's patience: nobody can be blamed for it.
                draft.stop_ringing(handoff.id)


def _rings_rightly(draft: Draft, handoff: Handoff) -> bool:
    """At an agent who knows of it, or at a person of the client whose id an agent happens to have too."""
    callees = draft.scene.callees.get(handoff.id, ())
    return draft.scene.rings_agent(handoff) or any(callee.id == handoff.ringing for callee in callees)


def _give_up_connecting(draft: Draft) -> None:
    limit = timedelta(seconds=CONNECT_LIMIT_S)
    for handoff in tuple(draft.handoffs.values()):
        if handoff.status is not HandoffStatus.ACCEPTED or handoff.taker is None or handoff.accepted_at is None:
            continue
        if draft.now - handoff.accepted_at > limit:
            draft.do(NotConnected(handoff.id, handoff.taker.id))
            draft.end(handoff.id, HandoffStatus.RETURNED, Why.NOT_CONNECTED)


def _free_agents(draft: Draft) -> None:
    for presence in tuple(draft.presences.values()):
        handoff = draft.handoffs.get(presence.handoff)
        if presence.state is AgentState.RINGING:
            if handoff is None or handoff.ringing != presence.agent:
                draft.free(presence.agent)
        elif presence.state is AgentState.IN_CALL:
            if handoff is None or not handoff.status.taken or not handoff.taker or handoff.taker.id != presence.agent:
                draft.end_call(presence.agent)
        elif presence.state is AgentState.WRAP_UP and _has_written(draft, presence, handoff):
            draft.do(WrapUpEnds(presence.agent, draft.free(presence.agent)))


def _has_written(draft: Draft, presence: Presence, handoff: Handoff | None) -> bool:
    wrap_up_s = draft.scene.rules_of(handoff.client).wrap_up_s if handoff else 0
    return draft.now - presence.since >= timedelta(seconds=wrap_up_s)


def _overflow(draft: Draft) -> None:
    for handoff in tuple(draft.handoffs.values()):
        if handoff.status.queued and leaves_at(draft.scene, handoff) <= draft.now:
            draft.end(handoff.id, HandoffStatus.OVERFLOWED, Why.MAX_WAIT)
            draft.do(Overflow(handoff.id, Why.MAX_WAIT))


def _offer(draft: Draft) -> None:
    """One agent for one caller, whoever waits first; who cannot be served yet holds up nobody behind them."""
    for handoff in in_order(draft.handoffs.values(), draft.now):
        if handoff.status is HandoffStatus.WAITING and not _ring_somebody(draft, handoff) and not _may_hope(draft, handoff):
            draft.end(handoff.id, HandoffStatus.OVERFLOWED, Why.NOBODY)
            draft.do(Overflow(handoff.id, Why.NOBODY))


def _ring_somebody(draft: Draft, handoff: Handoff) -> bool:
    until = leaves_at(draft.scene, handoff)
    if until - draft.now < timedelta(seconds=LEAST_RING_S):
        return False
    for callee in draft.scene.callees_left(handoff):
        if not draft.scene.callee_is_busy(handoff.client, callee.id):
            draft.ring(handoff, callee.id, AgentWay.PHONE, until, callee.number)
            return True
    free = [presence for presence in draft.scene.able(handoff) if presence.state is AgentState.AVAILABLE]
    if not free:
        return False
    chosen = min(free, key=lambda p: (p.agent != handoff.wanted_by, p.idle_since, p.agent))
    by_phone = chosen.way is AgentWay.PHONE
    number = draft.scene.users[chosen.agent].phone if by_phone else ""
    draft.ring(handoff, chosen.agent, chosen.way, until, number)
    draft.change_presence(chosen.agent, state=AgentState.RINGING, since=draft.now, handoff=handoff.id)
    return True


def _may_hope(draft: Draft, handoff: Handoff) -> bool:
    """Is anybody left who could take it: an agent who is busy, writing or paused, or a person who telephones?"""
    return bool(draft.scene.able(handoff) or draft.scene.callees_left(handoff))
