"""News that nobody asked for: kept until neither the caller nor the receptionist speaks, then told once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from voicebot.domain.ladder import Ladder
from voicebot.domain.speaking import Reply
from voicebot.errors import VoicebotError
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.notes import Notes
from voicebot.voice.speaking import Speaking

TRIES = 3
RETRY_S = 1.0
AGAIN_S = 0.1
"""How often the floor is looked at while something waits to be said."""


class News:
    """Of one call. The newest state of the ladder replaces one that was not told yet.

    Args:
        source: ladders as they change; may repeat itself, and may end.
        is_free: nobody speaks, types or is being answered.
        say: speaks a reply to its end; the caller may interrupt it as any other.
    """

    def __init__(
        self,
        source: AsyncIterator[Ladder] | None,
        desk: Desk,
        clerk: Clerk,
        notes: Notes,
        speaking: Speaking,
        is_free: Callable[[], bool],
        say: Callable[[Reply], Awaitable[None]],
    ) -> None:
        self._source = source
        self._desk = desk
        self._clerk = clerk
        self._notes = notes
        self._speaking = speaking
        self._is_free = is_free
        self._say = say

    async def tell_all(self) -> None:
        """Until the source or the call ends."""
        if self._source is None:
            return
        newest: list[Ladder] = []
        came = asyncio.Event()
        reading = asyncio.create_task(_keep_newest(self._source, newest, came), name="news")
        try:
            while not (reading.done() and not newest):
                await came.wait()
                came.clear()
                if await self._until_free() and newest:
                    await self._tell(newest.pop())
            reading.result()
        finally:
            reading.cancel()
            await asyncio.wait([reading])

    async def _tell(self, ladder: Ladder) -> None:
        """Decided when the floor is free; said when it still is, or is again after words that began meanwhile."""
        for _ in range(TRIES):
            try:
                reply = await self._clerk.write(lambda: self._desk.hear_on_call(ladder))
            except VoicebotError as wrong:
                self._notes.trouble(wrong)
                await asyncio.sleep(RETRY_S)
                continue
            if reply and await self._until_free():
                await self._say(reply)
            return

    async def _until_free(self) -> bool:
        """Returns: False when the goodbye is said first."""
        while self._speaking.reply is None or not self._is_free():
            if self._speaking.leaving:
                return False
            await asyncio.sleep(AGAIN_S)
        return not self._speaking.leaving


async def _keep_newest(source: AsyncIterator[Ladder], newest: list[Ladder], came: asyncio.Event) -> None:
    try:
        async for ladder in source:
            newest[:] = [ladder]
            came.set()
    finally:
        came.set()
