"""Every fault against every call in which it can bite, on as many processes as wanted; the same result on any number."""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path

from voicebot.clients.directory import Clients, load_clients
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.conversation_evals import passing_book
from voicebot.quality.conversation_file import WrittenConversation, read_conversations
from voicebot.quality.mutation.catalogue import FAULTS
from voicebot.quality.mutation.fault import Fault
from voicebot.quality.mutation.held import Failed, Held, first_difference, hold_and_judge
from voicebot.quality.mutation.seams import injected, watched
from voicebot.understanding.rules import Rules

CALLS_AT_ONCE = 24
"""Calls that one process holds before it reports."""

Progress = Callable[[int, int], None]
"""(steps done, steps in all)."""


@dataclass(frozen=True, slots=True)
class Bite:
    """One call in which a fault changed something. by: checks that failed besides those that fail anyhow. line: the first
    that is different; "" when it is in the record alone.
    """

    case: str
    line: str
    by: tuple[Failed, ...]

    @property
    def caught(self) -> bool:
        return bool(self.by)


@dataclass(frozen=True, slots=True)
class Measured:
    """One fault. bites: calls in which it fired, in the order of the suite."""

    fault: Fault
    bites: tuple[Bite, ...]

    @property
    def reached(self) -> bool:
        return bool(self.bites)

    @property
    def caught(self) -> bool:
        """Would the suite stop a publication with this fault?"""
        return any(bite.caught for bite in self.bites)

    @property
    def sensitivity(self) -> Rate:
        return Rate(sum(b.caught for b in self.bites), len(self.bites))


@dataclass(frozen=True, slots=True)
class Mutation:
    """All of them. calls: of the suite. failing: calls that fail without any fault. held: calls held in all."""

    faults: tuple[Measured, ...]
    calls: int
    failing: tuple[str, ...] = ()
    held: int = 0
    took_s: float = field(default=0.0, compare=False)

    @property
    def caught(self) -> Rate:
        """Kinds of faults that at least one call catches."""
        return Rate(sum(m.caught for m in self.faults), len(self.faults))

    @property
    def sensitivity(self) -> Rate:
        """Calls with a fault in them that fail."""
        return Rate(sum(m.sensitivity.successes for m in self.faults), sum(m.sensitivity.trials for m in self.faults))

    @property
    def slipped(self) -> tuple[Measured, ...]:
        return tuple(m for m in self.faults if not m.caught)


@dataclass(frozen=True, slots=True)
class Suite:
    """What the processes are given: files of calls and the folder of client files."""

    paths: tuple[Path, ...]
    clients_dir: Path
    only: str = ""

    def calls(self) -> list[WrittenConversation]:
        """Raises: EvalFileError."""
        return [w for w in read_conversations(self.paths) if self.only in w.conversation.name]


@dataclass(slots=True)
class Process:
    """One process's own copies."""

    calls: list[WrittenConversation]
    clients: Clients
    rules: Rules

    @classmethod
    def of(cls, suite: Suite) -> Process:
        return cls(suite.calls(), load_clients(suite.clients_dir), Rules())


_process: list[Process] = []


def _start(suite: Suite) -> None:
    _process[:] = [Process.of(suite)]


def measure(suite: Suite, faults: Sequence[Fault], *, jobs: int = 1, progress: Progress = lambda _d, _a: None) -> Mutation:
    """Holds every call without a fault, then each fault in the calls in which it can bite.

    Args:
        jobs: processes; 1 means this one.
    Raises: EvalFileError, UnknownClient, StoreError.
    """
    began = time.perf_counter()
    names = tuple(fault.name for fault in faults)
    numbers = range(len(suite.calls()))
    with workers(suite, jobs) as run:
        chunks = [tuple(numbers[n : n + CALLS_AT_ONCE]) for n in range(0, len(numbers), CALLS_AT_ONCE)]
        right: dict[int, tuple[Held, frozenset[str]]] = {}
        for part in run(_watch, [(chunk, names) for chunk in chunks], lambda _d, _a: None):
            right.update(part)
        tasks: list[tuple[str, tuple[tuple[int, Held], ...]]] = []
        for name in names:
            reach = [(n, right[n][0]) for n in numbers if name in right[n][1]]
            tasks += [(name, tuple(reach[n : n + CALLS_AT_ONCE])) for n in range(0, len(reach), CALLS_AT_ONCE)]
        bites: dict[str, list[Bite]] = {name: [] for name in names}
        for (name, _), found in zip(tasks, run(_bite, tasks, progress), strict=True):
            bites[name] += found
    failing = tuple(right[n][0].case for n in numbers if right[n][0].failed)
    held = len(numbers) + sum(len(reach) for _, reach in tasks)
    measured = tuple(Measured(fault, tuple(bites[fault.name])) for fault in faults)
    return Mutation(measured, len(numbers), failing, held, time.perf_counter() - began)


class workers:  # noqa: N801 - used as a block
    """Runs tasks in their order on `jobs` processes; in this one when there is one."""

    def __init__(self, suite: Suite, jobs: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        if jobs > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(jobs, context, initializer=_start, initargs=(suite,))
        else:
            _start(suite)

    def __enter__(self) -> Callable[..., list[object]]:
        return self._run

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _run(self, function: Callable[..., object], tasks: Sequence[tuple[object, ...]], progress: Progress) -> list[object]:
        done: list[object] = []
        if self._pool is None:
            for task in tasks:
                done.append(function(*task))
                progress(len(done), len(tasks))
            return done
        futures = [self._pool.submit(function, *task) for task in tasks]
        for count, _ in enumerate(as_completed(futures), 1):
            progress(count, len(tasks))
        return [future.result() for future in futures]


def _watch(numbers: Iterable[int], names: Iterable[str]) -> dict[int, tuple[Held, frozenset[str]]]:
    """The calls as they are, and which faults can bite in each."""
    own = _process[0]

    async def hold() -> dict[int, tuple[Held, frozenset[str]]]:
        found: dict[int, tuple[Held, frozenset[str]]] = {}
        async with passing_book() as book:
            with watched([FAULTS[name] for name in names], own.clients) as noted:
                for n in numbers:
                    noted.clear()
                    call = own.calls[n]
                    held = await hold_and_judge(call, own.clients.of(call.client), own.rules, book, n)
                    found[n] = (held, frozenset(noted))
        return found

    return asyncio.run(hold())


def _bite(name: str, reach: Sequence[tuple[int, Held]]) -> list[Bite]:
    own = _process[0]

    async def hold() -> list[Bite]:
        bites: list[Bite] = []
        async with passing_book() as book:
            with injected(FAULTS[name], own.clients):
                for n, right in reach:
                    call = own.calls[n]
                    faulty = await hold_and_judge(call, own.clients.of(call.client), own.rules, book, n)
                    if faulty.record != right.record:
                        new = tuple(f for f in faulty.failed if f.check not in right.checks)
                        bites.append(Bite(right.case, first_difference(right, faulty), new))
        return bites

    return asyncio.run(hold())
