"""A desk of agents in memory: one row per handoff, changed as the real one changes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from voicebot.domain.agent import AgentState, AgentWay, Presence, User
from voicebot.domain.call import Call
from voicebot.domain.callback import Callback, CallbackStatus
from voicebot.domain.handoff import Handoff, HandoffStatus, QueueStanding, Taker, Task, Why
from voicebot.domain.language import Language
from voicebot.errors import ChannelError, HandoffRefused, StoreError, UnknownHandoff
from voicebot.handoff.ports import AgentRing, AgentTelephone


class AgentsInMemory:
    """A handoff.ports.AgentsDesk of telephones.

    fails: how often each method still raises StoreError. talked: handoffs with after_ms. declined: (handoff, agent, why).
    """

    def __init__(self) -> None:
        self.rows: dict[str, Handoff] = {}
        self.fails: dict[str, int] = {}
        self.talked: list[tuple[str, float]] = []
        self.declined: list[tuple[str, str, Why]] = []
        self.accepted: list[tuple[str, Taker]] = []
        self.telephone: AgentTelephone | None = None
        self._changed = asyncio.Event()
        self._hanging_up: set[asyncio.Task[None]] = set()

    # What a test does

    def put(self, handoff: Handoff) -> None:
        self.rows[handoff.id] = handoff
        self._changed.set()

    async def offer(self, handoff_id: str, agent: str, number: str, ring_s: int = 20) -> str:
        """Rings the agent, as the queue does. Returns: the line, "" when the carrier refused."""
        assert self.telephone is not None
        self.put(replace(self.rows[handoff_id], status=HandoffStatus.RINGING, ringing=agent))
        try:
            line = await self.telephone.ring(AgentRing(handoff_id, agent, number, ring_s))
        except ChannelError:
            await self.decline(handoff_id, agent, Why.CARRIER)
            return ""
        if self.rows[handoff_id].status.over:
            await self.telephone.hang_up(line)
        else:
            self.put(replace(self.rows[handoff_id], agent_line=line))
        return line

    async def call_ended(self, handoff_id: str) -> None:
        """The caller hung up: what CallBook.save and the queue do then."""
        handoff = self.rows[handoff_id]
        status = HandoffStatus.DONE if handoff.status.taken else HandoffStatus.ABANDONED
        if not handoff.status.over:
            self._end(handoff, status, Why.CALLER_HUNG_UP)

    def _hang_up(self, handoff: Handoff) -> None:
        """Beside the deed, as the real desk does."""
        if handoff.agent_line and self.telephone:
            task = asyncio.create_task(self.telephone.hang_up(handoff.agent_line))
            self._hanging_up.add(task)
            task.add_done_callback(self._hanging_up.discard)

    # What the desk does

    async def handoff(self, handoff_id: str) -> Handoff:
        self._may_fail("handoff")
        if handoff_id not in self.rows:
            raise UnknownHandoff(f"No handoff {handoff_id}.")
        return self.rows[handoff_id]

    async def of_call(self, call_id: str) -> list[Handoff]:
        return [handoff for handoff in self.rows.values() if handoff.call == call_id]

    async def queue(self) -> list[Handoff]:
        self._may_fail("queue")
        return [handoff for handoff in self.rows.values() if not handoff.status.over]

    async def accept(self, handoff_id: str, taker: Taker) -> Handoff:
        self._may_fail("accept")
        handoff = await self.handoff(handoff_id)
        if handoff.status.taken and handoff.taker == taker:
            return handoff
        if handoff.status.over or handoff.taker is not None:
            raise HandoffRefused("over" if handoff.status.over else "taken", "Not any more.")
        self.accepted.append((handoff_id, taker))
        taken = replace(
            handoff, status=HandoffStatus.ACCEPTED, taker=taker, ringing="", accepted_at=datetime.now(UTC), ring_until=None
        )
        self.put(taken)
        return taken

    async def decline(self, handoff_id: str, agent: str, why: Why = Why.DECLINED) -> None:
        self._may_fail("decline")
        handoff = await self.handoff(handoff_id)
        if handoff.ringing == agent and handoff.status.queued:
            self.declined.append((handoff_id, agent, why))
            passed = (*handoff.passed_over, agent)
            self.put(replace(handoff, status=HandoffStatus.WAITING, ringing="", agent_line="", passed_over=passed))
            self._hang_up(handoff)

    async def talking(self, handoff_id: str, after_ms: float) -> None:
        self.talked.append((handoff_id, after_ms))
        self.put(replace(self.rows[handoff_id], status=HandoffStatus.TALKING, talking_at=datetime.now(UTC)))

    async def give_back(self, handoff_id: str, agent: str, task: Task | None) -> Handoff:
        del agent
        self.rows[handoff_id] = replace(self.rows[handoff_id], task=task)
        return self._end(self.rows[handoff_id], HandoffStatus.RETURNED, Why.GIVEN_BACK)

    async def not_taken(self, handoff_id: str, why: Why) -> Handoff:
        self._may_fail("not_taken")
        handoff = await self.handoff(handoff_id)
        return handoff if handoff.status.over else self._end(handoff, HandoffStatus.RETURNED, why)

    async def changes(self) -> AsyncIterator[int]:
        number = 0
        while True:
            self._changed.clear()
            yield number
            number += 1
            await self._changed.wait()

    def _end(self, handoff: Handoff, status: HandoffStatus, why: Why) -> Handoff:
        over = replace(handoff, status=status, why=why, ringing="", over_at=datetime.now(UTC))
        self.put(over)
        # Whoever had the caller is left to be told; their line is ended much later.
        if handoff.taker is None:
            self._hang_up(handoff)
        return over

    def _may_fail(self, method: str) -> None:
        if self.fails.get(method, 0) > 0:
            self.fails[method] -= 1
            raise StoreError("The disk is on strike.")

    # What telephones never ask

    async def come(self, user: User, clients: Sequence[str], languages: Sequence[Language], way: AgentWay) -> Presence:
        raise AssertionError("telephones do not ask this of the desk")

    async def set_state(self, agent: str, state: AgentState, reason: str = "") -> Presence:
        raise AssertionError("telephones do not ask this of the desk")

    async def seen(self, agent: str) -> None:
        raise AssertionError("telephones do not ask this of the desk")

    async def presence(self, agent: str) -> Presence | None:
        raise AssertionError("telephones do not ask this of the desk")

    async def presences(self) -> list[Presence]:
        raise AssertionError("telephones do not ask this of the desk")

    async def take_over(self, call: Call, taker: Taker) -> Handoff:
        raise AssertionError("telephones do not ask this of the desk")

    async def standing(self, handoff_id: str) -> QueueStanding:
        raise AssertionError("telephones do not ask this of the desk")

    async def callbacks(self, *, done: bool = False, limit: int = 200) -> list[Callback]:
        raise AssertionError("telephones do not ask this of the desk")

    async def change_callback(self, callback_id: str, user: str, status: CallbackStatus, note: str = "") -> Callback:
        raise AssertionError("telephones do not ask this of the desk")
