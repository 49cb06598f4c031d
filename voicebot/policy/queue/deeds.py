"""What agents do to the queue, and what lines tell it. Told late, twice or by the wrong one, the rows decide."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.domain.agent import MISSED, AgentState, AgentWay, Presence, User
from voicebot.domain.call import Call
from voicebot.domain.handoff import Handoff, HandoffStatus, Taker, Task, Why
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEventKind
from voicebot.domain.telephone_numbers import may_be_rung
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused, NotAllowed
from voicebot.policy.queue.draft import Draft
from voicebot.policy.queue.scene import may_take_calls

CHOSEN = (AgentState.AVAILABLE, AgentState.PAUSED, AgentState.OFFLINE)
"""What agents may ask to be; the other states are the queue's."""


def accept(draft: Draft, handoff_id: str, taker: Taker) -> None:
    """Claims it; whoever has it already, in this way, still has it.

    Raises: HandoffRefused (taken, over, busy; no_line by a telephone that does not ring for it).
    """
    handoff = draft.handoffs[handoff_id]
    if handoff.status.taken and handoff.taker == taker:
        return
    if handoff.status.taken:
        raise HandoffRefused("taken", f"Somebody else has {handoff_id}.")
    if handoff.status.over:
        raise HandoffRefused("over", f"{handoff_id} is over.", "The caller is not waiting any more.")
    if taker.way is AgentWay.PHONE and handoff.ringing != taker.id:
        raise HandoffRefused("no_line", f"{handoff_id} does not ring there.", "Take it in the browser.")
    # A person of the client whose telephone rings: no presence of ours is theirs, whatever their id.
    person = handoff.ringing == taker.id and not draft.scene.rings_agent(handoff)
    if not person:
        _leave_other_offers(draft, handoff_id, taker)
    if handoff.ringing and (handoff.ringing != taker.id or (handoff.agent_line and taker.way is AgentWay.BROWSER)):
        draft.stop_ringing(handoff_id)
    claimed = draft.change(
        handoff_id, status=HandoffStatus.ACCEPTED, taker=taker, accepted_at=draft.now, ringing="", ring_until=None
    )
    told = {"agent": taker.id, "name": taker.name, "way": taker.way.value}
    draft.tell(claimed, MessageEventKind.HANDOFF_ACCEPTED, f"accepted-{taker.id}", **told)
    if not person:
        _give_caller(draft, handoff_id, taker)


def take_over(draft: Draft, call: Call, taker: Taker) -> str:
    """Takes a call that nobody offered. Raises: HandoffRefused (taken, over, busy).

    Returns: id of the handoff: the one of the call that is in the queue, or with the taker, else a new one.
    """
    of_call = [handoff for handoff in draft.handoffs.values() if handoff.call == call.id]
    if call.id in draft.scene.ended or call.ended is not None:
        raise HandoffRefused("over", f"Call {call.id} is over.")
    found = next((handoff for handoff in of_call if not handoff.status.over), None)
    if found is None:
        taken_over = sum(1 for handoff in of_call if handoff.id.startswith(f"{call.id}-takeover-"))
        found = _out_of_the_blue(draft, call, f"{call.id}-takeover-{taken_over + 1}", taker)
    elif found.status.queued:
        draft.change(found.id, wanted_by=taker.id)
    accept(draft, found.id, taker)
    return found.id


def decline(draft: Draft, handoff_id: str, agent: str, why: Why) -> None:
    handoff = draft.handoffs[handoff_id]
    if handoff.status is HandoffStatus.RINGING and handoff.ringing == agent:
        draft.pass_over(handoff_id, why)


def talking(draft: Draft, handoff_id: str, after_ms: float) -> None:
    handoff = draft.handoffs[handoff_id]
    if handoff.status is HandoffStatus.ACCEPTED and handoff.taker is not None:
        draft.change(handoff_id, status=HandoffStatus.TALKING, talking_at=draft.now)
        told = {"agent": handoff.taker.id, "after_ms": round(after_ms)}
        draft.tell(handoff, MessageEventKind.HANDOFF_TALKING, "talking", **told)


def give_back(draft: Draft, handoff_id: str, agent: str, task: Task | None) -> None:
    """Raises: HandoffRefused (not_yours, over)."""
    handoff = draft.handoffs[handoff_id]
    if handoff.taker is None or handoff.taker.id != agent:
        raise HandoffRefused("not_yours", f"{handoff_id} is not with {agent}.")
    if handoff.status.over:
        raise HandoffRefused("over", f"{handoff_id} is over.", "The caller is not with you any more.")
    draft.end(handoff_id, HandoffStatus.RETURNED, Why.GIVEN_BACK, task=task)


def not_taken(draft: Draft, handoff_id: str, why: Why) -> None:
    """One that nobody has is left too."""
    if draft.handoffs[handoff_id].status.taken:
        draft.end(handoff_id, HandoffStatus.RETURNED, why)


