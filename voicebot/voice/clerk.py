"""Keeps what one call tells the receptionist in order: one write at a time, notes in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog

from voicebot.errors import VoicebotError

T = TypeVar("T")
NOTES = 256
"""Notes waiting; one more is dropped with a log line: a store that is so slow must not fill the memory."""

log = structlog.get_logger()


class Clerk:
    """One call's writes. `run` must be running for notes to be written."""

    def __init__(self) -> None:
        self._desk = asyncio.Lock()
        self._notes: asyncio.Queue[Callable[[], Awaitable[None]]] = asyncio.Queue(NOTES)

    async def write(self, work: Callable[[], Awaitable[T]]) -> T:
        """One write, after those before it."""
        async with self._desk:
            return await work()

    def note(self, work: Callable[[], Awaitable[None]]) -> None:
        """Write this when there is time, in order."""
        try:
            self._notes.put_nowait(work)
        except asyncio.QueueFull:
            log.error("note_dropped", waiting=NOTES)

    async def run(self) -> None:
        while True:
            await self._take(await self._notes.get())

    async def drain(self) -> None:
        """Write what is waiting, at the end of the call."""
        while not self._notes.empty():
            await self._take(self._notes.get_nowait())

    async def _take(self, work: Callable[[], Awaitable[None]]) -> None:
        try:
            await self.write(work)
        except VoicebotError as wrong:
            log.error("note_failed", code=wrong.code)
