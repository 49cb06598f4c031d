"""Finds messages with what became of them, for the people of the house: pages, one in full, everything for an export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.call import Call, call_json
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.ladder import LadderStatus
from voicebot.domain.message import Message, message_json
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import UnknownMessage
from voicebot.store.delivery_book import as_dispatch, parts_of
from voicebot.store.found_by import holds
from voicebot.store.message_events import message_events_of
from voicebot.store.message_standings import NOT_OPENED, MessageStanding, standing_of
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import calls, dispatches, found_by, ladders, message_standings, messages

PAGE = 500
MOST_COUNTED = 1000
"""Nobody reads further than that; a page says « plus de 1000 »."""

Place = tuple[datetime, str]
"""Where a row stands in a list, newest first: its moment and its call. Rows that come later never move it."""


@dataclass(frozen=True, slots=True)
class Found:
    """A message, its call, its dispatches (oldest first), and how its ladder stands; None when nobody was to be woken."""

    message: Message
    call: Call
    dispatches: tuple[Dispatch, ...]
    ladder: LadderStatus | None = None
    standing: MessageStanding = NOT_OPENED

    @property
    def place(self) -> Place:
        return self.message.taken_at, self.call.id


@dataclass(frozen=True, slots=True)
class Wanted:
    """client: id, "" for all. status: some dispatch has it. failed: some dispatch has failed for good. since: taken then.

    clients: only these; None for all. words: what somebody typed, see found_by.holds. until: taken before (aware).
    dead: a dispatch has failed for good and nothing replaces it. read, done: None for both. assigned_to: id of a user.
    """

    client: str = ""
    status: DispatchStatus | None = None
    urgency: UrgencyLevel | None = None
    failed: bool = False
    since: datetime | None = None
    clients: tuple[str, ...] | None = None
    words: str = ""
    until: datetime | None = None
    dead: bool = False
    read: bool | None = None
    done: bool | None = None
    assigned_to: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Rows newest first. newer, older: is there more on that side?"""

    rows: tuple[Found, ...]
    newer: bool
    older: bool


class MessageSearch:
    """Reads only. All methods raise StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def newest(self, wanted: Wanted) -> AsyncIterator[Found]:
        """Messages that fit, newest first, read page by page."""
        last: Place | None = None
        while True:
            page = await self._database.read(lambda connection, last=last: _rows(connection, wanted, last, PAGE))
            for found in page:
                yield found
            if len(page) < PAGE:
                return
            last = page[-1].place

    async def page(self, wanted: Wanted, size: int, *, after: Place | None = None, before: Place | None = None) -> Page:
        """The page that follows `after`, or the one that ends before `before`, or the newest one."""
        return await self._database.read(lambda connection: _page(connection, wanted, size, after, before))

    async def count(self, wanted: Wanted) -> int:
        """How many fit; MOST_COUNTED + 1 means more than that."""
        query = _ids(wanted).limit(MOST_COUNTED + 1).subquery()
        return await self._database.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(query)).scalar_one())

    async def one(self, identity: str) -> tuple[Found, list[MessageEvent]]:
        """The message with this id, or of this call, or that a dispatch of this id sends; and its whole history.

        Raises: UnknownMessage.
        """
        return await self._database.read(lambda connection: _one(connection, identity))

    async def clients_of(self, calls_of: Sequence[str]) -> dict[str, str]:
        """The client of each of these calls' messages; calls without a message are left out."""

        def read(connection: Connection) -> dict[str, str]:
            known: dict[str, str] = {}
            for part in parts_of(list(calls_of)):
                query = sa.select(messages.c.call, messages.c.client).where(messages.c.call.in_(part))
                known |= {row.call: row.client for row in connection.execute(query)}
            return known

        return await self._database.read(read)


def beyond(
    moment: sa.ColumnElement[Any], call: sa.ColumnElement[Any], place: Place, *, older: bool
) -> sa.ColumnElement[bool]:
    """Rows after `place` in a list that is newest first (older), or before it; written so that an index serves it."""
    if older:
        return (moment <= place[0]) & ((moment < place[0]) | (call < place[1]))
    return (moment >= place[0]) & ((moment > place[0]) | (call > place[1]))


def _page(connection: Connection, wanted: Wanted, size: int, after: Place | None, before: Place | None) -> Page:
    if before is not None:
        rows = _rows(connection, wanted, before, size + 1, older=False)[::-1]
        return Page(tuple(rows[-size:]), newer=len(rows) > size, older=True)
    rows = _rows(connection, wanted, after, size + 1)
    return Page(tuple(rows[:size]), newer=after is not None, older=len(rows) > size)


