"""The durable engine: workflows that go on after a crash where they were. DBOS on a thread and event loop of its own."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import structlog
from dbos import DBOS, DBOSConfig
from dbos import error as engine_errors

from voicebot.errors import StoreError
from voicebot.store.open_database import OpenDatabase
from voicebot.store.outbox import AFTER_CALL, SERIALIZER, Lane, quiet_engine_log

QUEUE_POLL_S = 0.5
"""How soon enqueued work is taken up, at worst; on PostgreSQL too."""
WAKE_POLL_S = 0.5
"""How soon a waiting workflow sees a nudge on SQLite, at worst; PostgreSQL is told at once."""
LAST_STEPS_S = 1.0
"""Time for the steps under way when the process stops; what is cut off is done again."""

LOOP_LIMIT_S = 5.0

_T = TypeVar("_T")
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class DurableEngine:
    """A running engine. loop: its event loop, on its own thread; whatever workflows share (connections) lives there."""

    loop: asyncio.AbstractEventLoop

    async def run(self, work: Coroutine[Any, Any, _T]) -> _T:
        """Runs `work` on the engine's loop."""
        return await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(work, self.loop))


@asynccontextmanager
async def durable_engine(
    database: OpenDatabase,
    register: Callable[[], None],
    *,
    node: str = "house",
    queue_poll_s: float = QUEUE_POLL_S,
    wake_poll_s: float = WAKE_POLL_S,
    lane: Lane = AFTER_CALL,
) -> AsyncIterator[DurableEngine]:
    """Runs enqueued work until the block is left; takes up first what this node left unfinished.

    Workflows run on the engine's own event loop, not on the caller's: a live call's audio never waits for them.

    Args:
        register: declares the workflows and steps (dbos.DBOS.workflow, .step); called once, before any of them runs.
        node: name of this process among those that share the database; two at once may not have the same.
        lane: which work it does; it sees no other.

    Raises: StoreError.
    """
    quiet_engine_log()
    config = DBOSConfig(
        name=lane.application,
        system_database_url=database.url,
        application_version=lane.version,
        executor_id=node,
        serializer=SERIALIZER,
        notification_listener_polling_interval_sec=wake_poll_s,
        run_migrations=False,
        log_level="WARNING",
    )

    async def launch() -> None:
        # Launched on a running loop, the engine runs every workflow on that loop.
        DBOS(config=config)
        register()
        DBOS.launch()
        await DBOS.register_queue_async(lane.queue, polling_interval_sec=queue_poll_s, worker_concurrency=lane.at_once)

    with _own_loop() as loop:
        engine = DurableEngine(loop)
        try:
            await engine.run(launch())
        except engine_errors.DBOSException as refused:
            raise StoreError("The durable engine cannot start.", "Check VOICEBOT_DATABASE_URL.") from refused
        _log.info("durable_engine_started", node=node)
        try:
            yield engine
        finally:
            # It warns of each workflow that waits: that they go on at the next start is what they are for.
            logging.getLogger("dbos").setLevel(logging.ERROR)
            # Before the engine is taken down: a workflow that woke meanwhile would find no engine and say so, loudly.
            await engine.run(_finish_or_cancel(LAST_STEPS_S))
            await asyncio.to_thread(lambda: DBOS.destroy(destroy_registry=True))


@contextmanager
def _own_loop() -> Iterator[asyncio.AbstractEventLoop]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="durable-engine", daemon=True)
    thread.start()
    try:
        yield loop
    finally:
        asyncio.run_coroutine_threadsafe(_finish_or_cancel(0), loop).result(LOOP_LIMIT_S)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LOOP_LIMIT_S)
        loop.close()


async def _finish_or_cancel(patience_s: float) -> None:
    """Gives what runs on this loop a moment to finish, then cancels it; cancelled workflows stay to be taken up again."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    if left and patience_s:
        _, left = await asyncio.wait(left, timeout=patience_s)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
