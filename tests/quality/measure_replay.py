"""Measures replaying: calls per second and core, and how late a 20 ms tick of live audio gets beside it.

python -m tests.quality.measure_replay
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace

from tests.quality.replay_calls_held import MOREL, ROOT, clients
from voicebot.clients.client_file import read_client
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.replaying.gather import always, gather
from voicebot.quality.replaying.replay_calls import Task, replay_here, replay_on_cores
from voicebot.understanding.rules import Rules

TICK_S = 0.02
ALONE_S = 6.0


async def calls() -> Task:
    """200 calls of a heating engineer, under one changed instruction."""
    held = []
    async with passing_book() as book:
        for number, written in enumerate(read_conversations([ROOT / "evals" / "conversations" / "heating.yaml"])):
            record = (await hold_call(written, clients().of(written.client), Rules(), book, number)).record
            held.append(transcript_of(record))
    changed = read_client(ROOT / "evals" / "examples" / "replay" / "chauffage-morel.yaml")
    return gather((held * 7)[:200], changed, always(read_client(MOREL))).task


async def lateness(over: Callable[[], bool]) -> str:
    late: list[float] = []
    due = time.perf_counter()
    while not over():
        due += TICK_S
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        late.append((time.perf_counter() - due) * 1000)
        due = max(due, time.perf_counter() - TICK_S)
    late.sort()
    return f"p50 {late[len(late) // 2]:.1f} ms, p95 {late[int(len(late) * 0.95)]:.1f} ms of {len(late)} ticks"


async def measure() -> None:
    task = await calls()
    await replay_here(replace(task, calls=task.calls[:20]))
    began = time.process_time()
    await replay_here(task)
    print(f"{len(task.calls) / (time.process_time() - began):.0f} calls per second and core")
    end = time.perf_counter() + ALONE_S
    print("ticks alone:", await lateness(lambda: time.perf_counter() > end))
    apart = asyncio.ensure_future(asyncio.to_thread(replay_on_cores, task, 1, politely=True))
    print("beside a replay in a process:", await lateness(apart.done))
    within = asyncio.ensure_future(asyncio.to_thread(lambda: asyncio.run(replay_here(task))))
    print("beside a replay in a thread:", await lateness(within.done))


if __name__ == "__main__":
    asyncio.run(measure())
