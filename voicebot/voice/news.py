"""News that nobody asked for: kept until neither the caller nor the receptionist speaks, then told once."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable

from voicebot.domain.handoff import Hint, QueueStanding
from voicebot.domain.ladder import Ladder
from voicebot.domain.speaking import Reply
from voicebot.errors import HandoffRefused, VoicebotError
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.notes import Notes
from voicebot.voice.speaking import Speaking

TRIES = 3
RETRY_S = 1.0
AGAIN_S = 0.1
"""How often the floor is looked at while something waits to be said."""
HINTS = 20
"""Hints that wait; one more is refused: whoever gave it is told, and none is lost silently."""

Source = AsyncIterator[Ladder | QueueStanding]


class News:
    """Of one call. The newest state of the ladder, or of the queue, replaces one that was not told yet; no hint does.

    Args:
        source: ladders and standings as they change; may repeat itself, and may end.
        is_free: nobody speaks, types or is being answered.
        say: speaks a reply to its end; the caller may interrupt it as any other.
    """

    def __init__(
        self,
        source: Source | None,
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
        self._came = asyncio.Event()
        self._ladder: Ladder | None = None
        self._standing: QueueStanding | None = None
        self._hints: deque[Hint] = deque()

    def hint(self, hint: Hint) -> None:
        """Raises: HandoffRefused (busy)."""
        if len(self._hints) >= HINTS:
            raise HandoffRefused("busy", f"{HINTS} hints for this call wait already.", "Give it again in a moment.")
        self._hints.append(hint)
        self._came.set()

    async def read_all(self) -> None:
        """Until the source or the call ends."""
        if self._source is None:
            return
        async for told in self._source:
            if isinstance(told, QueueStanding):
                self._standing = told
            else:
                self._ladder = told
            self._came.set()

    async def tell_all(self) -> None:
        """Until the call ends."""
        while True:
            await self._came.wait()
            self._came.clear()
            while self._waits() and await self._until_free():
                work = self._take()
                if work is not None:
                    await self._tell(work)

    def _waits(self) -> bool:
        return bool(self._hints or self._ladder or self._standing)

    def _take(self) -> Callable[[], Awaitable[Reply | None]] | None:
        """What is told next: how the queue stands, how the people on call do, then hints in order."""
        if (standing := self._standing) is not None:
            self._standing = None
            return lambda: self._desk.hear_queue(standing)
        if (ladder := self._ladder) is not None:
            self._ladder = None
            return lambda: self._desk.hear_on_call(ladder)
        if self._hints:
            hint = self._hints.popleft()
            return lambda: self._desk.hear_hint(hint)
        return None

    async def _tell(self, work: Callable[[], Awaitable[Reply | None]]) -> None:
        """Decided when the floor is free; said when it still is, or is again after words that began meanwhile."""
        for _ in range(TRIES):
            try:
                reply = await self._clerk.write(work)
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
