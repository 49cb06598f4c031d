"""What is measured: saves with and without work, messages per second, hang-up to e-mail, lag of calls, idle CPU."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from tools.bench_outbox.bench_house import BY_HOOK, BY_MAIL, BenchHouse
from tools.bench_outbox.lag import lag_of_this_loop
from tools.bench_outbox.receiver import ROOT, Receiver
from voicebot.store.durable import durable_engine
from voicebot.wiring.after_call import open_after_call

BEFORE_IDLE_S = 2.0
IDLE_S = 6.0
SETTLE_S = 3.0


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds."""

    p50: float
    p95: float
    p99: float
    worst: float
    count: int

    @classmethod
    def of(cls, seconds: list[float]) -> Spread:
        ms = sorted(s * 1000 for s in seconds)

        def at(share: float) -> float:
            return ms[min(len(ms) - 1, int(len(ms) * share))]

        return cls(at(0.5), at(0.95), at(0.99), ms[-1], len(ms))


@dataclass(frozen=True, slots=True)
class Lag:
    """delivered_s: how long the messages took to their receiver, 0 when there were none."""

    lag: Spread
    delivered_s: float = 0.0


async def saves(bench: BenchHouse, pairs: int) -> tuple[Spread, Spread]:
    """(without work, with work), taken in turns."""
    without, with_work = list[float](), list[float]()
    for _ in range(pairs):
        without.append(await bench.save(BY_HOOK, work=False))
        with_work.append(await bench.save(BY_HOOK, work=True))
    return Spread.of(without), Spread.of(with_work)


async def hang_up_to_mail(bench: BenchHouse, to: Receiver, calls: int) -> Spread:
    """From the moment at which the last turn is on disk to the moment at which the mail server has the mail; idle house."""
    waits = list[float]()
    for number in range(calls):
        before = len(to.taken_at)
        await bench.save(BY_MAIL, work=True)
        began = time.monotonic()
        await to.wait_for(before + 1)
        waits.append(to.taken_at[-1] - began)
        # Not in step with the engine's looks at its queue.
        await asyncio.sleep(0.05 + 0.037 * (number % 13))
    return Spread.of(waits)


async def deliver(bench: BenchHouse, to: Receiver, messages: int) -> Lag:
    """Saves so many calls with work, as fast as they can be saved, and feels this loop until all are taken."""
    before = len(to.taken_at)
    async with lag_of_this_loop() as late:
        began = time.monotonic()
        for _ in range(messages):
            await bench.save(BY_HOOK, work=True)
        await to.wait_for(before + messages)
        took_s = to.taken_at[-1] - began
    return Lag(Spread.of(late), took_s)


async def only_save(bench: BenchHouse, calls: int, lasts_s: float) -> Lag:
    """The same loop without work: the calls are saved, nothing follows."""
    async with lag_of_this_loop() as late:
        began = time.monotonic()
        for _ in range(calls):
            await bench.save(BY_HOOK, work=False)
        await asyncio.sleep(max(0.0, lasts_s - (time.monotonic() - began)))
    return Lag(Spread.of(late))


@asynccontextmanager
async def working_here(bench: BenchHouse, poll_s: float | None = None) -> AsyncIterator[None]:
    """The engine in this process. poll_s: None means as in service."""
    async with open_after_call(bench.house) as after:
        if poll_s is None:
            async with after.at_work():
                await asyncio.sleep(SETTLE_S)
                yield
            return

        def register() -> None:
            after.deliveries.register()
            after.on_call.register()

        database = bench.house.book.database
        async with durable_engine(database, register, queue_poll_s=poll_s, wake_poll_s=poll_s) as engine:
            await asyncio.sleep(SETTLE_S)
            yield
            await engine.run(after.working.close())


@asynccontextmanager
async def working_apart(settings: dict[str, object]) -> AsyncIterator[None]:
    """The engine in a process of its own: voicebot work."""
    named = {f"VOICEBOT_{name.upper()}": str(value) for name, value in settings.items()}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "voicebot", "work"),
        env={**os.environ, **named},
        cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    while b"works as node" not in (line := await process.stderr.readline()):
        if not line:
            raise RuntimeError("voicebot work ended")
    reading = asyncio.create_task(process.stderr.read())
    await asyncio.sleep(SETTLE_S)
    try:
        yield
    finally:
        process.terminate()
        await process.wait()
        await reading


async def idle_cpu() -> float:
    """CPU seconds per second of this process while nothing happens."""
    await asyncio.sleep(BEFORE_IDLE_S)
    cpu, began = time.process_time(), time.monotonic()
    await asyncio.sleep(IDLE_S)
    return (time.process_time() - cpu) / (time.monotonic() - began)
