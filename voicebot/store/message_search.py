"""Finds messages with what became of them, for the people of the house: lists, one in full, everything for an export."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
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
from voicebot.store.message_events import message_events_of
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import calls, dispatches, ladders, messages

PAGE = 500


@dataclass(frozen=True, slots=True)
class Found:
    """A message, its call, its dispatches (oldest first), and how its ladder stands; None when nobody was to be woken."""

    message: Message
    call: Call
    dispatches: tuple[Dispatch, ...]
    ladder: LadderStatus | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """client: id, "" for all. status: some dispatch has it. failed: some dispatch has failed for good. since: taken then."""

    client: str = ""
    status: DispatchStatus | None = None
    urgency: UrgencyLevel | None = None
    failed: bool = False
    since: datetime | None = None


class MessageSearch:
    """Reads only. All methods raise StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def newest(self, wanted: Wanted) -> AsyncIterator[Found]:
        """Messages that fit, newest first, read page by page."""
        last: tuple[datetime, str] | None = None
        while True:
            page = await self._database.read(lambda connection, last=last: _page(connection, wanted, last))
            for found in page:
                yield found
            if len(page) < PAGE:
                return
            last = (page[-1].message.taken_at, page[-1].call.id)

    async def one(self, identity: str) -> tuple[Found, list[MessageEvent]]:
        """The message with this id, or of this call, or that a dispatch of this id sends; and its whole history.

        Raises: UnknownMessage.
        """
        return await self._database.read(lambda connection: _one(connection, identity))


def _page(connection: Connection, wanted: Wanted, last: tuple[datetime, str] | None) -> list[Found]:
    conditions: list[sa.ColumnElement[bool]] = []
    if wanted.client:
        conditions.append(messages.c.client == wanted.client)
    if wanted.urgency:
        conditions.append(messages.c.urgency == wanted.urgency.value)
    if wanted.since:
        conditions.append(messages.c.taken_at >= wanted.since)
    statuses = [status for status in (wanted.status, DispatchStatus.FAILED if wanted.failed else None) if status]
    for status in statuses:
        of_message = (dispatches.c.call == messages.c.call) & (dispatches.c.status == status.value)
        conditions.append(sa.exists().where(of_message))
    if last is not None:
        same_moment = (messages.c.taken_at == last[0]) & (messages.c.call < last[1])
        conditions.append((messages.c.taken_at < last[0]) | same_moment)
    newest = (messages.c.taken_at.desc(), messages.c.call.desc())
    return _found(connection, conditions, newest)


def _one(connection: Connection, identity: str) -> tuple[Found, list[MessageEvent]]:
    of_dispatch = sa.select(dispatches.c.call).where(dispatches.c.id == identity).scalar_subquery()
    named = (messages.c.call == identity) | (messages.c.id == identity) | (messages.c.call == of_dispatch)
    found = _found(connection, [named], (messages.c.call,))
    if not found:
        raise UnknownMessage(
            f'No message, call or dispatch has the id "{identity}".', "voicebot messages list shows the ones that there are."
        )
    return found[0], message_events_of(connection, found[0].call.id)


def _found(connection: Connection, conditions: Iterable[sa.ColumnElement[bool]], order: tuple[Any, ...]) -> list[Found]:
    query = (
        sa.select(messages.c.content, calls.c.state, ladders.c.status)
        .join(calls, calls.c.id == messages.c.call)
        .join(ladders, ladders.c.call == messages.c.call, isouter=True)
        .where(*conditions)
        .order_by(*order)
        .limit(PAGE)
    )
    rows = [(message_json.validate_python(m), call_json.validate_python(c), s) for m, c, s in connection.execute(query)]
    sent = _dispatches(connection, [message.call for message, _, _ in rows])
    return [
        Found(message, call, tuple(sent.get(call.id, ())), None if status is None else LadderStatus(status))
        for message, call, status in rows
    ]


def _dispatches(connection: Connection, of_calls: list[str]) -> dict[str, list[Dispatch]]:
    by_call: dict[str, list[Dispatch]] = {}
    for part in parts_of(of_calls):
        query = sa.select(dispatches).where(dispatches.c.call.in_(part))
        for row in connection.execute(query.order_by(dispatches.c.created_at, dispatches.c.id)):
            dispatch = as_dispatch(row)
            by_call.setdefault(dispatch.call, []).append(dispatch)
    return by_call
