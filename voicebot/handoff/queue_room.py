"""The queue as this process sees it: rows become a scene, rules change it, rows are written, everybody is told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping
from contextlib import aclosing, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

import structlog

from voicebot.domain.agent import AgentState, User
from voicebot.domain.callback import Callback
from voicebot.domain.handoff import HandoffRules, Why
from voicebot.domain.instructions import Instructions
from voicebot.errors import InstructionsError, StoreError
from voicebot.handoff.news import News
from voicebot.handoff.ports import AgentTelephone
from voicebot.handoff.snapshot import QueueSnapshot
from voicebot.handoff.telephoning import Telephoning
from voicebot.policy.queue.callees import callees_of
from voicebot.policy.queue.deeds import decline, keep_line
from voicebot.policy.queue.draft import Draft, QueueStep
from voicebot.policy.queue.scene import Callee, QueueScene
from voicebot.policy.queue.settle import settle, settle_draft
from voicebot.store.open_database import OpenDatabase
from voicebot.store.queue_book import QueueBook, QueueChange, QueueRows

LOOK_EVERY_S = 0.5
"""How soon a watcher learns what another process changed, at worst."""
USERS_HOLD_S = 2.0
"""How soon the queue learns what was changed about a user, at worst."""

_T = TypeVar("_T")
_log = structlog.get_logger()


class QueueRoom:
    """One per process, on one event loop. See HandoffDesk for the arguments. Raises everywhere: StoreError."""

    def __init__(
        self,
        database: OpenDatabase,
        users: Callable[[], Awaitable[list[User]]],
        instructions_of: Callable[[str], Instructions],
        clock: Callable[[], datetime],
        telephone: AgentTelephone | None,
        phone_carriers: Collection[str],
    ) -> None:
        self.book = QueueBook(database)
        self.phone_carriers = frozenset(phone_carriers if telephone else ())
        self._users_of_house = users
        self._instructions_of = instructions_of
        self.clock = clock
        self.telephoning = Telephoning(telephone, self._keep_line, self._pass_over)
        self._news = News()
        self._users: Mapping[str, User] = {}
        self._users_read_s = -USERS_HOLD_S
        self._callbacks: tuple[Callback, ...] = ()
        self._writes = 0
        self._looked_s = 0.0
        self._looking: asyncio.Task[None] | None = None
        self._this_look: asyncio.Task[QueueScene] | None = None
        self._next_look: asyncio.Task[QueueScene] | None = None
        self._wake = asyncio.Event()
        self.snapshot = QueueSnapshot(QueueScene({}, {}, {}), datetime.min.replace(tzinfo=clock().tzinfo))

    async def change(self, deed: Callable[[Draft], _T], *, handoff: str = "", call: str = "") -> tuple[_T, QueueScene]:
        """What somebody does, and what follows from it at once, in one transaction. Returns: its result; the queue after.

        Raises: UnknownHandoff, and what the deed raises; then nothing was changed.
        """
        users = await self._known_users()

        def work(rows: QueueRows) -> tuple[QueueChange, tuple[_T, QueueScene, QueueStep, datetime]]:
            now = self.clock()
            draft = Draft(self._scene(rows, users, now, call), now)
            done = deed(draft)
            settle_draft(draft)
            step = draft.step
            return QueueChange(step.handoffs, step.presences, step.events), (done, draft.scene, step, now)

        done, scene, step, now = await self.book.change(work, handoff=handoff, call=call)
        self._writes += 1
        self.telephoning.carry_out(step.commands)
        self._see(scene, now)
        return done, scene

    async def look(self) -> QueueScene:
        """Reads the queue, for the snapshot and for all who watch; who asks during one look shares the next."""
        if self._next_look is None:
            self._next_look = asyncio.create_task(self._look_after(self._this_look))
            self._next_look.add_done_callback(_asked_for)
        return await asyncio.shield(self._next_look)

    async def _look_after(self, earlier: asyncio.Task[QueueScene] | None) -> QueueScene:
        if earlier is not None and not earlier.done():
            await asyncio.wait([earlier])
        # From here on rows are read: who asks now may have written after that.
        self._this_look, self._next_look = self._next_look, None
        return await self._look()

    async def _look(self) -> QueueScene:
        writes, users = self._writes, await self._known_users()
        rows = await self.book.rows()
        if any(p.agent not in users and p.state is not AgentState.OFFLINE for p in rows.presences.values()):
            users = await self._known_users(again=True)
        now = self.clock()
        scene = self._scene(rows, users, now)
        # Rows that were read before a change of ours was written are older than what everybody was told of it.
        if writes == self._writes:
            self._callbacks = rows.callbacks
            self._see(scene, now)
        return scene

    async def step(self) -> None:
        """Does what time or another process has made due; writes nothing where nothing is."""
        scene = await self.look()
        if not settle(scene, self.clock()).empty:
            await self.change(lambda _draft: None)

    async def step_forever(self, every_s: float) -> None:
        while True:
            self._wake.clear()
            try:
                await self.step()
            except StoreError as failure:
                _log.error("queue_not_stepped", code=failure.code)
            with suppress(TimeoutError):
                async with asyncio.timeout(every_s):
                    await self._wake.wait()

    def wake(self) -> None:
        self._wake.set()

    def know(self, user: User) -> None:
        """A user as whoever asks knows them now."""
        self._users = {**self._users, user.id: user}

    async def follow(self) -> AsyncGenerator[int]:
        """See News; other processes' changes too: one look of this process for all who watch."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look_on())
        async with aclosing(self._news.follow()) as numbers:
            async for number in numbers:
                yield number

    async def close(self) -> None:
        tasks: list[asyncio.Task[Any]] = [t for t in (self._looking, self._next_look, self._this_look) if t is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.telephoning.close()

    async def _look_on(self) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not self._news.watched:
                return
            # Where the queue is stepped in this process, it looks more often than this.
            if clock() - self._looked_s >= LOOK_EVERY_S:
                try:
                    await self.look()
                except StoreError as failure:
                    _log.error("queue_not_seen", code=failure.code)

    async def _known_users(self, *, again: bool = False) -> Mapping[str, User]:
        now_s = asyncio.get_running_loop().time()
        if again or now_s - self._users_read_s >= USERS_HOLD_S:
            self._users = {user.id: user for user in await self._users_of_house()}
            self._users_read_s = now_s
        return self._users

    def _see(self, scene: QueueScene, now: datetime) -> None:
        self._looked_s = asyncio.get_running_loop().time()
        self.snapshot = QueueSnapshot(scene, now, self.phone_carriers)
        waiting = {handoff.id: handoff for handoff in scene.handoffs.values() if not handoff.status.over}
        # A browser that is still there is no news.
        agents = {p.agent: replace(p, seen_at=p.since) for p in scene.presences.values()}
        self._news.see((waiting, agents, self._callbacks))

    def _scene(self, rows: QueueRows, users: Mapping[str, User], now: datetime, call: str = "") -> QueueScene:
        rules: dict[str, HandoffRules] = {}
        callees: dict[str, tuple[Callee, ...]] = {}
        by_phone: set[str] = set()
        for handoff in rows.handoffs.values():
            try:
                instructions = self._instructions_of(handoff.client)
            except InstructionsError:
                # The client is gone and the caller is not: the house's own patience holds.
                continue
            rules[handoff.client] = instructions.handoff
            if handoff.status.over or handoff.rehearsal or rows.carriers[handoff.call] not in self.phone_carriers:
                continue
            by_phone.add(handoff.id)
            if handoff.to:
                callees[handoff.id] = callees_of(instructions, handoff.to, now)
        ended = frozenset((call,)) if rows.ended else frozenset[str]()
        return QueueScene(rows.handoffs, rows.presences, users, rules, callees, frozenset(by_phone), ended)

    async def _keep_line(self, handoff_id: str, agent: str, line: str) -> bool:
        kept, _ = await self.change(lambda draft: keep_line(draft, handoff_id, agent, line), handoff=handoff_id)
        return kept

    async def _pass_over(self, handoff_id: str, agent: str, why: Why) -> None:
        await self.change(lambda draft: decline(draft, handoff_id, agent, why), handoff=handoff_id)


def _asked_for(look: asyncio.Task[QueueScene]) -> None:
    # Whoever waited may be gone: its failure is not to be reported as never retrieved.
    if not look.cancelled():
        look.exception()