def keep_line(draft: Draft, handoff_id: str, agent: str, line: str) -> bool:
    """The carrier rings the human's telephone. Returns: False when it does so for nothing: hang it up."""
    handoff = draft.handoffs[handoff_id]
    rung = handoff.status is HandoffStatus.RINGING and handoff.ringing == agent
    taker = handoff.taker
    has_it = taker is not None and handoff.status.taken and (taker.id, taker.way) == (agent, AgentWay.PHONE)
    if not (rung or has_it) or handoff.agent_line not in ("", line):
        return False
    draft.change(handoff_id, agent_line=line)
    return True


def come(
    draft: Draft, user: User, clients: Sequence[str], languages: Sequence[Language], way: AgentWay, *, telephone: bool
) -> None:
    """telephone: this house can ring agents. Raises: NotAllowed, HandoffRefused (no_phone)."""
    if not may_take_calls(user):
        raise NotAllowed(f"{user.id} takes no calls.", "Give them another role.")
    if any(not user.covers(client) for client in clients) or not set(languages) <= set(user.languages):
        raise NotAllowed(f"{user.id} may not cover all of that.", "Choose from the user's own clients and languages.")
    if way is AgentWay.PHONE and not (telephone and may_be_rung(user.phone)):
        raise HandoffRefused("no_phone", f"{user.id} cannot be rung.", "Give the user a telephone, and the house a carrier.")
    presence = draft.presences.get(user.id) or _absent(draft, user.id)
    chosen = {"clients": tuple(clients), "languages": tuple(languages), "way": way, "seen_at": draft.now}
    draft.presences[user.id] = presence
    draft.change_presence(user.id, **chosen, after=None)
    if presence.state not in (AgentState.RINGING, AgentState.IN_CALL):
        _become(draft, user.id, AgentState.AVAILABLE, "")


def set_state(draft: Draft, agent: str, state: AgentState, reason: str) -> None:
    """Raises: HandoffRefused (busy), ValueError for a state that is not an agent's to choose."""
    if state not in CHOSEN:
        raise ValueError(f"{state} is the queue's to set")
    presence = draft.presences.get(agent) or _absent(draft, agent)
    draft.presences[agent] = presence
    handoff = draft.handoffs.get(presence.handoff)
    if presence.state is AgentState.IN_CALL and handoff is not None and handoff.status.taken:
        if state is AgentState.OFFLINE:
            raise HandoffRefused("busy", f"{agent} has a caller.", "Give the caller back first.")
        after = None if state is AgentState.AVAILABLE else state
        draft.change_presence(agent, after=after, reason=reason if after else "")
        return
    if handoff is not None and draft.scene.rings_agent(handoff):
        if state is AgentState.AVAILABLE:
            return
        draft.pass_over(handoff.id, Why.DECLINED)
    _become(draft, agent, state, reason)


def _become(draft: Draft, agent: str, state: AgentState, reason: str) -> None:
    was = draft.presences[agent]
    back = was.state is AgentState.OFFLINE
    draft.change_presence(
        agent,
        state=state,
        since=was.since if was.state is state else draft.now,
        idle_since=draft.now if back else was.idle_since,
        seen_at=draft.now,
        handoff="",
        reason="" if state is AgentState.AVAILABLE else reason,
        after=None,
        missed=0,
    )


def _absent(draft: Draft, agent: str) -> Presence:
    return Presence(agent, AgentState.OFFLINE, since=draft.now, idle_since=draft.now, seen_at=draft.now)


def _leave_other_offers(draft: Draft, handoff_id: str, taker: Taker) -> None:
    presence = draft.presences.get(taker.id)
    other = draft.handoffs.get(presence.handoff) if presence else None
    if presence is None or other is None or other.id == handoff_id:
        return
    if presence.state is AgentState.IN_CALL and other.status.taken:
        raise HandoffRefused("busy", f"{taker.id} has another caller.", "Give the caller back first.")
    if draft.scene.rings_agent(other):
        draft.stop_ringing(other.id)


def _give_caller(draft: Draft, handoff_id: str, taker: Taker) -> None:
    if taker.id not in draft.scene.users:
        return
    presence = draft.presences.get(taker.id) or _absent(draft, taker.id)
    draft.presences[taker.id] = presence
    # Whoever had not come to take calls, or paused, takes this one only.
    alone = presence.state is AgentState.OFFLINE or (presence.state is AgentState.PAUSED and presence.reason != MISSED)
    draft.change_presence(
        taker.id,
        state=AgentState.IN_CALL,
        since=draft.now,
        seen_at=draft.now,
        handoff=handoff_id,
        after=presence.state if alone else None,
        reason=presence.reason if alone else "",
        missed=0,
    )


def _out_of_the_blue(draft: Draft, call: Call, handoff_id: str, taker: Taker) -> Handoff:
    urgency = call.urgency.level if call.urgency else UrgencyLevel.P3
    new = Handoff(
        id=handoff_id,
        call=call.id,
        client=call.client,
        language=call.language,
        urgency=urgency,
        queued_at=draft.now,
        changed_at=draft.now,
        because="console",
        rehearsal=call.rehearsal,
        wanted_by=taker.id,
    )
    draft.handoffs[new.id] = new
    return new
