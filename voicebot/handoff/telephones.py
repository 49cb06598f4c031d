"""The telephones of agents: a briefing, one key, and the caller led to whoever pressed it; nobody is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import structlog

from voicebot.domain.agent import AgentWay, User
from voicebot.domain.call import Call
from voicebot.domain.card import Card
from voicebot.domain.events import CallEvent
from voicebot.domain.handoff import Handoff, Taker, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import CallEnd
from voicebot.errors import HandoffRefused, StoreError, UnknownUser
from voicebot.handoff.briefing import briefing_of
from voicebot.handoff.connecting import Connecting, has_it
from voicebot.handoff.ports import AgentsDesk, AgentTelephone, Briefing, LiveFloor, Pressed

AGAIN_S = 2.0
"""Before rows that could not be read are looked at again."""


WHY = {
    CallEnd.NO_ANSWER: Why.NO_ANSWER,
    CallEnd.MACHINE: Why.NO_ANSWER,
    CallEnd.SILENT: Why.NO_ANSWER,
    CallEnd.STOPPED: Why.NO_ANSWER,
    CallEnd.PASSED: Why.DECLINED,
    CallEnd.BUSY: Why.CARRIER,
    CallEnd.FAILED: Why.CARRIER,
}

_log = structlog.get_logger()


class Calls(Protocol):
    """Rows of calls (voicebot.store.CallBook)."""

    async def call(self, call_id: str) -> Call: ...

    async def events(self, call_id: str, after: int = 0) -> list[CallEvent]: ...


@dataclass(frozen=True, slots=True)
class FloorFacts:
    """What is known of calls and people.

    calls: rows of calls. instructions_of: of the client, as the call obeys them. user_of: by id; raises UnknownUser.
    card_of: see policy.card. clock: aware UTC. node: name of this process, as handoffs bear it; "" for the only one.
    """

    calls: Calls
    instructions_of: Callable[[Call], Instructions]
    user_of: Callable[[str], Awaitable[User]]
    card_of: Callable[[Call, Sequence[CallEvent], Instructions, datetime], Card]
    clock: Callable[[], datetime]
    node: str = ""


class Telephones:
    """A handoff.ports.TelephoneDesk. One per process; its tasks belong to the event loop that it is asked on.

    Whoever presses 1 has the caller by one row; the caller comes after that (handoff.connecting).
    """

    def __init__(self, agents: AgentsDesk, floor: LiveFloor, telephone: AgentTelephone, facts: FloorFacts) -> None:
        self._agents = agents
        self._telephone = telephone
        self._facts = facts
        self._connecting = Connecting(agents, floor, telephone, facts.clock, facts.node)

    # What telephones tell

    async def briefing(self, handoff_id: str, agent: str) -> Briefing:
        handoff = await self._agents.handoff(handoff_id)
        if handoff.ringing != agent or not handoff.status.queued:
            reason = "over" if handoff.status.over else "taken"
            raise HandoffRefused(reason, f"Handoff {handoff_id} does not wait for whoever answers.")
        call = await self._facts.calls.call(handoff.call)
        instructions = self._facts.instructions_of(call)
        events = await self._facts.calls.events(call.id)
        return briefing_of(self._facts.card_of(call, events, instructions, self._facts.clock()), instructions)

    async def press(self, handoff_id: str, agent: str, key: str) -> Pressed:
        """1 takes the caller, who comes after the answer; 2 declines; any other key hears it again."""
        handoff = await self._agents.handoff(handoff_id)
        if has_it(handoff, agent):
            return Pressed.TAKEN
        if not handoff.status.queued:
            return Pressed.GONE
        if key == "1":
            return await self._take(handoff, agent)
        if handoff.ringing != agent:
            return Pressed.GONE
        if key == "2":
            await self._agents.decline(handoff_id, agent, Why.DECLINED)
            return Pressed.DECLINED
        return Pressed.AGAIN

    async def together(self, handoff_id: str) -> None:
        await self._connecting.met(handoff_id)

    async def line_ended(self, handoff_id: str, agent: str, how: CallEnd) -> None:
        handoff = await self._agents.handoff(handoff_id)
        if not has_it(handoff, agent):
            if handoff.status.queued:
                await self._agents.decline(handoff_id, agent, WHY[how])
            return
        if how is CallEnd.MACHINE:
            raise HandoffRefused("taken", f"Whoever answered for handoff {handoff_id} has pressed a key.")
        await self._connecting.lost(handoff)

    # What the house asks

    async def watch(self) -> None:
        """Takes up what was accepted in other processes for calls of this one, and what agents gave back, for ever."""
        while True:
            try:
                async for _ in self._agents.changes():
                    await self._look()
            except StoreError as refused:
                _log.error("handoffs not watched", code=refused.code, remedy=refused.remedy)
            await asyncio.sleep(AGAIN_S)

    async def hang_up(self, handoff_id: str) -> None:
        """The agent ends the call for both. Raises: ChannelError."""
        call = await self._facts.calls.call((await self._agents.handoff(handoff_id)).call)
        await self._telephone.hang_up(call.carrier_call_id, silently=True)

    async def close(self) -> None:
        await self._connecting.close()

    # Inside

    async def _take(self, handoff: Handoff, agent: str) -> Pressed:
        call = await self._facts.calls.call(handoff.call)
        taker = Taker(agent, await self._name(agent, call), AgentWay.PHONE)
        try:
            taken = await self._agents.accept(handoff.id, taker)
        except HandoffRefused as refused:
            _log.info("agent too late", handoff=handoff.id, reason=refused.reason)
            return Pressed.GONE
        self._connecting.begin(taken, call, taker)
        return Pressed.TAKEN

    async def _name(self, agent: str, call: Call) -> str:
        """Of one of our users, or of a person of the client. Raises: UnknownUser."""
        try:
            return (await self._facts.user_of(agent)).name
        except UnknownUser:
            person = self._facts.instructions_of(call).person(agent)
            if person is None:
                raise
            return person.name

    async def _look(self) -> None:
        for handoff in await self._agents.queue():
            if self._connecting.is_ours(handoff) and handoff.taker:
                self._connecting.begin(handoff, await self._facts.calls.call(handoff.call), handoff.taker)
        for handoff in await self._connecting.given_back():
            await self._connecting.lead_out(handoff, await self._facts.calls.call(handoff.call))
