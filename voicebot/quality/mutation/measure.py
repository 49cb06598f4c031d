"""Every fault against every call in which it can bite, on as many processes as wanted; the same result on any number."""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from voicebot.clients.directory import Clients, load_clients
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.conversation_evals import HeldCall, hold_call, passing_book
from voicebot.quality.conversation_file import WrittenConversation, read_conversations
from voicebot.quality.mutation.catalogue import FAULTS
from voicebot.quality.mutation.fault import Fault
from voicebot.quality.mutation.held import Failed, Held, first_difference, hold_and_judge, judged
from voicebot.quality.mutation.seams import injected, watched
from voicebot.understanding.rules import Rules

CALLS_AT_ONCE = 24
"""Calls that one process holds before it reports."""

MOST_CALLS = 20
"""Calls for each fault at first: enough to tell roughly how often it is seen."""

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
    """One fault. bites: held calls in which it fired, in the order of the suite. reach: calls in which it can bite."""

    fault: Fault
    bites: tuple[Bite, ...]
    reach: int = 0

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


def _start_quietly(suite: Suite) -> None:
    """A process of its own: its output is nobody's."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    _start(suite)


def measure(
    suite: Suite,
    faults: Sequence[Fault],
    *,
    jobs: int = 1,
    most_calls: int = MOST_CALLS,
    progress: Progress = lambda _d, _a: None,
) -> Mutation:
    """Holds every call without a fault, then each fault in the calls in which it can bite.

    Args:
        jobs: processes; 1 means this one. most_calls: in which each fault is held, spread over the suite, as long as one of
            them catches it; a fault that none of them catches is held in all the others too.
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
        reach = {name: [n for n in numbers if name in right[n][1]] for name in names}
        first = {name: spread(of, most_calls) for name, of in reach.items()}
        bites: dict[str, dict[int, Bite]] = {name: {} for name in names}
        held = len(numbers)
        rest = {name: [n for n in of if n not in first[name]] for name, of in reach.items()}
        for wanted in (first, rest):
            # Whatever was seen already needs no more calls; whatever was not is held in every call that it can bite in.
            tasks = [
                (name, tuple((n, right[n][0]) for n in of[at : at + CALLS_AT_ONCE]))
                for name, of in wanted.items()
                if not any(bite.caught for bite in bites[name].values())
                for at in range(0, len(of), CALLS_AT_ONCE)
            ]
            held += sum(len(calls) for _, calls in tasks)
            for (name, _), found in zip(tasks, run(_bite, tasks, progress), strict=True):
                bites[name].update(found)
    failing = tuple(right[n][0].case for n in numbers if right[n][0].failed)
    measured = tuple(
        Measured(fault, tuple(bite for _, bite in sorted(bites[fault.name].items())), len(reach[fault.name]))
        for fault in faults
    )
    return Mutation(measured, len(numbers), failing, held, time.perf_counter() - began)


def own_process() -> Process:
    """What this process was started with."""
    return _process[0]


def spread(numbers: list[int], most: int) -> list[int]:
    """At most so many of them, evenly from first to last."""
    return numbers if len(numbers) <= most else [numbers[i * len(numbers) // most] for i in range(most)]


class workers:
    """Runs tasks in their order on `jobs` processes; in this one when there is one."""

    def __init__(self, suite: Suite, jobs: int) -> None:
        self._pool: ProcessPoolExecutor | None = None
        if jobs > 1:
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(jobs, context, initializer=_start_quietly, initargs=(suite,))
        else:
            _start(suite)

    def __enter__(self) -> Callable[..., list[Any]]:
        return self._run

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def _run(self, function: Callable[..., Any], tasks: Sequence[tuple[Any, ...]], progress: Progress) -> list[Any]:
        done: list[Any] = []
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
    own = own_process()

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


def _bite(name: str, reach: Sequence[tuple[int, Held]]) -> dict[int, Bite]:
    own = own_process()

    async def hold() -> list[HeldCall]:
        async with passing_book() as book:
            with injected(FAULTS[name], own.clients):
                return [
                    await hold_call(own.calls[n], own.clients.of(own.calls[n].client), own.rules, book, n) for n, _ in reach
                ]

    bites: dict[int, Bite] = {}
    for (n, right), held in zip(reach, asyncio.run(hold()), strict=True):
        faulty = judged(own.calls[n], own.clients.of(own.calls[n].client), held)
        if faulty.record != right.record:
            new = tuple(f for f in faulty.failed if f.check not in right.checks)
            bites[n] = Bite(right.case, first_difference(right, faulty), new)
    return bites
