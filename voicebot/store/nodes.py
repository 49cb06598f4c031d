"""Which processes do durable work on a database: each says so by a lock that dies with it, and takes over from the dead."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import hashlib
import os
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from pathlib import Path
from typing import IO, Protocol

import sqlalchemy as sa
import structlog
from dbos import DBOSClient
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from voicebot.errors import NodeTaken, StoreError
from voicebot.store.failures import in_store_words
from voicebot.store.open_database import OpenDatabase
from voicebot.store.outbox import AFTER_CALL, SERIALIZER, Lane

PATIENCE_S = 5.0
"""How long a node waits for its name: another node may be taking over what it left when it died."""
KEEP_S = 2.0
"""How often a node looks whether its lock still stands; a database server that restarts forgets it."""
WATCH_S = 10.0
"""A node found dead by two looks so far apart is taken over from: one whose connection broke is back by then."""

_log = structlog.get_logger()


class _Presence(Protocol):
    """One node's lock. Its methods block. Raises: StoreError."""

    def take(self) -> bool:
        """Takes the lock. Returns: False when somebody else has it."""
        ...

    def stands(self) -> bool: ...

    def let_go(self) -> None: ...


@asynccontextmanager
async def node_presence(database: OpenDatabase, node: str, *, patience_s: float = PATIENCE_S) -> AsyncIterator[None]:
    """Holds the name `node` while the block runs: only one living process of a database has it.

    PostgreSQL: an advisory lock on a connection of its own. SQLite: a lock on `<database>.worker`, whatever the name,
    since one process alone may do the work of a file. Take it before the durable engine starts.

    Args:
        patience_s: how long to wait for the name; math.inf waits until its holder is gone (a stand-by).

    Raises: NodeTaken when another process has it, StoreError.
    """
    sqlite = database.engine.dialect.name == "sqlite"
    presence = _WorkerFile(database, node) if sqlite else _AdvisoryLock(database, node)
    deadline = time.monotonic() + patience_s
    while not await asyncio.to_thread(presence.take):
        if time.monotonic() >= deadline:
            raise _taken(node, sqlite)
        await asyncio.sleep(min(0.1, patience_s))
    keeper = asyncio.create_task(_keep(presence, node))
    try:
        yield
    finally:
        keeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeper
        await asyncio.to_thread(presence.let_go)


async def dead_nodes(database: OpenDatabase, node: str, *, lane: Lane = AFTER_CALL) -> set[str]:
    """Names of nodes that left work unfinished and hold no lock. node: our own, never among them. Raises: StoreError."""
    return set(await asyncio.to_thread(_look, database, node, None, lane))


async def take_over_dead_nodes(
    database: OpenDatabase, node: str, only: Collection[str] | None = None, *, lane: Lane = AFTER_CALL
) -> list[str]:
    """Gives the unfinished work of dead nodes back to the queue, so that a living one goes on where it stood.

    The dead node's lock is held meanwhile: two living nodes never give back the same work, and a node that comes back
    waits for its name. On SQLite the caller holds the worker's file, so every other name is a former one.

    Args:
        node: our own name, which we hold (node_presence). only: names to take over from; None means all that are dead.

    Returns: ids of the workflows that were given back. Raises: StoreError.
    """
    found = await asyncio.to_thread(_look, database, node, only if only is not None else (), lane)
    return [workflow for ids in found.values() for workflow in ids]


async def watch_nodes(database: OpenDatabase, node: str, *, every_s: float = WATCH_S, lane: Lane = AFTER_CALL) -> None:
    """Takes over from nodes that two looks in a row found dead; never returns. A database that fails is asked again."""
    suspects: set[str] = set()
    while True:
        try:
            dead = await dead_nodes(database, node, lane=lane)
            if sure := dead & suspects:
                ids = await take_over_dead_nodes(database, node, sure, lane=lane)
                _log.warning("dead_nodes_taken_over", nodes=sorted(sure), workflows=len(ids))
            suspects = dead - suspects
        except StoreError as refused:
            _log.error("nodes_not_watched", node=node, code=refused.code, remedy=refused.remedy)
        await asyncio.sleep(every_s)


