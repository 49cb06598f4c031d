"""From an acceptance by telephone to caller and agent in one room, and back to the receptionist when either is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from voicebot.domain.agent import AgentWay
from voicebot.domain.call import Call
from voicebot.domain.handoff import Handoff, HandoffStatus, Returned, Taker, Task, Why
from voicebot.errors import ChannelError, HandoffRefused, StoreError
from voicebot.handoff.ports import AgentsDesk, AgentTelephone, LiveFloor

ANNOUNCE_LIMIT_S = 10.0
"""« Je vous passe Claire » is heard to its end before the line is taken; a line without marks waits this."""
MET_WITHIN_S = 8.0
"""Whoever is led into a room and finds nobody there is out of it again by then (telephony.waiting_room)."""
HERE_EVERY_S, HERE_TRIES = 0.5, 8
"""How often, and how many times, a call is looked for that may have broken off, or may be in another process."""
CALLER_GONE = ("over", "rejected", "elsewhere")
"""Reasons of refusals when the caller has hung up."""
SAVED_WITHIN_S = 1.0
"""The end of a call is in the rows by then."""

_log = structlog.get_logger()


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


class Connecting:
    """The joining of legs in one process; its tasks belong to the event loop that it is asked on.

    The process that has the call announces the taker and leads the caller into the room; each step looks at the row again,
    since either side may be gone by then. Whatever fails, the caller is the receptionist's again.

    Args:
        clock: aware UTC. node: name of this process, as handoffs bear it; "" for the only one.
    """

    def __init__(
        self,
        agents: AgentsDesk,
        floor: LiveFloor,
        telephone: AgentTelephone,
        clock: Callable[[], datetime],
        node: str,
    ) -> None:
        self._agents = agents
        self._floor = floor
        self._telephone = telephone
        self._clock = clock
        self._node = node
        self._joining: dict[str, _Joining] = {}
        # By id, until the handoff is over: whether the caller was led away from us.
        self._begun: dict[str, bool] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, handoff: Handoff, call: Call, taker: Taker) -> None:
        """Beside whoever asks; once per handoff."""
        if handoff.id in self._begun:
            return
        self._begun[handoff.id] = False
        joining = self._joining[handoff.id] = _Joining(call, taker)
        task = asyncio.create_task(self._join(handoff, joining), name=f"join-{handoff.id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def is_ours(self, handoff: Handoff) -> bool:
        """Was it accepted by telephone for a call of this process, and are the legs not joined yet?"""
        by_phone = handoff.taker is not None and handoff.taker.way is AgentWay.PHONE
        return handoff.status is HandoffStatus.ACCEPTED and by_phone and handoff.node == self._node

    async def met(self, handoff_id: str) -> None:
        """Both are in the room. Told late, or twice, it changes nothing."""
        handoff = await self._agents.handoff(handoff_id)
        if handoff.status is HandoffStatus.ACCEPTED:
            since = handoff.accepted_at or handoff.changed_at
            await self._agents.talking(handoff_id, (self._clock() - since).total_seconds() * 1000)
        self._joining.pop(handoff_id, None)

    async def lost(self, handoff: Handoff) -> None:
        """The line of whoever has it is over. In the talk the conference ends with it, and the carrier brings the caller
        back by itself."""
        joining = self._joining.pop(handoff.id, None)
        if joining is None:
            await self._agents.not_taken(handoff.id, Why.AGENT_LOST)
            return
        async with joining.moving:
            joining.lost.set()
            try:
                await self._agents.not_taken(handoff.id, Why.AGENT_LOST)
            finally:
                if joining.led and handoff.status is HandoffStatus.ACCEPTED:
                    await self._lead_out(handoff.id, joining.call)

    async def given_back(self) -> list[Handoff]:
        """Handoffs whose caller was led into a room here and whose agent has given them back since; each is told once."""
        back: list[Handoff] = []
        for handoff_id, led in tuple(self._begun.items()):
            handoff = await self._agents.handoff(handoff_id)
            if handoff.status.over:
                self._begun.pop(handoff_id, None)
                if led and handoff.why is Why.GIVEN_BACK:
                    back.append(handoff)
        return back

    async def lead_out(self, handoff: Handoff, call: Call) -> None:
        """The caller leaves the room for the receptionist, and the conference ends."""
        if call.ended is None:
            await self._lead_out(handoff.id, call)

    async def close(self) -> None:
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _join(self, handoff: Handoff, joining: _Joining) -> None:
        """From the acceptance to the caller's way into the room. Whatever fails, the caller is the receptionist's again."""
        try:
            await self._put_through(handoff, joining)
        except HandoffRefused as refused:
            other = handoff.node not in ("", self._node)
            if refused.reason == "elsewhere" and (other or not await self._over_soon(handoff.id)):
                # Its own process puts the caller through; where there is none, the queue gives up connecting.
                _log.info("the call is not on the line here", handoff=handoff.id, node=handoff.node)
                self._joining.pop(handoff.id, None)
                self._begun.pop(handoff.id, None)
                return
            await self._not_connected(handoff, joining, refused.reason)
        except ChannelError as refused:
            await self._not_connected(handoff, joining, refused.reason)
        except StoreError as refused:
            await self._not_connected(handoff, joining, refused.code)
        except Exception:  # noqa: BLE001 - a fault here must not leave two people waiting for each other
            _log.exception("caller not put through", handoff=handoff.id, code="bug")
            await self._not_connected(handoff, joining, "bug")
        else:
            await self._surely_met(handoff.id, joining)

    async def _put_through(self, handoff: Handoff, joining: _Joining) -> None:
        await self._announce_here(handoff, joining)
        async with joining.moving:
            now = await self._agents.handoff(handoff.id)
            if joining.lost.is_set() or not has_it(now, joining.taker.id):
                self._joining.pop(handoff.id, None)
                await self._return(joining, now.why or Why.AGENT_LOST, now.task)
                await self._let_agent_go(now)
                return
            joining.led = self._begun[handoff.id] = True
            await self._telephone.caller_into_room(joining.call.carrier_call_id, handoff.id)
        _log.info("caller led to agent", handoff=handoff.id, call=joining.call.id)

    async def _surely_met(self, handoff_id: str, joining: _Joining) -> None:
        """The carrier told neither that they met nor that somebody left: its word was lost, and the talk must not be."""
        if not joining.led:
            return
        await asyncio.sleep(MET_WITHIN_S)
        if self._joining.get(handoff_id) is joining:
            _log.warning("nobody told that caller and agent met", handoff=handoff_id)
            try:
                await self.met(handoff_id)
            except StoreError as refused:
                _log.error("talk not noted", handoff=handoff_id, code=refused.code)

    async def _announce_here(self, handoff: Handoff, joining: _Joining) -> None:
        """A caller whose line has just broken is here again within a few seconds. Raises: HandoffRefused (elsewhere)."""
        for _ in range(HERE_TRIES):
            try:
                await self._announce(handoff, joining)
                return
            except HandoffRefused as refused:
                if refused.reason != "elsewhere" or handoff.node not in ("", self._node):
                    raise
            await asyncio.sleep(HERE_EVERY_S)
            if not has_it(await self._agents.handoff(handoff.id), joining.taker.id):
                return
        raise HandoffRefused("elsewhere", f"Call {joining.call.id} is not on the line in this process.")

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

    async def _return(self, joining: _Joining, why: Why, task: Task | None = None) -> None:
        try:
            await self._floor.return_caller(joining.call.id, Returned(why, joining.taker, task))
        except HandoffRefused as refused:
            _log.info("no caller to take back", call=joining.call.id, reason=refused.reason)

    async def _lead_out(self, handoff_id: str, call: Call) -> None:
        try:
            await self._telephone.caller_out_of_room(call.carrier_call_id)
        except ChannelError as refused:
            # A caller alone is led back by the waiting room; the desk ends the agent's line soon, and so the conference.
            _log.error("caller not brought back", handoff=handoff_id, code=refused.reason)


def has_it(handoff: Handoff, agent: str) -> bool:
    """By telephone: whoever took it in the browser has it whatever becomes of the telephone that rang meanwhile."""
    taker = handoff.taker
    return handoff.status.taken and taker is not None and (taker.id, taker.way) == (agent, AgentWay.PHONE)