def _rows(connection: Connection, wanted: Wanted, beyond_of: Place | None, size: int, *, older: bool = True) -> list[Found]:
    query = _ids(wanted)
    if beyond_of is not None:
        query = query.where(beyond(messages.c.taken_at, messages.c.call, beyond_of, older=older))
    columns = (messages.c.taken_at, messages.c.call)
    query = query.order_by(*(column.desc() if older else column.asc() for column in columns)).limit(size)
    found = list(connection.execute(query).scalars())
    whole = {one.call.id: one for part in parts_of(found) for one in _found(connection, messages.c.call.in_(part))}
    return [whole[call] for call in found if call in whole]


def _ids(wanted: Wanted) -> sa.Select[Any]:
    """Calls whose messages fit: the big columns are read of one page only."""
    query = sa.select(messages.c.call)
    terms = holds(wanted.words)
    if terms:
        query = query.join(found_by, found_by.c.call == messages.c.call).where(*terms)
    if wanted.read is not None or wanted.done is not None or wanted.assigned_to:
        query = query.join(message_standings, message_standings.c.call == messages.c.call, isouter=True)
    return query.where(*_of_message(wanted), *_of_dispatches(wanted), *_of_standing(wanted))


def _of_message(wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    if wanted.client:
        yield messages.c.client == wanted.client
    if wanted.clients is not None:
        yield messages.c.client.in_(wanted.clients)
    if wanted.urgency:
        yield messages.c.urgency == wanted.urgency.value
    if wanted.since:
        yield messages.c.taken_at >= wanted.since
    if wanted.until:
        yield messages.c.taken_at < wanted.until


def _of_dispatches(wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    of_message = dispatches.c.call == messages.c.call
    failed = DispatchStatus.FAILED.value
    for status in (wanted.status, DispatchStatus.FAILED if wanted.failed else None):
        if status:
            yield sa.exists().where(of_message & (dispatches.c.status == status.value))
    if wanted.dead:
        # As policy.deliveries.dead_letters says it.
        other = dispatches.alias("other")
        replaced = sa.exists().where((other.c.fallback_of == dispatches.c.id) & (other.c.call == dispatches.c.call))
        alive = replaced.where(other.c.status != failed)
        first = (dispatches.c.status == failed) & (dispatches.c.fallback_of == "")
        yield sa.exists().where(of_message & first & ~alive)


def _of_standing(wanted: Wanted) -> Iterable[sa.ColumnElement[bool]]:
    for column, wish in ((message_standings.c.read_at, wanted.read), (message_standings.c.done_at, wanted.done)):
        if wish is not None:
            yield column.is_not(None) if wish else column.is_(None)
    if wanted.assigned_to:
        yield message_standings.c.assigned_to == wanted.assigned_to


def _one(connection: Connection, identity: str) -> tuple[Found, list[MessageEvent]]:
    of_dispatch = sa.select(dispatches.c.call).where(dispatches.c.id == identity).scalar_subquery()
    named = (messages.c.call == identity) | (messages.c.id == identity) | (messages.c.call == of_dispatch)
    found = _found(connection, named)
    if not found:
        raise UnknownMessage(
            f'No message, call or dispatch has the id "{identity}".', "voicebot messages list shows the ones that there are."
        )
    return found[0], message_events_of(connection, found[0].call.id)


def _found(connection: Connection, condition: sa.ColumnElement[bool]) -> list[Found]:
    own = [message_standings.c[name] for name in MessageStanding.__slots__]
    query = (
        sa.select(messages.c.content, calls.c.state, ladders.c.status.label("ladder"), *own)
        .join(calls, calls.c.id == messages.c.call)
        .join(ladders, ladders.c.call == messages.c.call, isouter=True)
        .join(message_standings, message_standings.c.call == messages.c.call, isouter=True)
        .where(condition)
        .order_by(messages.c.call)
    )
    found = [
        Found(
            message_json.validate_python(row.content),
            call_json.validate_python(row.state),
            (),
            None if row.ladder is None else LadderStatus(row.ladder),
            standing_of(row),
        )
        for row in connection.execute(query)
    ]
    sent = _dispatches(connection, [one.call.id for one in found])
    return [replace(one, dispatches=tuple(sent.get(one.call.id, ()))) for one in found]


def _dispatches(connection: Connection, of_calls: list[str]) -> dict[str, list[Dispatch]]:
    by_call: dict[str, list[Dispatch]] = {}
    for part in parts_of(of_calls):
        query = sa.select(dispatches).where(dispatches.c.call.in_(part))
        for row in connection.execute(query.order_by(dispatches.c.created_at, dispatches.c.id)):
            dispatch = as_dispatch(row)
            by_call.setdefault(dispatch.call, []).append(dispatch)
    return by_call
