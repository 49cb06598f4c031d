"""An open database: blocking work on threads of its own, one job one transaction, room kept for a full disk."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

import structlog
from sqlalchemy.engine import Connection, Engine

from voicebot.errors import StoreError, StoreFull
from voicebot.store.database import READING, connect, database_url, empty_log, migrate
from voicebot.store.failures import in_store_words
from voicebot.store.outbox import Outbox, migrate_outbox
from voicebot.store.reserve import Reserve

RESERVE_BYTES = 4 * 1024 * 1024
SAVE_LIMIT_S = 10.0
"""Longest wait for one job, lock and disk included."""
WAITING_LIMIT = 1000
"""Jobs that may wait for the database; one more is refused at once."""

_T = TypeVar("_T")
_log = structlog.get_logger()


class OpenDatabase:
    """Rows, on threads of their own: one job is one hop off the event loop and one transaction.

    SQLite has one writer at a time, so writes have one thread there; reads never wait behind them.
    A job that has begun is finished even when the task awaiting it is cancelled. Any event loop of the process may use it.
    """

    def __init__(self, engine: Engine, reserve: Reserve | None) -> None:
        self.engine = engine
        self.outbox = Outbox(engine)
        self._reading_engine = engine.execution_options(**{READING: True})
        self._reserve = reserve
        writers = 1 if engine.dialect.name == "sqlite" else 4
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="book-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="book-read")
        self._waiting = 0
        self._counting = threading.Lock()
        self._closed = False

    @classmethod
    async def open(cls, database: str, *, reserve_bytes: int = RESERVE_BYTES) -> Self:
        """Opens the database and brings its tables to this version's shape.

        Args:
            database: SQLAlchemy URL of a SQLite file or of a PostgreSQL database.
            reserve_bytes: room kept beside a SQLite file for when the disk is full.

        Raises: StoreFull, StoreError with what to do about it.
        """
        return await asyncio.to_thread(cls._open, database, reserve_bytes)

    @classmethod
    def _open(cls, database: str, reserve_bytes: int) -> Self:
        url = database_url(database)
        with in_store_words():
            engine = connect(url)
        reserve = None
        if engine.dialect.name == "sqlite":
            file = Path(str(url.database))
            reserve = Reserve(file.with_name(f"{file.name}.reserve"), reserve_bytes)
        try:
            _with_reserve(reserve, engine, lambda: (migrate(engine), migrate_outbox(url)))
            if reserve is not None:
                reserve.restore()
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, reserve)

    @property
    def url(self) -> str:
        """SQLAlchemy URL with its password."""
        return self.engine.url.render_as_string(hide_password=False)

    @property
    def reserve_spent(self) -> bool:
        """The disk was full and the reserve was given up: refuse new calls kindly until restore_reserve."""
        return self._reserve is not None and self._reserve.spent

    async def restore_reserve(self) -> bool:
        """Keeps the reserve again if there is room. Returns: whether it is kept."""
        reserve = self._reserve
        return True if reserve is None else await self._on(self._readers, reserve.restore)

    async def read(self, read: Callable[[Connection], _T]) -> _T:
        """Runs `read` in a transaction that takes no write lock. Raises: StoreError."""

        def job() -> _T:
            with in_store_words(), self._reading_engine.begin() as connection:
                return read(connection)

        return await self._on(self._readers, job)

    async def write(self, write: Callable[[Connection], _T]) -> _T:
        """Runs `write` in one transaction, on disk when it returns. It may run twice: on a full disk, the reserve helps.

        Raises: StoreFull, StoreError; whatever `write` raises, and then nothing is kept.
        """

        def job() -> _T:
            def once() -> _T:
                with self.engine.begin() as connection:
                    return write(connection)

            return _with_reserve(self._reserve, self.engine, once)

        return await self._on(self._writers, job)

    async def close(self) -> None:
        """Waits for the jobs under way, then lets the database go."""
        self._closed = True

        def let_go() -> None:
            self._writers.shutdown()
            self._readers.shutdown()
            self.engine.dispose()

        await asyncio.to_thread(let_go)

    async def _on(self, threads: ThreadPoolExecutor, job: Callable[[], _T]) -> _T:
        if self._closed:
            raise StoreError("The call book is closed.")
        if self._waiting >= WAITING_LIMIT:
            raise StoreError("Too many jobs wait for the database.", "Check its disk.")
        self._count(1)
        running = asyncio.get_running_loop().run_in_executor(threads, job)
        running.add_done_callback(self._one_less)
        try:
            async with asyncio.timeout(SAVE_LIMIT_S):
                return await asyncio.shield(running)
        except TimeoutError as late:
            raise StoreError(f"The database did not answer within {SAVE_LIMIT_S:.0f} s.", "Check its disk.") from late

    def _count(self, jobs: int) -> None:
        with self._counting:
            self._waiting += jobs

    def _one_less(self, job: asyncio.Future[_T]) -> None:
        self._count(-1)
        # Asked for, so that a failure after its caller went away is not reported as never retrieved.
        if not job.cancelled():
            job.exception()


def _with_reserve(reserve: Reserve | None, engine: Engine, write: Callable[[], _T]) -> _T:
    try:
        with in_store_words():
            done = write()
    except StoreFull:
        if reserve is None:
            raise
        # Tried again even when the reserve is gone: another process may have given it up just now.
        reserve.spend()
        _spare_room(engine)
        with in_store_words():
            done = write()
    if reserve is not None and reserve.spent:
        _spare_room(engine)
    return done


def _spare_room(engine: Engine) -> None:
    try:
        with in_store_words():
            empty_log(engine)
    except StoreError as failure:
        # What was saved is safe in the log; only its room stays taken.
        _log.warning("store_log_not_emptied", code=failure.code)
