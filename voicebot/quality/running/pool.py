"""Judges on several processes: each loads what it needs once; one that dies is replaced, and its case tried once more."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog

from voicebot.errors import SettingsError
from voicebot.quality.running.cases import Case, case_json
from voicebot.quality.running.judge_case import Ground, in_trouble, line_of
from voicebot.quality.running.worker import ground_json

AHEAD = 8
"""Cases that a process has before it, so that it never waits for the next."""
TRIES = 2
MOST_STILLBORN = 6
"""Deaths after which nothing is hoped for when no case was ever judged."""
LOOK_S = 0.02
LONGEST_LINE_BYTES = 256 * 1024 * 1024
WORKER = "voicebot.quality.running.worker"

_log = structlog.get_logger()


class Finished(NamedTuple):
    """A judged case as it is written. line: JSON without a line break."""

    case: Case
    line: bytes


@dataclass(slots=True)
class _Work:
    """What all processes share: cases that are left, and those whose process died under them."""

    cases: Iterator[Case]
    again: deque[Case] = field(default_factory=deque)
    tried: Counter[int] = field(default_factory=Counter)
    under_way: int = 0
    judged: int = 0
    deaths: int = 0

    def next(self) -> Case | None:
        case = self.again.popleft() if self.again else next(self.cases, None)
        self.under_way += case is not None
        return case


class Shelf:
    """Judging processes of one ground that have nothing to do at the moment.

    Args:
        worker: module that they run.
    """

    def __init__(self, ground: Ground, worker: str = WORKER) -> None:
        self._told = ground_json.dump_json(ground) + b"\n"
        self._worker = worker
        self._idle: list[asyncio.subprocess.Process] = []

    async def take(self) -> asyncio.subprocess.Process:
        """One that is idle, else a new one."""
        while self._idle:
            process = self._idle.pop()
            if process.returncode is None:
                return process
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            self._worker,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LONGEST_LINE_BYTES,
            # Ctrl-C is for the process that people started; it ends the others.
            start_new_session=True,
        )
        assert process.stdin is not None
        process.stdin.write(self._told)
        return process

    def put(self, process: asyncio.subprocess.Process) -> None:
        self._idle.append(process)

    async def close(self) -> None:
        """Ends the idle ones."""
        while self._idle:
            await _end(self._idle.pop())


@asynccontextmanager
async def judging_processes(
    ground: Ground, cases: Iterable[Case], jobs: int, *, shelf: Shelf | None = None
) -> AsyncIterator[AsyncIterator[Finished]]:
    """Judged cases as they finish, in whatever order.

    Args:
        jobs: how many processes. shelf: processes to use again, which stay when the block is left; None: all are gone then.
    """
    own = shelf or Shelf(ground)
    work, done = _Work(iter(cases)), asyncio.Queue[Finished | None](maxsize=4 * AHEAD * jobs)
    tasks = [asyncio.create_task(_keep_working(work, own, done)) for _ in range(jobs)]

    async def tell_end() -> None:
        try:
            await asyncio.gather(*tasks)
        finally:
            await done.put(None)

    ending = asyncio.create_task(tell_end())

    async def finished() -> AsyncIterator[Finished]:
        while (one := await done.get()) is not None:
            yield one
        await ending

    try:
        yield finished()
    finally:
        for task in (ending, *tasks):
            task.cancel()
        await asyncio.gather(ending, *tasks, return_exceptions=True)
        if shelf is None:
            await own.close()


async def _keep_working(work: _Work, shelf: Shelf, done: asyncio.Queue[Finished | None]) -> None:
    """One place of the pool: a process, and another one whenever it dies before the cases are done."""
    while True:
        case = work.next()
        if case is not None:
            left = await _one_process(work, case, shelf, done)
            await _after_death(work, left, done)
        elif work.under_way:
            # Others are still at it; should one die, its cases come back.
            await asyncio.sleep(LOOK_S)
        else:
            return


async def _after_death(work: _Work, left: list[Case], done: asyncio.Queue[Finished | None]) -> None:
    """The first of the cases was being judged: it is tried once more; the others have done nothing wrong."""
    if not left:
        return
    work.deaths += 1
    if work.deaths >= MOST_STILLBORN and not work.judged:
        raise SettingsError("The judging processes end before they have judged anything.", "Use --jobs 1 to see why.")
    first = left[0]
    work.tried[first.number] += 1
    _log.error("eval_worker_died", case=first.number, tries=work.tried[first.number])
    if work.tried[first.number] >= TRIES:
        why = f"The process that judged it died {TRIES} times."
        await done.put(Finished(first, line_of(in_trouble(first, why))))
        left = left[1:]
    work.again.extend(left)


async def _one_process(work: _Work, first: Case, shelf: Shelf, done: asyncio.Queue[Finished | None]) -> list[Case]:
    """Judges cases until there are none. Returns: those that the process left undone when it died."""
    process = await shelf.take()
    assert process.stdin is not None
    assert process.stdout is not None
    given = deque([first])
    try:
        process.stdin.write(case_json.dump_json(first) + b"\n")
        while given:
            while len(given) < AHEAD and (case := work.next()) is not None:
                given.append(case)
                process.stdin.write(case_json.dump_json(case) + b"\n")
            line = await process.stdout.readline()
            if not line.endswith(b"\n"):
                break
            work.under_way -= 1
            work.judged += 1
            await done.put(Finished(given.popleft(), line[:-1]))
    except BaseException:
        await _end(process)
        raise
    if given:
        await _end(process)
        work.under_way -= len(given)
    else:
        shelf.put(process)
    return list(given)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
