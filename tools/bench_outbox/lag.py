"""How late an event loop is, as a frame clock of 20 ms feels it: what callers would hear as a gap."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

FRAME_S = 0.020


@asynccontextmanager
async def lag_of_this_loop() -> AsyncIterator[list[float]]:
    """Yields a list that fills while the block runs: seconds by which each tick came late."""
    late: list[float] = []

    async def tick() -> None:
        due = time.perf_counter() + FRAME_S
        while True:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            now = time.perf_counter()
            late.append(now - due)
            due = max(due + FRAME_S, now)

    ticking = asyncio.create_task(tick())
    try:
        yield late
    finally:
        ticking.cancel()
        await asyncio.gather(ticking, return_exceptions=True)
