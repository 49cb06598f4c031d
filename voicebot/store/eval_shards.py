"""Parts of an evaluation that several machines share: rows that are handed out by the durable engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from dbos import DBOS
from sqlalchemy.engine import Connection

from voicebot.errors import StoreError
from voicebot.store.durable import QUEUE_POLL_S, durable_engine
from voicebot.store.nodes import WATCH_S, node_presence, take_over_dead_nodes, watch_nodes
from voicebot.store.open_database import OpenDatabase
from voicebot.store.outbox import Lane, Outbox
from voicebot.store.quality_tables import eval_shards

WORKFLOW = "judge_shard"
CASES, COMMON = "cases", "common"
COMMON_NUMBER = -1
"""Row of what all shards of a run need."""


@dataclass(frozen=True, slots=True)
class DoneShard:
    """result: compressed, as the node wrote it."""

    number: int
    result: bytes
    node: str


Judge = Callable[[str, bytes, bytes], Awaitable[bytes]]
"""(run, what all its shards need, the shard's cases) → their results."""


def eval_lane(code: str) -> Lane:
    """Work that only processes with the same program take. code: its digest."""
    return Lane("voicebot-evals", f"evals-{code}", f"evals-{code}", at_once=1)


class EvalShards:
    """Rows of runs that are shared. All methods raise StoreError.

    Args:
        lane: see eval_lane.
    """

    def __init__(self, database: OpenDatabase, lane: Lane) -> None:
        if database.engine.dialect.name != "postgresql":
            raise StoreError("Machines share an evaluation through PostgreSQL.", "Use --jobs, or set VOICEBOT_DATABASE_URL.")
        self._database = database
        self._outbox = Outbox(database.engine, lane)

    async def begin(self, run: str, common: bytes) -> None:
        """common: what every shard of the run needs."""
        row = _row(run, COMMON_NUMBER, COMMON, 0, common)
        await self._database.write(lambda connection: connection.execute(sa.insert(eval_shards), row))

    async def hand_out(self, run: str, number: int, cases: int, content: bytes) -> None:
        """Keeps the shard and enqueues it, or neither."""
        row = _row(run, number, CASES, cases, content)

        def write(connection: Connection) -> None:
            connection.execute(sa.insert(eval_shards), row)
            self._outbox.start(connection, WORKFLOW, f"eval-{run}-{number}", {"run": run, "number": number})

        await self._database.write(write)

    async def collect(self, run: str) -> list[DoneShard]:
        """Shards that are done, in order; their rows are gone when this returns, so keep them."""
        done = (eval_shards.c.run == run) & eval_shards.c.result.is_not(None)

        def write(connection: Connection) -> list[DoneShard]:
            columns = (eval_shards.c.number, eval_shards.c.result, eval_shards.c.node)
            rows = connection.execute(sa.select(*columns).where(done).order_by(eval_shards.c.number)).all()
            numbers = [row.number for row in rows]
            connection.execute(sa.delete(eval_shards).where(eval_shards.c.run == run, eval_shards.c.number.in_(numbers)))
            return [DoneShard(row.number, row.result, row.node) for row in rows]

        return await self._database.write(write)

    async def drop(self, run: str) -> None:
        """Takes the run's rows away; a shard that is being judged comes to nothing."""
        await self._database.write(
            lambda connection: connection.execute(sa.delete(eval_shards).where(eval_shards.c.run == run))
        )


@asynccontextmanager
async def judging_node(
    database: OpenDatabase,
    lane: Lane,
    node: str,
    judge: Judge,
    *,
    queue_poll_s: float = QUEUE_POLL_S,
    watch_s: float = WATCH_S,
) -> AsyncIterator[None]:
    """Judges shards until the block is left, those of nodes that died too.

    Args:
        judge: called on the event loop of whoever enters the block.
    Raises: NodeTaken, StoreError.
    """
    own_loop = asyncio.get_running_loop()

    async def judge_row(run: str, number: int) -> None:
        found = await database.read(lambda connection: _shard(connection, run, number))
        if found is None:
            return
        running = asyncio.run_coroutine_threadsafe(_awaited(judge(run, *found)), own_loop)
        result = await asyncio.wrap_future(running)
        done = {"result": result, "node": node, "done_at": datetime.now(UTC)}
        same = (eval_shards.c.run == run) & (eval_shards.c.number == number)
        await database.write(lambda connection: connection.execute(sa.update(eval_shards).where(same).values(done)))

    def register() -> None:
        step = DBOS.step(name="judge_rows")(judge_row)

        async def judge_shard(argument: dict[str, Any]) -> None:
            await step(argument["run"], argument["number"])

        DBOS.workflow(name=WORKFLOW, max_recovery_attempts=None)(judge_shard)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(node_presence(database, node))
        await take_over_dead_nodes(database, node, lane=lane)
        await stack.enter_async_context(durable_engine(database, register, node=node, lane=lane, queue_poll_s=queue_poll_s))
        watching = asyncio.create_task(watch_nodes(database, node, every_s=watch_s, lane=lane))
        try:
            yield
        finally:
            watching.cancel()
            await asyncio.wait([watching])


async def _awaited(result: Awaitable[bytes]) -> bytes:
    return await result


def _shard(connection: Connection, run: str, number: int) -> tuple[bytes, bytes] | None:
    """What its run has in common, and its cases; None when nobody waits for it any more."""
    both = (eval_shards.c.run == run) & eval_shards.c.number.in_([COMMON_NUMBER, number])
    query = sa.select(eval_shards.c.number, eval_shards.c.input).where(both, eval_shards.c.result.is_(None))
    found = {row.number: row.input for row in connection.execute(query)}
    return (found[COMMON_NUMBER], found[number]) if len(found) == 2 else None


def _row(run: str, number: int, kind: str, cases: int, content: bytes) -> dict[str, Any]:
    return {
        "run": run,
        "number": number,
        "kind": kind,
        "cases": cases,
        "input": content,
        "result": None,
        "node": "",
        "made_at": datetime.now(UTC),
        "done_at": None,
    }
