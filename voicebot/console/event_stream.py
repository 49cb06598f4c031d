"""Server-sent events of the console: what changed is remembered once for each open page, and told in bursts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import structlog
from fastapi.sse import format_sse_event
from pydantic_core import to_json
from starlette.responses import StreamingResponse

from voicebot.console.frame import HEADERS
from voicebot.domain.events import CallEvent
from voicebot.errors import StoreError
from voicebot.handoff.ports import AgentsDesk

DESK = "desk"
"""Topic of the queue, the agents and the callbacks. The other topics are ids of calls."""
GAP_S = 0.05
"""Least time between two bursts of one page."""
KEEP_ALIVE_S = 15.0
MOST_TOPICS = 500
"""Topics that a page may lag behind; with one more it is told to look at everything."""
EVERYTHING = "*"
_TROUBLE_S = 1.0

log = structlog.get_logger()


class Listener:
    """What rang since one page last looked: a topic that rings twice is told once, so that a slow page costs nothing.

    wanted: topics that wake it; None means all.
    """

    def __init__(self, wanted: set[str] | None) -> None:
        self.wanted = wanted
        self._rung: set[str] = set()
        self._something = asyncio.Event()
        self._told_at = float("-inf")

    def ring(self, topic: str) -> None:
        if self.wanted is not None and topic not in self.wanted:
            return
        self._rung = {EVERYTHING} if len(self._rung) >= MOST_TOPICS else self._rung | {topic}
        self._something.set()

    async def burst(self, limit_s: float) -> set[str]:
        """The topics that rang, at once when the last burst was GAP_S ago; none after limit_s."""
        try:
            async with asyncio.timeout(limit_s):
                await self._something.wait()
        except TimeoutError:
            return set()
        await asyncio.sleep(max(0.0, self._told_at + GAP_S - time.monotonic()))
        rung, self._rung = self._rung, set()
        self._something.clear()
        self._told_at = time.monotonic()
        return rung


class Bells:
    """One per process: rings open pages when the desk or a call changed. `version` counts the changes of the desk."""

    def __init__(self, agents: AgentsDesk, watch: Callable[[Callable[[str, CallEvent], None]], None]) -> None:
        self.version = 0
        self._agents = agents
        self._listeners: set[Listener] = set()
        self._following: asyncio.Task[None] | None = None
        watch(lambda call_id, _: self.ring(call_id))

    def ring(self, topic: str) -> None:
        if topic == DESK:
            self.version += 1
        for listener in self._listeners:
            listener.ring(topic)

    @contextmanager
    def listening(self, wanted: set[str] | None) -> Iterator[Listener]:
        """The desk is followed while anybody listens."""
        listener = Listener(wanted)
        self._listeners.add(listener)
        self._following = self._following or asyncio.create_task(self._follow(), name="console-desk-changes")
        try:
            yield listener
        finally:
            self._listeners.discard(listener)
            if not self._listeners and self._following:
                self._following.cancel()
                self._following = None
                self.version += 1

    async def _follow(self) -> None:
        while True:
            try:
                async for _ in self._agents.changes():
                    self.ring(DESK)
            except StoreError as trouble:
                log.warning("desk_not_followed", code=trouble.code)
            await asyncio.sleep(_TROUBLE_S)
            self.ring(DESK)


def told(event: str, content: Any, number: str | None = None) -> bytes:
    """One event of a stream. number: what the browser shows as Last-Event-ID when it comes back."""
    return format_sse_event(data_str=to_json(content).decode(), event=event, id=number)


def stream(events: AsyncIterator[bytes]) -> StreamingResponse:
    """An answer that goes on until the page closes; a comment keeps it alive when nothing happens."""
    headers = HEADERS | {"X-Accel-Buffering": "no"}
    return StreamingResponse(_kept_alive(events), media_type="text/event-stream", headers=headers)


async def _kept_alive(events: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    coming: asyncio.Future[bytes] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(events))
            done, _ = await asyncio.wait({coming}, timeout=KEEP_ALIVE_S)
            if not done:
                yield format_sse_event(comment="still here")
                continue
            answer, coming = coming, None
            yield answer.result()
    except StopAsyncIteration:
        return
    finally:
        if coming is not None:
            coming.cancel()
            with suppress(asyncio.CancelledError):
                await coming
        await events.aclose()  # type: ignore[attr-defined]
