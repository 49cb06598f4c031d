"""Rows of what happened to messages after their calls: added once each, by whichever process did it."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from pydantic_core import from_json, to_json
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.store.tables import message_events


def add_message_events(connection: Connection, events: Iterable[MessageEvent]) -> None:
    """Adds events; one whose key the call already has is left."""
    rows = [
        {
            "call": e.call,
            "key": e.key,
            "at": e.at,
            "kind": e.kind.value,
            "data": from_json(to_json(e.data, inf_nan_mode="null")),
        }
        for e in events
    ]
    if not rows:
        return
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    connection.execute(insert(message_events).on_conflict_do_nothing(index_elements=["call", "key"]), rows)


def message_events_of(connection: Connection, call_id: str) -> list[MessageEvent]:
    """Events of a call's message, in the order in which they were added."""
    query = sa.select(message_events).where(message_events.c.call == call_id).order_by(message_events.c.number)
    return [
        MessageEvent(row.key, row.call, row.at, MessageEventKind(row.kind), row.data) for row in connection.execute(query)
    ]
