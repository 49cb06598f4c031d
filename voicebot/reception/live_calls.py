"""Who watches which call: each saved event is shown to followers at once; a slow follower is dropped, never waited for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING

from voicebot.domain.events import CallEvent, EventKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voicebot.store.call_book import CallBook

QUEUE = 1000
"""Events that a follower may lag behind; one more and it is dropped: it can follow again from the store."""


class LiveCalls:
    """Fan-out of events within this process. Watchers must return at once."""

    def __init__(self) -> None:
        self._queues: dict[str, set[asyncio.Queue[CallEvent | None]]] = {}
        self._watchers: list[Callable[[str, CallEvent], None]] = []

    def watch(self, watcher: Callable[[str, CallEvent], None]) -> None:
        """Shows every event of every call to `watcher`."""
        self._watchers.append(watcher)

    def show(self, call_id: str, event: CallEvent) -> None:
        for watcher in self._watchers:
            watcher(call_id, event)
        for queue in tuple(self._queues.get(call_id, ())):
            if queue.full():
                self._queues[call_id].discard(queue)
                queue.get_nowait()
                queue.put_nowait(None)
            else:
                queue.put_nowait(event)

    async def follow(self, call_id: str, book: CallBook) -> AsyncIterator[CallEvent]:
        """Events of one call from its first, then live, until CALL_ENDED. Ends early for a follower that lags."""
        with self._queue(call_id) as queue:
            last = 0
            for event in await book.events(call_id):
                yield event
                last = event.number
                if event.kind is EventKind.CALL_ENDED:
                    return
            while (event := await queue.get()) is not None:
                if event.number <= last:
                    continue
                last = event.number
                yield event
                if event.kind is EventKind.CALL_ENDED:
                    return

    @contextmanager
    def _queue(self, call_id: str) -> Iterator[asyncio.Queue[CallEvent | None]]:
        queue: asyncio.Queue[CallEvent | None] = asyncio.Queue(QUEUE)
        self._queues.setdefault(call_id, set()).add(queue)
        try:
            yield queue
        finally:
            self._queues[call_id].discard(queue)
            if not self._queues[call_id]:
                del self._queues[call_id]
