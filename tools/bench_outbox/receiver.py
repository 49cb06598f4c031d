"""The sink as its starter sees it: where it listens, and when it took what."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass
class Receiver:
    """taken_at: seconds of the machine's monotonic clock, one for each letter, in order."""

    mail_port: int
    hook_port: int
    taken_at: list[float] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def hook_url(self) -> str:
        return f"http://127.0.0.1:{self.hook_port}/hook"

    async def wait_for(self, letters: int, limit_s: float = 120.0) -> None:
        """Returns once so many were taken. Raises: TimeoutError."""
        async with asyncio.timeout(limit_s):
            while len(self.taken_at) < letters:
                self.came.clear()
                await self.came.wait()


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tools.bench_outbox.sink"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    _, mail_port, hook_port = (await process.stdout.readline()).split()
    taking = Receiver(int(mail_port), int(hook_port))

    async def follow(lines: asyncio.StreamReader) -> None:
        while line := await lines.readline():
            taking.taken_at.append(float(line.split()[1]))
            taking.came.set()

    following = asyncio.create_task(follow(process.stdout))
    try:
        yield taking
    finally:
        process.stdin.close()
        await process.wait()
        await following
