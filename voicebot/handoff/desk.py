"""The desk of agents: what they do becomes rows, and what follows from it is done; any process may be asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import datetime

from voicebot.domain.agent import AgentState, AgentWay, Presence, User
from voicebot.domain.call import Call
from voicebot.domain.callback import Callback, CallbackStatus
from voicebot.domain.handoff import Handoff, QueueStanding, Taker, Task, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.errors import UnknownUser
from voicebot.handoff.ports import AgentTelephone
from voicebot.handoff.queue_room import QueueRoom
from voicebot.handoff.snapshot import QueueSnapshot
from voicebot.policy.queue import deeds
from voicebot.policy.queue.draft import Draft
from voicebot.policy.queue.order import as_listed, standing_of
from voicebot.store.callback_book import CallbackBook
from voicebot.store.open_database import OpenDatabase

STEP_EVERY_S = 0.25


class HandoffDesk:
    """handoff.ports.AgentsDesk over rows; one per process, on one event loop.

    Every change is one transaction with what follows from it at once: the next agent is rung in the same breath.

    Args:
        users: everybody who may sign in.
        instructions_of: of a client, by id. Raises: InstructionsError.
        clock: aware UTC.
        telephone: rings telephones of agents and of people of clients; None where the house has no carrier that can.
        phone_carriers: carriers of calls that can be joined with such a telephone.
    """

    def __init__(
        self,
        database: OpenDatabase,
        users: Callable[[], Awaitable[list[User]]],
        instructions_of: Callable[[str], Instructions],
        clock: Callable[[], datetime],
        *,
        telephone: AgentTelephone | None = None,
        phone_carriers: Collection[str] = ("twilio",),
    ) -> None:
        self._room = QueueRoom(database, users, instructions_of, clock, telephone, phone_carriers)
        self._telephone = telephone is not None
        self._callbacks = CallbackBook(database)

    async def come(self, user: User, clients: Sequence[str], languages: Sequence[Language], way: AgentWay) -> Presence:
        """See AgentsDesk. Raises: NotAllowed (more than the user may cover), HandoffRefused (no_phone)."""
        self._room.know(user)

        def deed(draft: Draft) -> None:
            deeds.come(draft, user, clients, languages, way, telephone=self._telephone)

        _, scene = await self._room.change(deed)
        return scene.presences[user.id]

    async def set_state(self, agent: str, state: AgentState, reason: str = "") -> Presence:
        """See AgentsDesk. Raises: UnknownUser."""

        def deed(draft: Draft) -> None:
            if agent not in draft.presences and agent not in draft.scene.users:
                raise UnknownUser(f'Nobody has the id "{agent}".')
            deeds.set_state(draft, agent, state, reason)

        _, scene = await self._room.change(deed)
        return scene.presences[agent]

    async def seen(self, agent: str) -> None:
        """Somebody who is offline stays so: taking calls is something one says."""
        await self._room.book.seen(agent, self._room.clock())

    async def presence(self, agent: str) -> Presence | None:
        return await self._room.book.presence(agent)

    async def presences(self) -> list[Presence]:
        return await self._room.book.presences()

    async def queue(self) -> list[Handoff]:
        scene = await self._room.look()
        return as_listed(scene.handoffs.values(), self._room.clock())

    async def handoff(self, handoff_id: str) -> Handoff:
        return await self._room.book.handoff(handoff_id)

    async def of_call(self, call_id: str) -> list[Handoff]:
        return await self._room.book.of_call(call_id)

    async def accept(self, handoff_id: str, taker: Taker) -> Handoff:
        return await self._change(handoff_id, lambda draft: deeds.accept(draft, handoff_id, taker))

    async def decline(self, handoff_id: str, agent: str, why: Why = Why.DECLINED) -> None:
        await self._change(handoff_id, lambda draft: deeds.decline(draft, handoff_id, agent, why))

    async def take_over(self, call: Call, taker: Taker) -> Handoff:
        taken, scene = await self._room.change(lambda draft: deeds.take_over(draft, call, taker), call=call.id)
        return scene.handoffs[taken]

    async def talking(self, handoff_id: str, after_ms: float) -> None:
        await self._change(handoff_id, lambda draft: deeds.talking(draft, handoff_id, after_ms))

    async def give_back(self, handoff_id: str, agent: str, task: Task | None) -> Handoff:
        return await self._change(handoff_id, lambda draft: deeds.give_back(draft, handoff_id, agent, task))

    async def not_taken(self, handoff_id: str, why: Why) -> Handoff:
        return await self._change(handoff_id, lambda draft: deeds.not_taken(draft, handoff_id, why))

    async def standing(self, handoff_id: str) -> QueueStanding:
        scene, now = await self._room.look(), self._room.clock()
        handoff = scene.handoffs.get(handoff_id) or await self.handoff(handoff_id)
        return standing_of(scene, handoff, now)

    def changes(self) -> AsyncIterator[int]:
        return self._room.follow()

    async def callbacks(self, *, done: bool = False, limit: int = 200) -> list[Callback]:
        return await (self._callbacks.done(limit) if done else self._callbacks.still_open(limit))

    async def change_callback(self, callback_id: str, user: str, status: CallbackStatus, note: str = "") -> Callback:
        changed = await self._callbacks.change(callback_id, user, status, note, self._room.clock())
        await self._room.look()
        return changed

    def snapshot(self) -> QueueSnapshot:
        """The queue as it was last read, within a step."""
        return self._room.snapshot

    def wake(self) -> None:
        """A call was saved that went into the queue, out of it, or ended: the next step is now."""
        self._room.wake()

    async def step(self) -> None:
        """Does what is due: any process may, at any time. Raises: StoreError."""
        await self._room.step()

    async def step_forever(self, every_s: float = STEP_EVERY_S) -> None:
        """Until it is cancelled. A database that fails is tried again."""
        await self._room.step_forever(every_s)

    async def telephones_done(self) -> None:
        """Once nothing is under way with the carrier."""
        await self._room.telephoning.done()

    async def close(self) -> None:
        """After step_forever has ended; what is under way with the carrier is given a moment."""
        await self._room.close()

    async def _change(self, handoff_id: str, deed: Callable[[Draft], None]) -> Handoff:
        _, scene = await self._room.change(deed, handoff=handoff_id)
        return scene.handoffs[handoff_id]
