"""The 20 ms beat of a telephone line."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from voicebot.quality.carried_call import FRAME_MS


class FrameClock:
    """Beats on an absolute clock: a late beat is followed at once by those that are due, so lateness never adds up.

    Args:
        now: a steady clock in seconds.
    """

    def __init__(self, now: Callable[[], float], sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._now = now
        self._sleep = sleep
        self._began = now()
        self.late_ms: list[float] = []
        """How late each beat was."""

    async def beat(self) -> None:
        due = self._began + len(self.late_ms) * FRAME_MS / 1000
        await self._sleep(max(0.0, due - self._now()))
        self.late_ms.append(max(0.0, self._now() - due) * 1000)
