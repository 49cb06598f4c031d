"""What the campaign left in the database, read at its end."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from tools.chaos.settled import failed_work
from voicebot.domain.call import Call, call_json
from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.ladder import Ladder
from voicebot.domain.message import Message, message_json
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.store.call_book import CallBook
from voicebot.store.ladder_rows import ladder_of
from voicebot.store.tables import call_events, calls, dispatches, ladders, message_events, messages


@dataclass
class LeftBehind:
    """Rows by call. damage: what the database's own check found. failed_work: workflows that ended by an error."""

    calls: dict[str, Call] = field(default_factory=dict)
    event_numbers: dict[str, list[int]] = field(default_factory=dict)
    messages: dict[str, Message] = field(default_factory=dict)
    dispatches: list[Dispatch] = field(default_factory=list)
    after_call: dict[str, list[MessageEvent]] = field(default_factory=dict)
    ladders_by_call: dict[str, Ladder] = field(default_factory=dict)
    damage: list[str] = field(default_factory=list)
    failed_work: list[str] = field(default_factory=list)

    def dispatches_of(self, call: str) -> list[Dispatch]:
        return [d for d in self.dispatches if d.call == call]


async def left_behind(database: str) -> LeftBehind:
    book = await CallBook.open(database, reserve_bytes=0)
    try:
        left = await book.database.read(_read)
        left.failed_work = await failed_work(book)
        return left
    finally:
        await book.close()


def _read(connection: Connection) -> LeftBehind:
    left = LeftBehind()
    for state in connection.execute(sa.select(calls.c.state)).scalars():
        call = call_json.validate_python(state)
        left.calls[call.id] = call
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    order = (call_events.c.call, call_events.c.number)
    for call, number in connection.execute(sa.select(*order).order_by(*order)):
        numbers[call].append(number)
    left.event_numbers = dict(numbers)
    for content in connection.execute(sa.select(messages.c.content)).scalars():
        message = message_json.validate_python(content)
        left.messages[message.call] = message
    left.dispatches = [_dispatch(row) for row in connection.execute(sa.select(dispatches).order_by(dispatches.c.created_at))]
    after: defaultdict[str, list[MessageEvent]] = defaultdict(list)
    for row in connection.execute(sa.select(message_events).order_by(message_events.c.number)):
        after[row.call].append(MessageEvent(row.key, row.call, row.at, MessageEventKind(row.kind), row.data))
    left.after_call = dict(after)
    left.ladders_by_call = {row["call"]: ladder_of(row) for row in connection.execute(sa.select(ladders)).mappings()}
    if connection.dialect.name == "sqlite":
        said = connection.exec_driver_sql("PRAGMA integrity_check").scalars().all()
        orphans = connection.exec_driver_sql("PRAGMA foreign_key_check").all()
        left.damage = [str(line) for line in said if line != "ok"] + [f"orphan row {tuple(row)}" for row in orphans]
    return left


def _dispatch(row: Any) -> Dispatch:
    known = {column.name: getattr(row, column.name) for column in fields(Dispatch)}
    return Dispatch(**known | {"channel": Channel(row.channel), "status": DispatchStatus(row.status)})
