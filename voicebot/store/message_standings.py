"""How far our own people are with a message: read, assigned, done, opened again; who and when, as rows and as events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.errors import UnknownMessage
from voicebot.store.message_events import add_message_events
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import message_standings, messages

How = Literal["read", "unread", "assigned", "done", "reopened"]


@dataclass(frozen=True, slots=True)
class MessageStanding:
    """Ids of users, "" for nobody. Times are aware UTC."""

    read_by: str = ""
    read_at: datetime | None = None
    assigned_to: str = ""
    done_by: str = ""
    done_at: datetime | None = None


NOT_OPENED = MessageStanding()
"""Nobody of ours has seen it yet."""


class MessageStandings:
    """One per process. All methods raise StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def handle(
        self, calls: Sequence[str], how: How, who: str, now: datetime, to: str = ""
    ) -> dict[str, MessageStanding]:
        """Notes one deed on each of these messages, in one transaction; a deed that changes nothing leaves no event.

        Args:
            calls: ids of the calls that left the messages.
            who: id of the user whose deed it is.
            to: whom it is assigned to, "" for nobody any more.

        Returns: how each message stands now, by call.

        Raises: UnknownMessage when one of them is not there, and then nothing is kept.
        """
        chosen = list(dict.fromkeys(calls))
        return await self._database.write(
            lambda connection: {call: _handled(connection, call, how, who, now, to) for call in chosen}
        )


def standing_of(row: Any) -> MessageStanding:
    """row: of a select that holds the columns of message_standings, all None where there is none."""
    if row.read_by is None:
        return NOT_OPENED
    return MessageStanding(row.read_by, row.read_at, row.assigned_to, row.done_by, row.done_at)


def _handled(connection: Connection, call: str, how: How, who: str, now: datetime, to: str) -> MessageStanding:
    message = sa.select(messages.c.client).where(messages.c.call == call)
    client = connection.execute(message).scalar_one_or_none()
    if client is None:
        raise UnknownMessage(f'No message has the id "{call}".')
    # The row is made first and then locked, so that of two deeds at once the later one sees the earlier one.
    insert = (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(message_standings)
    empty = {"call": call, "client": client, "read_by": "", "assigned_to": "", "done_by": ""}
    connection.execute(insert.on_conflict_do_nothing(index_elements=[message_standings.c.call]), empty)
    found = sa.select(message_standings).where(message_standings.c.call == call).with_for_update()
    before = standing_of(connection.execute(found).one())
    after = _after(before, how, who, now, to)
    if after == before:
        return before
    new = {name: getattr(after, name) for name in MessageStanding.__slots__}
    connection.execute(sa.update(message_standings).where(message_standings.c.call == call).values(**new))
    data = {"how": how, "who": who} | ({"to": to} if how == "assigned" else {})
    key = f"handled-{how}-{who}-{now.isoformat()}"
    add_message_events(connection, (MessageEvent(key, call, now, MessageEventKind.MESSAGE_HANDLED, data),))
    return after


def _after(before: MessageStanding, how: How, who: str, now: datetime, to: str) -> MessageStanding:
    read = before if before.read_at else replace(before, read_by=who, read_at=now)
    match how:
        case "read":
            return read
        case "unread":
            return replace(before, read_by="", read_at=None)
        case "assigned":
            return replace(before, assigned_to=to)
        case "done":
            return read if read.done_at else replace(read, done_by=who, done_at=now)
        case "reopened":
            return replace(before, done_by="", done_at=None)
