"""A receptionist under test in a process of its own: started, asked what it has spent, ended."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from voicebot.errors import CarrierError
from voicebot.quality.bench_latency import ServerWork

READY_LIMIT_S = 120.0
ANSWER_LIMIT_S = 10.0
LEAVE_LIMIT_S = 20.0
SETTLED_CORES = 0.05
SETTLE_LIMIT_S = 60.0


@dataclass
class ServerUnderTest:
    """One process that answers Twilio's webhooks at address. ears, voice: what it uses, in words."""

    process: asyncio.subprocess.Process
    address: str = ""
    ears: str = ""
    voice: str = ""

    async def work(self) -> ServerWork:
        """What it has spent since it was started, and the parts of the turns since it was last asked.

        Raises: CarrierError when it does not answer.
        """
        assert self.process.stdin is not None
        self.process.stdin.write(b"work\n")
        told = await self._told(ANSWER_LIMIT_S)
        return ServerWork(told["cpu_s"], told["loop_cpu_s"], told["parts"])

    async def settle(self) -> None:
        """Waits until it has nothing to do: what it prepares at its start is not part of a call."""
        for _ in range(int(SETTLE_LIMIT_S)):
            before = await self.work()
            await asyncio.sleep(1)
            if (await self.work()).cpu_s - before.cpu_s < SETTLED_CORES:
                return

    async def _told(self, limit_s: float) -> dict[str, Any]:
        assert self.process.stdout is not None
        try:
            line = await asyncio.wait_for(self.process.stdout.readline(), limit_s)
        except TimeoutError:
            line = b""
        if not line:
            raise CarrierError("A receptionist under test does not answer.", "What it said is above, on standard error.")
        return json.loads(line)


@asynccontextmanager
async def server_under_test(arguments: Sequence[str]) -> AsyncIterator[ServerUnderTest]:
    """`voicebot` with these arguments, which tells that it is ready and answers "work" on standard input.

    Raises: CarrierError when it does not start.
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voicebot", *arguments, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    server = ServerUnderTest(process)
    try:
        ready = await server._told(READY_LIMIT_S)
        server.address, server.ears, server.voice = ready["address"], ready["ears"], ready["voice"]
        yield server
    finally:
        if process.stdin is not None:
            process.stdin.close()
        try:
            await asyncio.wait_for(process.wait(), LEAVE_LIMIT_S)
        except TimeoutError:
            process.kill()
            await process.wait()
