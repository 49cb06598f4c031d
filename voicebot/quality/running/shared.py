"""A run that several machines share: shards of cases go out as rows, judged ones come back."""

from __future__ import annotations

import asyncio
import secrets
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from itertools import islice

import structlog

from voicebot.quality.running.cases import Case, case_json
from voicebot.quality.running.code_digest import code_digest
from voicebot.quality.running.judge_case import RULES, Ground, in_trouble, line_of, understanding_told
from voicebot.quality.running.pool import Finished, Shelf, judging_processes
from voicebot.quality.running.run import Judging
from voicebot.quality.running.worker import ground_json
from voicebot.settings import settings
from voicebot.store.durable import QUEUE_POLL_S
from voicebot.store.eval_shards import EvalShards, eval_lane, judging_node
from voicebot.store.nodes import WATCH_S
from voicebot.store.open_database import OpenDatabase

CASES_IN_SHARD = 200
SHARDS_OUT = 32
"""Shards that wait or are being judged; more are handed out as these come back, so that rows stay few."""
LOOK_S = 0.2
NOBODY_S = 30.0
"""Time without a shard that came back after which people are told."""

_log = structlog.get_logger()


def on_all_machines(ground: Ground, database_url: str, *, cases_in_shard: int = CASES_IN_SHARD) -> Judging:
    """Judges wherever `voicebot eval work` runs with the same program on the same database. Raises: StoreError."""

    def judging(cases: Iterator[Case]) -> AbstractAsyncContextManager[AsyncIterator[Finished]]:
        return _shared(ground, database_url, cases, cases_in_shard)

    return judging


@asynccontextmanager
async def _shared(
    ground: Ground, database_url: str, cases: Iterator[Case], cases_in_shard: int
) -> AsyncIterator[AsyncIterator[Finished]]:
    database = await OpenDatabase.open(database_url)
    try:
        shards, run = EvalShards(database, eval_lane(code_digest())), secrets.token_hex(16)
        await shards.begin(run, zlib.compress(ground_json.dump_json(ground)))
        try:
            yield _judged(shards, run, cases, cases_in_shard)
        finally:
            await shards.drop(run)
    finally:
        await database.close()


async def _judged(shards: EvalShards, run: str, cases: Iterator[Case], size: int) -> AsyncIterator[Finished]:
    out: dict[int, list[Case]] = {}
    number, waited_s = 0, 0.0
    while True:
        while len(out) < SHARDS_OUT and (some := list(islice(cases, size))):
            out[number] = some
            await shards.hand_out(run, number, len(some), _packed([case_json.dump_json(case) for case in some]))
            number += 1
        if not out:
            return
        done = await shards.collect(run)
        for shard in done:
            for case, line in zip(out.pop(shard.number), zlib.decompress(shard.result).split(b"\n"), strict=True):
                yield Finished(case, line)
        waited_s = 0.0 if done else waited_s + LOOK_S
        if waited_s >= NOBODY_S:
            _log.warning("eval_shards_wait", shards=len(out), remedy="Start `voicebot eval work` with the same program.")
            waited_s = 0.0
        if not done:
            await asyncio.sleep(LOOK_S)


@asynccontextmanager
async def sharing_machine(
    database_url: str, node: str, jobs: int, *, queue_poll_s: float = QUEUE_POLL_S, watch_s: float = WATCH_S
) -> AsyncIterator[None]:
    """Judges shards of any run until the block is left.

    Args:
        node: name of this process among those that share the database. jobs: processes that judge.

    Raises: NodeTaken, StoreError.
    """
    database = await OpenDatabase.open(database_url)
    try:
        lane = eval_lane(code_digest())
        EvalShards(database, lane)

        machine = _Machine(jobs)
        try:
            async with judging_node(database, lane, node, machine.judge, queue_poll_s=queue_poll_s, watch_s=watch_s):
                yield
        finally:
            await machine.close()
    finally:
        await database.close()


class _Machine:
    """Judges one shard at a time; its processes stay from one shard to the next of a run."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs
        self._common = b""
        self._shelf: Shelf | None = None

    async def judge(self, _run: str, common: bytes, content: bytes) -> bytes:
        ground = ground_json.validate_json(zlib.decompress(common))
        cases = [case_json.validate_json(line) for line in zlib.decompress(content).split(b"\n")]
        ours = understanding_told(settings())
        if ground.understanding not in (RULES, ours):
            why = f"This machine understands by {ours}, the run by {ground.understanding}."
            return _packed([line_of(in_trouble(case, why)) for case in cases])
        if self._shelf is None or common != self._common:
            await self.close()
            self._common, self._shelf = common, Shelf(ground)
        lines: dict[int, bytes] = {}
        async with judging_processes(ground, cases, self._jobs, shelf=self._shelf) as finished:
            async for one in finished:
                lines[one.case.number] = one.line
        return _packed([lines[case.number] for case in cases])

    async def close(self) -> None:
        if self._shelf is not None:
            await self._shelf.close()


def _packed(lines: list[bytes]) -> bytes:
    return zlib.compress(b"\n".join(lines), 1)
