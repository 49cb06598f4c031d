"""Starts, kills and starts again: the zygote's children and the line that each keeps to its parent."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Self

from tools.chaos.plans import UNDISTURBED, Plan
from tools.chaos.story import Story

ROOT = Path(__file__).parents[2]
WARMING_LIMIT_S = 120.0
FORK_LIMIT_S = 30.0


@dataclass(eq=False)
class Victim:
    """One living process. ended: it is gone. open: it takes calls. line: to give it orders, None until it said hello."""

    name: str
    pid: int
    plan: Plan
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    open: asyncio.Event = field(default_factory=asyncio.Event)
    line: asyncio.StreamWriter | None = None

    def kill(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)

    def order(self, **what: Any) -> None:
        if self.line is not None and not self.line.is_closing():
            self.line.write(json.dumps(what).encode() + b"\n")


class Zygote:
    """Forks victims: `async with Zygote(...) as zygote: victim = await zygote.spawn(...)`.

    Args:
        heard: called with a victim and each thing it tells. settings: of voicebot.settings.Settings, JSON values.
    """

    def __init__(
        self, folder: Path, settings: dict[str, Any], story: Story, heard: Callable[[Victim, dict[str, Any]], None]
    ) -> None:
        self._folder, self._settings, self._story, self._heard = folder, settings, story, heard
        self._doorway = tempfile.TemporaryDirectory(prefix="chaos-")
        self.living: dict[int, Victim] = {}
        self._gone: set[int] = set()
        self._lines: set[asyncio.Task[None]] = set()
        self._forked: asyncio.Queue[Victim] = asyncio.Queue()
        self._forking = asyncio.Lock()

    @property
    def door(self) -> str:
        # Not in the folder: the name of a socket has 107 bytes at most.
        return str(Path(self._doorway.name) / "door")

    @property
    def log(self) -> Path:
        return self._folder / "victims.log"

    async def __aenter__(self) -> Self:
        self._doorkeeper = await asyncio.start_unix_server(self._listen, self.door)
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tools.chaos.zygote"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                cwd=ROOT,
            )
        warm = {"settings": self._settings, "story": asdict(self._story), "log_level": "warning"}
        self._write(warm)
        async with asyncio.timeout(WARMING_LIMIT_S):
            self.conversations = int((await self._read())["warm"])
        self._reading = asyncio.create_task(self._follow())
        return self

    async def __aexit__(self, *_: object) -> None:
        for victim in tuple(self.living.values()):
            victim.kill()
        for victim in tuple(self.living.values()):
            await victim.ended.wait()
        self._reading.cancel()
        self._process.terminate()
        await self._process.wait()
        self._doorkeeper.close()
        for line in tuple(self._lines):
            line.cancel()
        await asyncio.gather(*self._lines, return_exceptions=True)
        self._doorway.cleanup()

    async def spawn(self, name: str, port: int, plan: Plan, seed: int) -> Victim:
        async with self._forking:
            told = {"name": name, "port": port, "door": self.door, "seed": seed}
            self._write({"spawn": told | {"moment": plan.moment.value, "commit": plan.commit}})
            async with asyncio.timeout(FORK_LIMIT_S):
                victim = await self._forked.get()
        victim.name, victim.plan = name, plan
        return victim

    def _write(self, what: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(what).encode() + b"\n")

    async def _read(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the zygote is gone; see {self.log}")
        return json.loads(line)

    async def _follow(self) -> None:
        while True:
            told = await self._read()
            if "pid" in told:
                self._gone.discard(told["pid"])
                self._forked.put_nowait(self._known(told["pid"]))
            else:
                self._known(told["ended"]).ended.set()
                self._gone.add(told["ended"])
                del self.living[told["ended"]]

    def _known(self, pid: int) -> Victim:
        """The victim of a pid. Its own hello may be read before the zygote's word that it was forked."""
        return self.living.setdefault(pid, Victim("", pid, UNDISTURBED))

    async def _listen(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._lines.add(task)
        victim: Victim | None = None
        with suppress(ConnectionError, asyncio.CancelledError):
            while line := await reader.readline():
                told = json.loads(line)
                if told["what"] == "hello":
                    # Its hello may also be read after the zygote's word that it is gone.
                    victim = None if told["pid"] in self._gone else self._known(told["pid"])
                    if victim is not None:
                        victim.line = writer
                elif victim is not None:
                    if told["what"] == "open":
                        victim.open.set()
                    self._heard(victim, told)
        writer.close()
        self._lines.discard(task)