class _AdvisoryLock:
    """A lock of PostgreSQL that lives as long as its connection."""

    def __init__(self, database: OpenDatabase, node: str) -> None:
        self._engine = database.engine
        self._key = _lock_key(node)
        self._connection: Connection | None = None

    def take(self) -> bool:
        with in_store_words():
            connection = self._connect()
            try:
                taken = bool(connection.scalar(sa.text("SELECT pg_try_advisory_lock(:key)"), {"key": self._key}))
            except BaseException:
                _drop(connection)
                raise
        if taken:
            self._connection = connection
        else:
            _drop(connection)
        return taken

    def stands(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(sa.text("SELECT 1"))
        except SQLAlchemyError:
            return False
        return True

    def let_go(self) -> None:
        if self._connection is not None:
            # The server lets the lock go with its connection too, but some time after the close.
            with contextlib.suppress(SQLAlchemyError):
                self._connection.execute(sa.text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
            _drop(self._connection)
            self._connection = None

    def _connect(self) -> Connection:
        # Not from the pool: a connection that goes back there would keep the lock for whoever gets it next.
        connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
        connection.detach()
        # A machine that lost its power says no goodbye: the server must notice, in half a minute and not in two hours.
        for setting, value in (("idle", 10), ("interval", 5), ("count", 3)):
            connection.execute(sa.text(f"SET tcp_keepalives_{setting} = {value}"))
        return connection


class _WorkerFile:
    """A lock of the operating system on a file beside SQLite's; it lives as long as the process."""

    def __init__(self, database: OpenDatabase, node: str) -> None:
        file = Path(str(database.engine.url.database))
        self._path = file.with_name(f"{file.name}.worker")
        self._node = node
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        with in_store_words():
            # Never deleted: whoever waits for it would then hold a lock on a file that is no longer there.
            file = self._path.open("ab")
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                file.close()
                return False
            file.truncate(0)
            file.write(f"{os.getpid()} {self._node}\n".encode())
            file.flush()
        self._file = file
        return True

    def stands(self) -> bool:
        return self._file is not None

    def let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


async def _keep(presence: _Presence, node: str) -> None:
    """Takes the lock again when the database server has forgotten it."""
    lost = False
    while True:
        await asyncio.sleep(KEEP_S)
        if await asyncio.to_thread(presence.stands):
            continue
        if not lost:
            _log.error("node_lock_lost", node=node)
        lost = True
        try:
            await asyncio.to_thread(presence.let_go)
            taken = await asyncio.to_thread(presence.take)
        except StoreError as refused:
            _log.error("node_lock_not_taken", node=node, code=refused.code, remedy=refused.remedy)
            continue
        if taken:
            lost = False
            _log.info("node_lock_taken_again", node=node)
        else:
            _log.error("node_lock_not_taken", node=node, code=NodeTaken.code)


def _look(database: OpenDatabase, node: str, only: Collection[str] | None, lane: Lane) -> dict[str, list[str]]:
    """Unfinished workflows by dead node. only: None takes over nothing; () takes over from all; else from these."""
    with in_store_words():
        client = DBOSClient(
            system_database_engine=database.engine,
            serializer=SERIALIZER,
            application_name=lane.application,
            lazy=True,
            retry_connection_errors=False,
        )
        found: dict[str, list[str]] = {}
        for other in sorted(set(_pending(client, lane)) - {node}):
            if only and other not in only:
                continue
            lock = None if database.engine.dialect.name == "sqlite" else _AdvisoryLock(database, other)
            if lock is not None and not lock.take():
                continue
            try:
                # Asked again under the lock: somebody else may just have taken over.
                ids = _pending(client, lane, other).get(other, [])
                if ids and only is not None:
                    client.resume_workflows(ids, queue_name=lane.queue)
                if ids:
                    found[other] = ids
            finally:
                if lock is not None:
                    lock.let_go()
    return found


def _pending(client: DBOSClient, lane: Lane, node: str | None = None) -> dict[str, list[str]]:
    """Ids of workflows that are under way, by the node that has them; of one node or of all."""
    by_node: dict[str, list[str]] = {}
    listed = client.list_workflows(
        status="PENDING", executor_id=node, app_version=lane.version, load_input=False, load_output=False
    )
    for workflow in listed:
        if workflow.executor_id:
            by_node.setdefault(workflow.executor_id, []).append(workflow.workflow_id)
    return by_node


def _lock_key(node: str) -> int:
    """A signed 64-bit number for this name, among all advisory locks of the database."""
    return int.from_bytes(hashlib.blake2b(f"voicebot-node:{node}".encode(), digest_size=8).digest(), signed=True)


def _drop(connection: Connection) -> None:
    # A broken connection cannot be closed politely; it is gone all the same.
    with contextlib.suppress(SQLAlchemyError):
        connection.close()


def _taken(node: str, sqlite: bool) -> NodeTaken:
    if sqlite:
        return NodeTaken(
            "Another process does the durable work of this database.",
            "Let that one do it, or stop it; on PostgreSQL several can share it.",
        )
    return NodeTaken(f'Another living process has the node name "{node}".', "Set VOICEBOT_NODE: each process has its own.")
