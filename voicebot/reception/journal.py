"""A call's journal: events in order, saved with the state in one transaction, then shown to whoever watches."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from datetime import datetime
from typing import Any, TypeVar

import structlog

from voicebot.domain.call import Call
from voicebot.domain.callback import Callback
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff
from voicebot.domain.message import Message
from voicebot.domain.work import Work
from voicebot.errors import StaleCall, StoreError
from voicebot.store.call_book import CallBook

Clock = Callable[[], datetime]
"""Aware UTC now."""
Watcher = Callable[[str, CallEvent], None]
"""Called with the call's id and each saved event; must return at once."""
Result = TypeVar("Result")

_log = structlog.get_logger()


class Journal:
    """Writes one call. What could not be saved stays in memory and goes first at the next save."""

    def __init__(self, book: CallBook, clock: Clock, watch: Watcher, *, next_number: int = 1) -> None:
        self._book = book
        self._clock = clock
        self._watch = watch
        self._next = next_number
        self._unsaved: list[CallEvent] = []
        self._latest: tuple[Call, Message | None] | None = None
        self._due: list[Work] = []
        self._queued: list[Handoff | Callback] = []
        self._writing = asyncio.Lock()
        self._taken_over = False

    @property
    def unsaved(self) -> int:
        """Events that are only in memory."""
        return len(self._unsaved)

    @property
    def taken_over(self) -> bool:
        """Another process goes on with this call: nothing of ours is to be written or said any more."""
        return self._taken_over

    def add(self, kind: EventKind, **data: Any) -> None:
        self._unsaved.append(CallEvent(self._next, self._clock(), kind, data))
        self._next += 1

    async def save(
        self, call: Call, message: Message | None, work: Iterable[Work] = (), queued: Iterable[Handoff | Callback] = ()
    ) -> bool:
        """Saves the call, its message, every event not yet saved and what follows (see CallBook.save), in one transaction.

        Returns: False when the store refused; all of it then goes first at the next save.
        """
        self._latest = (call, message)
        self._due.extend(work)
        self._queued.extend(queued)
        return await self.save_again()

    async def save_again(self) -> bool:
        async with self._writing:
            if self._taken_over:
                self._unsaved.clear()
                return False
            if self._latest is None:
                return True
            call, message = self._latest
            events, due, queued = tuple(self._unsaved), tuple(self._due), tuple(self._queued)
            try:
                await self._book.save(call, events, message, due, queued)
            except StaleCall as taken:
                _log.warning("call taken over by another process", call=call.id, code=taken.code)
                self._taken_over = True
                self._unsaved.clear()
                return False
            except StoreError as refused:
                _log.error("call not saved", call=call.id, code=refused.code, unsaved=len(events), remedy=refused.remedy)
                return False
            del self._unsaved[: len(events)]
            del self._due[: len(due)]
            del self._queued[: len(queued)]
        for event in events:
            self._watch(call.id, event)
        return True


async def unbroken(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs `work` to its end even when the waiting task is cancelled: barge-in cancels only what comes after."""
    task: asyncio.Task[Result] = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait([task])
        raise
