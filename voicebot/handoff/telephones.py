"""The telephones of agents: a briefing, one key, and the caller led to whoever pressed it; nobody is lost on the way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

import structlog

from voicebot.domain.agent import AgentWay, User
from voicebot.domain.call import Call
from voicebot.domain.card import Card
from voicebot.domain.events import CallEvent
from voicebot.domain.handoff import Handoff, HandoffStatus, Returned, Taker, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import CallEnd
from voicebot.errors import ChannelError, HandoffRefused, StoreError, UnknownUser
from voicebot.handoff.briefing import briefing_of
from voicebot.handoff.ports import AgentsDesk, AgentTelephone, Briefing, LiveFloor, Pressed

ANNOUNCE_LIMIT_S = 10.0
"""« Je vous passe Claire » is heard to its end before the line is taken; a line without marks waits this."""
AGAIN_S = 2.0
"""Before rows that could not be read are looked at again."""

MET_WITHIN_S = 8.0
"""Whoever is led into a room and finds nobody there is out of it again by then (telephony.waiting_room)."""
CALLER_GONE = ("over", "rejected")
"""Reasons of refusals when the caller has hung up."""
SAVED_WITHIN_S = 1.0
"""The end of a call is in the rows by then."""

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


@dataclass(eq=False, slots=True)
class _Joining:
    """An accepted handoff until both are in the room.

    led: the caller has left our stream for it. lost: the agent's line ended meanwhile. moving: one at a time.
    """

    call: Call
    taker: Taker
    led: bool = False
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    moving: asyncio.Lock = field(default_factory=asyncio.Lock)


class Telephones:
    """A handoff.ports.TelephoneDesk. One per process; its tasks belong to the event loop that it is asked on.

    Whoever presses 1 has the caller by one row. Then the process that has the call announces them and leads the caller
    into the room; each step looks at the row again, since either side may be gone by then.
    """

    def __init__(self, agents: AgentsDesk, floor: LiveFloor, telephone: AgentTelephone, facts: FloorFacts) -> None:
        self._agents = agents
        self._floor = floor
        self._telephone = telephone
        self._facts = facts
        self._joining: dict[str, _Joining] = {}
        self._led: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()

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
        if _has_it(handoff, agent):
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
        self._joining.pop(handoff_id, None)
        handoff = await self._agents.handoff(handoff_id)
        if handoff.status is HandoffStatus.ACCEPTED:
            since = handoff.accepted_at or handoff.changed_at
            await self._agents.talking(handoff_id, (self._facts.clock() - since).total_seconds() * 1000)

    async def line_ended(self, handoff_id: str, agent: str, how: CallEnd) -> None:
        handoff = await self._agents.handoff(handoff_id)
        if not _has_it(handoff, agent):
            if handoff.status.queued:
                await self._agents.decline(handoff_id, agent, WHY[how])
            return
        if how is CallEnd.MACHINE:
            raise HandoffRefused("taken", f"Whoever answered for handoff {handoff_id} has pressed a key.")
        await self._lost(handoff)

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

    async def bring_back(self, handoff_id: str) -> None:
        """The caller leaves the room for the receptionist; the agent hears that they are gone. Raises: ChannelError."""
        call = await self._facts.calls.call((await self._agents.handoff(handoff_id)).call)
        if call.ended is None:
            await self._telephone.caller_out_of_room(call.carrier_call_id)

    async def hang_up(self, handoff_id: str) -> None:
        """The agent ends the call for both. Raises: ChannelError."""
        call = await self._facts.calls.call((await self._agents.handoff(handoff_id)).call)
        await self._telephone.hang_up(call.carrier_call_id)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # Inside

    async def _take(self, handoff: Handoff, agent: str) -> Pressed:
        call = await self._facts.calls.call(handoff.call)
        taker = Taker(agent, await self._name(agent, call), AgentWay.PHONE)
        try:
            taken = await self._agents.accept(handoff.id, taker)
        except HandoffRefused as refused:
            _log.info("agent too late", handoff=handoff.id, reason=refused.reason)
            return Pressed.GONE
        self._begin(taken, call, taker)
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

    def _begin(self, handoff: Handoff, call: Call, taker: Taker) -> None:
        if handoff.id in self._joining:
            return
        joining = self._joining[handoff.id] = _Joining(call, taker)
        task = asyncio.create_task(self._join(handoff, joining), name=f"join-{handoff.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _join(self, handoff: Handoff, joining: _Joining) -> None:
        """From the acceptance to the caller's way into the room. Whatever fails, the caller is the receptionist's again."""
        try:
            await self._put_through(handoff, joining)
            if joining.led:
                await asyncio.sleep(MET_WITHIN_S)
                await self._surely_together(handoff.id, joining)
        except HandoffRefused as refused:
            if refused.reason == "elsewhere" and handoff.node not in ("", self._facts.node):
                _log.info("another process puts the caller through", handoff=handoff.id, node=handoff.node)
                self._joining.pop(handoff.id, None)
                return
            await self._not_connected(handoff, joining, refused.reason)
        except ChannelError as refused:
            await self._not_connected(handoff, joining, refused.reason)
        except StoreError as refused:
            await self._not_connected(handoff, joining, refused.code)
        except Exception:  # noqa: BLE001 - a fault here must not leave two people waiting for each other
            _log.exception("caller not put through", handoff=handoff.id, code="bug")
            await self._not_connected(handoff, joining, "bug")

    async def _put_through(self, handoff: Handoff, joining: _Joining) -> None:
        await self._announce(handoff, joining)
        async with joining.moving:
            now = await self._agents.handoff(handoff.id)
            if not _has_it(now, joining.taker.id):
                self._joining.pop(handoff.id, None)
                await self._return(joining, now.why or Why.AGENT_LOST)
                await self._let_agent_go(now)
                return
            joining.led = True
            self._led.add(handoff.id)
            await self._telephone.caller_into_room(joining.call.carrier_call_id, handoff.id)
        _log.info("caller led to agent", handoff=handoff.id, call=joining.call.id)

    async def _surely_together(self, handoff_id: str, joining: _Joining) -> None:
        """The carrier told neither that they met nor that somebody left: its word was lost, and the talk must not be."""
        if self._joining.get(handoff_id) is joining and not joining.lost.is_set():
            _log.warning("nobody told that caller and agent met", handoff=handoff_id)
            await self.together(handoff_id)

    async def _announce(self, handoff: Handoff, joining: _Joining) -> None:
        """Until it was heard, or the agent is gone again. Raises: what LiveFloor.announce raises."""
        announcing = asyncio.create_task(self._floor.announce(joining.call.id, handoff.id, joining.taker))
        lost = asyncio.create_task(joining.lost.wait())
        try:
            await asyncio.wait({announcing, lost}, timeout=ANNOUNCE_LIMIT_S, return_when=asyncio.FIRST_COMPLETED)
            if announcing.done():
                announcing.result()
            else:
                _log.warning("announcement not heard to its end", handoff=handoff.id, lost=lost.done())
        finally:
            announcing.cancel()
            lost.cancel()
            await asyncio.gather(announcing, lost, return_exceptions=True)

    async def _not_connected(self, handoff: Handoff, joining: _Joining, reason: str) -> None:
        """The legs could not be joined: the row says so, the receptionist goes on, and the agent is told."""
        _log.error("caller not connected", handoff=handoff.id, call=joining.call.id, code=reason)
        self._joining.pop(handoff.id, None)
        if not (reason in CALLER_GONE and await self._over_soon(handoff.id)):
            try:
                await self._agents.not_taken(handoff.id, Why.NOT_CONNECTED)
            except StoreError as refused:
                _log.error("handoff not noted as returned", handoff=handoff.id, code=refused.code)
            await self._return(joining, Why.NOT_CONNECTED)
        await self._let_agent_go(handoff)

    async def _let_agent_go(self, handoff: Handoff) -> None:
        """With a word; a line that is over is left."""
        try:
            line = handoff.agent_line or (await self._agents.handoff(handoff.id)).agent_line
            if line:
                await self._telephone.hang_up(line)
        except (ChannelError, StoreError) as refused:
            # The waiting room, where they are, has an end.
            _log.error("agent not let go", handoff=handoff.id, code=refused.code)

    async def _over_soon(self, handoff_id: str) -> bool:
        """The caller hung up: the end of their call ends the handoff, too. Returns: did it, within SAVED_WITHIN_S?"""
        for _ in range(10):
            await asyncio.sleep(SAVED_WITHIN_S / 10)
            try:
                if (await self._agents.handoff(handoff_id)).status.over:
                    return True
            except StoreError:
                return False
        return False

    async def _return(self, joining: _Joining, why: Why) -> None:
        try:
            await self._floor.return_caller(joining.call.id, Returned(why, joining.taker))
        except HandoffRefused as refused:
            _log.info("no caller to take back", call=joining.call.id, reason=refused.reason)

    async def _lost(self, handoff: Handoff) -> None:
        """Their line is over. In the talk the conference ends with it, and the carrier brings the caller back by itself."""
        joining = self._joining.pop(handoff.id, None)
        if joining is None:
            await self._agents.not_taken(handoff.id, Why.AGENT_LOST)
            return
        async with joining.moving:
            await self._agents.not_taken(handoff.id, Why.AGENT_LOST)
            joining.lost.set()
            if not joining.led or handoff.status is HandoffStatus.TALKING:
                return
            try:
                await self._telephone.caller_out_of_room(joining.call.carrier_call_id)
            except ChannelError as refused:
                # The waiting room brings them back, too.
                _log.error("caller not brought back", handoff=handoff.id, code=refused.reason)

    async def _look(self) -> None:
        for handoff in await self._agents.queue():
            by_phone = handoff.taker is not None and handoff.taker.way is AgentWay.PHONE
            here = handoff.node == self._facts.node
            if handoff.status is HandoffStatus.ACCEPTED and by_phone and here and handoff.taker:
                self._begin(handoff, await self._facts.calls.call(handoff.call), handoff.taker)
        for handoff_id in tuple(self._led):
            handoff = await self._agents.handoff(handoff_id)
            if handoff.status.over:
                self._led.discard(handoff_id)
                if handoff.why is Why.GIVEN_BACK:
                    await self._bring_back(handoff_id)

    async def _bring_back(self, handoff_id: str) -> None:
        try:
            await self.bring_back(handoff_id)
        except ChannelError as refused:
            # The desk ends the agent's line soon, and so the conference.
            _log.error("caller not brought back", handoff=handoff_id, code=refused.reason)


def _has_it(handoff: Handoff, agent: str) -> bool:
    return handoff.status.taken and handoff.taker is not None and handoff.taker.id == agent
