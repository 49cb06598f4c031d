"""How a call, its events and its message become rows, inside a transaction that the caller holds."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.sql.dml import ReturningInsert

from voicebot.domain.call import Call, call_json
from voicebot.domain.events import CallEvent
from voicebot.domain.message import Message, MessageState, message_json
from voicebot.errors import StaleCall, StoreError
from voicebot.store.tables import call_events, calls, dispatches, messages


def put_call(connection: Connection, call: Call, saved_at: datetime) -> None:
    """Adds or replaces the call's row. Raises: StaleCall when the row was taken over more often than call."""
    row = {
        "id": call.id,
        "client": call.client,
        "carrier": call.carrier,
        "carrier_call_id": call.carrier_call_id,
        "caller_number": call.caller_number,
        "started_at": call.started_at,
        "ended": None if call.ended is None else call.ended.value,
        "resumed": call.resumed,
        "saved_at": saved_at,
        "state": call_json.dump_python(call, mode="json"),
    }
    # Not rowcount: drivers do not agree on what it is after an upsert that did nothing.
    if connection.execute(_put_call(connection.dialect.name), row).first() is None:
        raise StaleCall(f"Another process has taken call {call.id} over.")


def add_events(connection: Connection, call_id: str, events: tuple[CallEvent, ...]) -> None:
    """Adds events; the same event again is left. Raises: StoreError when another event has its number."""
    if not events:
        return
    rows = [
        {"call": call_id, "number": e.number, "at": e.at, "kind": e.kind.value, "data": _as_json(e.data)} for e in events
    ]
    numbers = [event.number for event in events]
    between = {"of_call": call_id, "low": min(numbers), "high": max(numbers)}
    taken = {number: (at, kind, data) for number, at, kind, data in connection.execute(_events_between(), between)}
    fresh: list[dict[str, Any]] = []
    for row in rows:
        what = (row["at"], row["kind"], row["data"])
        if taken.setdefault(row["number"], what) != what:
            raise StoreError(f"Call {call_id} already has another event {row['number']}.", "Resume it from its rows.")
        if taken[row["number"]] is what:
            fresh.append(row)
    if fresh:
        connection.execute(sa.insert(call_events), fresh)


def put_message(connection: Connection, message: Message) -> None:
    """Adds or replaces the message of its call."""
    row = {
        "call": message.call,
        "id": message.id,
        "client": message.client,
        "state": message.state.value,
        "urgency": message.urgency.level.value,
        "taken_at": message.taken_at,
        "content": message_json.dump_python(message, mode="json"),
    }
    connection.execute(_put_message(connection.dialect.name), row)


def drop_draft(connection: Connection, call_id: str) -> None:
    """Takes away what was noted of a request that was refused or fully answered: nobody shall wait for it to be sent."""
    unsent = ~sa.exists().where(dispatches.c.call == messages.c.call)
    draft = (messages.c.call == call_id) & (messages.c.state == MessageState.PARTIAL.value)
    connection.execute(sa.delete(messages).where(draft & unsent))


# Built once: building a statement costs more than running it.
@cache
def _put_call(dialect: str) -> ReturningInsert[str]:
    insert = _insert(dialect, calls)
    new = {column.name: column for column in insert.excluded if column.name != "id"}
    not_taken_over = calls.c.resumed <= insert.excluded.resumed
    put = insert.on_conflict_do_update(index_elements=[calls.c.id], set_=new, where=not_taken_over)
    return put.returning(calls.c.id)


@cache
def _put_message(dialect: str) -> sa.Insert:
    insert = _insert(dialect, messages)
    new = {column.name: column for column in insert.excluded if column.name != "call"}
    return insert.on_conflict_do_update(index_elements=[messages.c.call], set_=new)


@cache
def _events_between() -> sa.Select[int, datetime, str, Any]:
    columns = (call_events.c.number, call_events.c.at, call_events.c.kind, call_events.c.data)
    of_call = call_events.c.call == sa.bindparam("of_call")
    return sa.select(*columns).where(of_call & call_events.c.number.between(sa.bindparam("low"), sa.bindparam("high")))


def _insert(dialect: str, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    # The two dialects spell "on conflict" alike, but SQLAlchemy has no common class for it.
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def _as_json(data: dict[str, Any]) -> dict[str, Any]:
    return from_json(to_json(data, inf_nan_mode="null"))
