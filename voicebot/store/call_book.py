"""The call book: every call, what happened in it and the message it left, as rows that outlive the process."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any, Self

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.call import Call, call_json
from voicebot.domain.callback import Callback
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff
from voicebot.domain.message import Message, message_json
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.work import Work
from voicebot.errors import UnknownCall
from voicebot.store.found_by import put_found_by
from voicebot.store.handoff_rows import leave_queue, put_queued
from voicebot.store.message_events import add_message_events, message_events_of
from voicebot.store.open_database import RESERVE_BYTES, OpenDatabase
from voicebot.store.rows import add_events, drop_draft, put_call, put_message
from voicebot.store.tables import call_events, calls, message_events, messages


class CallBook:
    """Rows of calls. See OpenDatabase for how they are read and written.

    Args:
        now: clock of saved_at, aware.
    """

    def __init__(self, database: OpenDatabase, now: Callable[[], datetime]) -> None:
        self.database = database
        self._now = now

    @classmethod
    async def open(
        cls,
        database: str,
        *,
        reserve_bytes: int = RESERVE_BYTES,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Self:
        """Opens the database of `database`, an SQLAlchemy URL, and the book in it.

        Raises: StoreFull, StoreError with what to do about it.
        """
        return cls(await OpenDatabase.open(database, reserve_bytes=reserve_bytes), now)

    @property
    def reserve_spent(self) -> bool:
        """The disk was full and the reserve was given up: refuse new calls kindly until restore_reserve."""
        return self.database.reserve_spent

    async def restore_reserve(self) -> bool:
        """Keeps the reserve again if there is room. Returns: whether it is kept."""
        return await self.database.restore_reserve()

    async def save(
        self,
        call: Call,
        events: Sequence[CallEvent],
        message: Message | None = None,
        work: Sequence[Work] = (),
        queued: Sequence[Handoff | Callback] = (),
    ) -> None:
        """Saves the call's state, adds events, saves the message and records the work that follows: all or nothing.

        queued: the call goes into the queue of agents, or a callback was promised instead. A call that ends leaves it.

        It is on disk when this returns. An event that is already there, the same, is left, and so is work; saving twice
        is harmless. A call that ends without a message leaves no draft of one.

        Raises: StaleCall when another process has taken the call over; StoreFull; StoreError when another event
            has one of these numbers, or when the database stayed locked.
        """
        added, due = tuple(events), tuple(work)

        def write(connection: Connection) -> None:
            put_call(connection, call, self._now())
            add_events(connection, call.id, added)
            if message is not None:
                put_message(connection, message)
            elif call.ended is not None:
                drop_draft(connection, call.id)
            if message is not None or call.ended is not None:
                put_found_by(connection, call, message)
            put_queued(connection, queued, self._now())
            if call.ended is not None:
                leave_queue(connection, call, self._now())
            self.database.outbox.enqueue(connection, due)

        await self.database.write(write)

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

        return await self.database.read(read)

    async def message(self, call_id: str) -> Message | None:
        """The message that the call left so far. Raises: StoreError."""
        query = sa.select(messages.c.content).where(messages.c.call == call_id)

        def read(connection: Connection) -> Message | None:
            content = connection.execute(query).scalar_one_or_none()
            return None if content is None else message_json.validate_python(content)

        return await self.database.read(read)

    async def after_call(self, call_id: str) -> list[MessageEvent]:
        """What happened to the call's message since it was recorded: deliveries, people on call. Raises: StoreError."""
        return await self.database.read(lambda connection: message_events_of(connection, call_id))

    async def note_after_call(self, events: Sequence[MessageEvent]) -> None:
        """Adds what happened to messages; an event whose key the call already has is left. Raises: StoreError."""
        added = tuple(events)
        await self.database.write(lambda connection: add_message_events(connection, added))

    async def work(self, call_id: str) -> frozenset[str]:
        """Ids of the durable work that was enqueued for the call, done or not. Raises: StoreError."""
        return await self.database.read(lambda _connection: frozenset(self.database.outbox.ids(f"{call_id}-")))

    async def changed_after_call(self, number: int, since: datetime) -> tuple[list[str], int]:
        """Ids of calls to whose messages something happened after event `number` and `since`; the newest event's number.

        Raises: StoreError.
        """
        newer = (message_events.c.number > number) & (message_events.c.at >= since)
        query = sa.select(message_events.c.call, sa.func.max(message_events.c.number)).where(newer)

        def read(connection: Connection) -> tuple[list[str], int]:
            rows = connection.execute(query.group_by(message_events.c.call)).all()
            return [call for call, _ in rows], max((newest for _, newest in rows), default=number)

        return await self.database.read(read)

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
        await self.database.close()

    async def _calls(self, query: sa.Select[Any]) -> list[Call]:
        return await self.database.read(
            lambda connection: [call_json.validate_python(state) for state in connection.execute(query).scalars()]
        )
