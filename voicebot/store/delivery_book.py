"""Rows of dispatches and digests, inside write transactions that the delivery of messages composes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row

from voicebot.domain.call import Call, call_json
from voicebot.domain.delivery import Channel
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.message import Message, message_json
from voicebot.domain.message_event import MessageEvent
from voicebot.store.message_events import add_message_events, message_events_of
from voicebot.store.open_database import OpenDatabase
from voicebot.store.outbox import Outbox
from voicebot.store.tables import calls, digests, dispatches, message_events, messages

_T = TypeVar("_T")
_DISPATCH = [column.name for column in fields(Dispatch)]


@dataclass(frozen=True, slots=True)
class Recorded:
    """A message as last saved, and its call."""

    message: Message
    call: Call


class DeliveryBook:
    """Transactions on DeliveryRows. One for each process."""

    def __init__(self, database: OpenDatabase) -> None:
        self.database = database

    async def write(self, write: Callable[[DeliveryRows], _T]) -> _T:
        """Runs `write` in one transaction; it may run twice. Raises: StoreError; what `write` raises, nothing kept."""
        outbox = self.database.outbox
        return await self.database.write(lambda connection: write(DeliveryRows(connection, outbox)))

    async def read(self, read: Callable[[DeliveryRows], _T]) -> _T:
        """Runs `read` without a write lock: it only asks. Raises: StoreError."""
        outbox = self.database.outbox
        return await self.database.read(lambda connection: read(DeliveryRows(connection, outbox)))


class DeliveryRows:
    """The rows of one transaction. What is asked for in order to be changed is locked until the transaction ends."""

    def __init__(self, connection: Connection, outbox: Outbox) -> None:
        self._connection = connection
        self._outbox = outbox

    def recorded(self, call: str, *, lock: bool = False) -> Recorded | None:
        """The message of a call; None when the call left none. lock: of two that plan for one call the later one waits."""
        query = sa.select(messages.c.content, calls.c.state).join(calls, calls.c.id == messages.c.call)
        query = query.where(messages.c.call == call)
        row = self._connection.execute(query.with_for_update(of=messages) if lock else query).first()
        return None if row is None else Recorded(message_json.validate_python(row[0]), call_json.validate_python(row[1]))

    def call_of_message(self, message: str) -> str | None:
        """Id of the call that left the message, which may be named by its own id or by its call's."""
        named = (messages.c.id == message) | (messages.c.call == message)
        return self._connection.execute(sa.select(messages.c.call).where(named)).scalar()

    def dispatch(self, identity: str, *, lock: bool = True) -> Dispatch | None:
        row = self._connection.execute(_chosen(dispatches.c.id == identity, lock=lock)).first()
        return None if row is None else as_dispatch(row)

    def of_call(self, call: str, *, lock: bool = True) -> list[Dispatch]:
        """Dispatches of a call's message, oldest first."""
        return self._dispatches(dispatches.c.call == call, lock=lock)

    def of_digest(self, digest: str, *, lock: bool = True) -> list[Dispatch]:
        """What a digest gathered, oldest first."""
        return self._dispatches(dispatches.c.digest == digest, lock=lock)

    def failed_since(self, since: datetime) -> list[Dispatch]:
        """Dispatches that failed for good at `since` or later, with what replaces them."""
        failed = (dispatches.c.status == DispatchStatus.FAILED.value) & (dispatches.c.changed_at >= since)
        first = self._dispatches(failed, lock=False)
        whole = {d.id: d for d in first}
        for part in parts_of([d.id for d in first]):
            whole |= {d.id: d for d in self._dispatches(dispatches.c.fallback_of.in_(part), lock=False)}
        return list(whole.values())

    def put(self, *changed: Dispatch) -> None:
        """Adds or replaces dispatches."""
        for dispatch in changed:
            insert = self._insert(dispatches)
            new = {column.name: column for column in insert.excluded if column.name != "id"}
            put = insert.on_conflict_do_update(index_elements=[dispatches.c.id], set_=new)
            self._connection.execute(put, _as_row(dispatch))

    def open_digest(self, digest: Digest) -> Digest:
        """Makes the digest unless it is there, and holds it: it is not closed before this transaction ends.

        Returns: the row, which may have been closed already.
        """
        row = {name: getattr(digest, name) for name in Digest.__slots__} | {"channel": digest.channel.value}
        self._connection.execute(self._insert(digests).on_conflict_do_nothing(index_elements=[digests.c.id]), row)
        return self.digest(digest.id) or digest

    def digest(self, identity: str, *, lock: bool = True) -> Digest | None:
        query = sa.select(digests).where(digests.c.id == identity)
        row = self._connection.execute(query.with_for_update() if lock else query).first()
        return None if row is None else _as_digest(row)

    def close_digest(self, identity: str) -> Digest | None:
        """Closes it for ever, waiting for whoever holds it; what was added before is then seen by of_digest."""
        self._connection.execute(sa.update(digests).where(digests.c.id == identity).values(closed=True))
        return self.digest(identity)

    def digest_due(self, identity: str, due_at: datetime) -> None:
        self._connection.execute(sa.update(digests).where(digests.c.id == identity).values(due_at=due_at))

    def last_digest(self, client: str, rule: str) -> Digest | None:
        """The digest of that client and rule that is due last, whoever it is for."""
        of_rule = (digests.c.client == client) & (digests.c.rule == rule)
        query = sa.select(digests).where(of_rule).order_by(digests.c.due_at.desc()).limit(1).with_for_update()
        row = self._connection.execute(query).first()
        return None if row is None else _as_digest(row)

    def has_event(self, call: str, key: str) -> bool:
        of_key = (message_events.c.call == call) & (message_events.c.key == key)
        return self._connection.execute(sa.select(message_events.c.number).where(of_key)).first() is not None

    def events(self, call: str) -> list[MessageEvent]:
        return message_events_of(self._connection, call)

    def note(self, events: Iterable[MessageEvent]) -> None:
        """Adds events; one whose key the call already has is left."""
        add_message_events(self._connection, events)

    def start(self, workflow: str, workflow_id: str, argument: dict[str, Any], *, delay_s: float = 0.0) -> None:
        """See Outbox.start."""
        self._outbox.start(self._connection, workflow, workflow_id, argument, delay_s=delay_s)

    def _dispatches(self, condition: sa.ColumnElement[bool], *, lock: bool) -> list[Dispatch]:
        query = _chosen(condition, lock=lock).order_by(dispatches.c.created_at, dispatches.c.id)
        return [as_dispatch(row) for row in self._connection.execute(query)]

    def _insert(self, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
        return sqlite.insert(table) if self._connection.dialect.name == "sqlite" else postgresql.insert(table)


def _chosen(condition: sa.ColumnElement[bool], *, lock: bool) -> sa.Select[Any]:
    query = sa.select(*(dispatches.c[name] for name in _DISPATCH)).where(condition)
    return query.with_for_update() if lock else query


def as_dispatch(row: Row[Any]) -> Dispatch:
    whole = Dispatch(**row._mapping)
    return replace(whole, channel=Channel(whole.channel), status=DispatchStatus(whole.status))


def _as_row(dispatch: Dispatch) -> dict[str, Any]:
    values = {name: getattr(dispatch, name) for name in _DISPATCH}
    return values | {"channel": dispatch.channel.value, "status": dispatch.status.value}


def _as_digest(row: Row[Any]) -> Digest:
    whole = Digest(**row._mapping)
    return replace(whole, channel=Channel(whole.channel))


def parts_of(identities: list[str]) -> list[list[str]]:
    # SQLite binds 32,766 values at most.
    return [identities[first : first + 1000] for first in range(0, len(identities), 1000)]
