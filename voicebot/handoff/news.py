"""That something changed, told to everybody in this process who watches; a slow watcher misses numbers, never the news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any


class News:
    """A number that grows with every change. What watchers look at are the rows: nothing else is kept for them."""

    def __init__(self) -> None:
        self.number = 0
        self._print: Any = None
        self._watching: set[asyncio.Event] = set()

    @property
    def watched(self) -> bool:
        return bool(self._watching)

    def see(self, fingerprint: Any) -> None:
        """What the rows look like now: news when it is not what they looked like before."""
        if fingerprint != self._print:
            self._print = fingerprint
            self.number += 1
            for watching in self._watching:
                watching.set()

    async def follow(self) -> AsyncGenerator[int]:
        """The number as it is, then each newer one; several changes at once are one."""
        changed = asyncio.Event()
        changed.set()
        self._watching.add(changed)
        try:
            while True:
                await changed.wait()
                changed.clear()
                yield self.number
        finally:
            self._watching.discard(changed)
