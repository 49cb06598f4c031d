"""The call book: every call, what happened in it and the message it left, as rows that outlive the process."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine

from voicebot.domain.call import Call, call_json
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.message import Message, message_json
from voicebot.errors import StoreError, StoreFull, UnknownCall
from voicebot.store.database import READING, connect, database_url, empty_log, migrate
from voicebot.store.failures import in_store_words
from voicebot.store.reserve import Reserve
from voicebot.store.rows import add_events, put_call, put_message
from voicebot.store.tables import call_events, calls, messages

RESERVE_BYTES = 4 * 1024 * 1024
SAVE_LIMIT_S = 10.0
"""Longest wait for one job, lock and disk included."""
WAITING_LIMIT = 1000
"""Jobs that may wait for the database; one more is refused at once."""

_T = TypeVar("_T")
_log = structlog.get_logger()


class CallBook:
    """Rows of calls, on threads of its own: one job is one hop off the event loop and one transaction.

    SQLite has one writer at a time, so saves have one thread there; reads never wait behind them.
    A job that has begun is finished even when the task awaiting it is cancelled.
    """

    def __init__(self, engine: Engine, reserve: Reserve | None, now: Callable[[], datetime]) -> None:
        self._engine = engine
        self._reading_engine = engine.execution_options(**{READING: True})
        self._reserve = reserve
        self._now = now
        writers = 1 if engine.dialect.name == "sqlite" else 4
        self._writers = ThreadPoolExecutor(writers, thread_name_prefix="call-book-write")
        self._readers = ThreadPoolExecutor(2, thread_name_prefix="call-book-read")
        self._waiting = 0
        self._closed = False

    @classmethod
    async def open(
        cls,
        database: str,
        *,
        reserve_bytes: int = RESERVE_BYTES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Self:
        """Opens the book and brings its tables to this version's shape.

        Args:
            database: SQLAlchemy URL of a SQLite file or of a PostgreSQL database.
            reserve_bytes: room kept beside a SQLite file for when the disk is full.
            now: clock of saved_at, aware.

        Raises: StoreFull, StoreError with what to do about it.
        """
        return await asyncio.to_thread(cls._open, database, reserve_bytes, now)

    @classmethod
    def _open(cls, database: str, reserve_bytes: int, now: Callable[[], datetime]) -> Self:
        url = database_url(database)
        with in_store_words():
            engine = connect(url)
        reserve = None
        if engine.dialect.name == "sqlite":
            file = Path(str(url.database))
            reserve = Reserve(file.with_name(f"{file.name}.reserve"), reserve_bytes)
        try:
            _with_reserve(reserve, engine, lambda: migrate(engine))
            if reserve is not None:
                reserve.restore()
        except BaseException:
            engine.dispose()
            raise
        return cls(engine, reserve, now)

    @property
    def reserve_spent(self) -> bool:
        """The disk was full and the reserve was given up: refuse new calls kindly until restore_reserve."""
        return self._reserve is not None and self._reserve.spent

    async def restore_reserve(self) -> bool:
        """Keeps the reserve again if there is room. Returns: whether it is kept."""
        reserve = self._reserve
        return True if reserve is None else await self._on(self._readers, reserve.restore)

    async def save(self, call: Call, events: Sequence[CallEvent], message: Message | None = None) -> None:
        """Saves the call's state, adds events and saves the message, all or nothing, on disk when it returns.

        An event that is already there, the same, is left; saving twice is harmless.

        Raises: StaleCall when another process has taken the call over; StoreFull; StoreError when another event
            has one of these numbers, or when the database stayed locked.
        """
        await self._on(self._writers, lambda: self._save(call, tuple(events), message))

    async def call(self, call_id: str) -> Call:
        """The call as last saved. Raises: UnknownCall, StoreError."""
        found = await self._calls(sa.select(calls.c.state).where(calls.c.id == call_id))
        if not found:
            raise UnknownCall(f'No call has the id "{call_id}".')
        return found[0]

    async def call_by_carrier(self, carrier: str, carrier_call_id: str) -> Call | None:
        """The newest call that the carrier knows by this id. Raises: StoreError."""
        same = (calls.c.carrier == carrier) & (calls.c.carrier_call_id == carrier_call_id)
        newest = sa.select(calls.c.state).where(same).order_by(calls.c.started_at.desc()).limit(1)
        return next(iter(await self._calls(newest)), None)

    async def events(self, call_id: str, after: int = 0) -> list[CallEvent]:
        """Events of a call in order, from number after + 1; empty for an unknown call. Raises: StoreError."""
        of_call = (call_events.c.call == call_id) & (call_events.c.number > after)
        columns = (call_events.c.number, call_events.c.at, call_events.c.kind, call_events.c.data)
        query = sa.select(*columns).where(of_call).order_by(call_events.c.number)

        def read(connection: Connection) -> list[CallEvent]:
            rows = connection.execute(query)
            return [CallEvent(row.number, row.at, EventKind(row.kind), row.data) for row in rows]

        return await self._read(read)

    async def message(self, call_id: str) -> Message | None:
        """The message that the call left so far. Raises: StoreError."""
        query = sa.select(messages.c.content).where(messages.c.call == call_id)

        def read(connection: Connection) -> Message | None:
            content = connection.execute(query).scalar_one_or_none()
            return None if content is None else message_json.validate_python(content)

        return await self._read(read)

    async def unfinished(self, untouched_since: datetime) -> list[Call]:
        """Calls that have not ended and were last saved before untouched_since, oldest first. Raises: StoreError."""
        left = calls.c.ended.is_(None) & (calls.c.saved_at < untouched_since)
        return await self._calls(sa.select(calls.c.state).where(left).order_by(calls.c.started_at))

    async def recent(self, limit: int, client: str | None = None) -> list[Call]:
        """The newest calls first, of one client or of all. Raises: StoreError."""
        query = sa.select(calls.c.state).order_by(calls.c.started_at.desc(), calls.c.id).limit(limit)
        return await self._calls(query if client is None else query.where(calls.c.client == client))

    async def close(self) -> None:
        """Waits for the jobs under way, then lets the database go."""
        self._closed = True

        def let_go() -> None:
            self._writers.shutdown()
            self._readers.shutdown()
            self._engine.dispose()

        await asyncio.to_thread(let_go)

    async def _calls(self, query: sa.Select[Any]) -> list[Call]:
        return await self._read(
            lambda connection: [call_json.validate_python(state) for state in connection.execute(query).scalars()]
        )

    async def _read(self, read: Callable[[Connection], _T]) -> _T:
        def job() -> _T:
            with in_store_words(), self._reading_engine.begin() as connection:
                return read(connection)

        return await self._on(self._readers, job)

    def _save(self, call: Call, events: tuple[CallEvent, ...], message: Message | None) -> None:
        def write() -> None:
            with self._engine.begin() as connection:
                put_call(connection, call, self._now())
                add_events(connection, call.id, events)
                if message is not None:
                    put_message(connection, message)

        _with_reserve(self._reserve, self._engine, write)

    async def _on(self, threads: ThreadPoolExecutor, job: Callable[[], _T]) -> _T:
        if self._closed:
            raise StoreError("The call book is closed.")
        if self._waiting >= WAITING_LIMIT:
            raise StoreError("Too many jobs wait for the database.", "Check its disk.")
        self._waiting += 1
        running = asyncio.get_running_loop().run_in_executor(threads, job)
        running.add_done_callback(self._one_less)
        try:
            async with asyncio.timeout(SAVE_LIMIT_S):
                return await asyncio.shield(running)
        except TimeoutError as late:
            raise StoreError(f"The database did not answer within {SAVE_LIMIT_S:.0f} s.", "Check its disk.") from late

    def _one_less(self, job: asyncio.Future[_T]) -> None:
        self._waiting -= 1
        # Asked for, so that a failure after its caller went away is not reported as never retrieved.
        if not job.cancelled():
            job.exception()


def _with_reserve(reserve: Reserve | None, engine: Engine, write: Callable[[], None]) -> None:
    try:
        with in_store_words():
            write()
    except StoreFull:
        if reserve is None:
            raise
        # Tried again even when the reserve is gone: another process may have given it up just now.
        reserve.spend()
        _spare_room(engine)
        with in_store_words():
            write()
    if reserve is not None and reserve.spent:
        _spare_room(engine)


def _spare_room(engine: Engine) -> None:
    try:
        with in_store_words():
            empty_log(engine)
    except StoreError as failure:
        # What was saved is safe in the log; only its room stays taken.
        _log.warning("store_log_not_emptied", code=failure.code)
