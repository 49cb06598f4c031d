"""Finds calls that are over, and reads everything that the rows say of one of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.call import Call, EndReason, call_json
from voicebot.domain.callback import Callback
from voicebot.domain.card import Correction
from voicebot.domain.dispatch import Dispatch
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff
from voicebot.domain.language import Language
from voicebot.domain.message import Message, message_json
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import UnknownCall
from voicebot.store.delivery_book import as_dispatch
from voicebot.store.found_by import holds
from voicebot.store.handoff_rows import callback_json, read_handoffs
from voicebot.store.ladder_standing import Standing, read_standing
from voicebot.store.message_events import message_events_of
from voicebot.store.message_search import MOST_COUNTED, Place, beyond
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import (
    call_events,
    callbacks,
    calls,
    corrections,
    dispatches,
    found_by,
    handoffs,
    ladders,
    messages,
)


@dataclass(frozen=True, slots=True)
class WantedCalls:
    """client: id, "" for all. clients: only these; None for all. words: what somebody typed, see found_by.holds.

    since, until: begun then, and before (aware). with_human, with_trouble: None for both.
    """

    client: str = ""
    clients: tuple[str, ...] | None = None
    words: str = ""
    ended: EndReason | None = None
    urgency: UrgencyLevel | None = None
    language: Language | None = None
    since: datetime | None = None
    until: datetime | None = None
    with_human: bool | None = None
    with_trouble: bool | None = None


@dataclass(frozen=True, slots=True)
class FoundCall:
    """One line of the archive. left: it left a message. human: one of ours had the caller. trouble: errors it survived."""

    call: Call
    left: bool
    human: bool
    trouble: bool

    @property
    def place(self) -> Place:
        return self.call.started_at, self.call.id


@dataclass(frozen=True, slots=True)
class CallPage:
    """Rows newest first. newer, older: is there more on that side?"""

    rows: tuple[FoundCall, ...]
    newer: bool
    older: bool


@dataclass(frozen=True, slots=True)
class WholeCall:
    """Everything that the rows say of one call, read at one moment; lists in the order in which things happened."""

    call: Call
    events: tuple[CallEvent, ...]
    message: Message | None
    after_call: tuple[MessageEvent, ...]
    dispatches: tuple[Dispatch, ...]
    ladder: Standing | None
    handoffs: tuple[Handoff, ...]
    callbacks: tuple[Callback, ...]
    corrections: tuple[Correction, ...]


class CallSearch:
    """Reads only. All methods raise StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def page(
        self, wanted: WantedCalls, size: int, *, after: Place | None = None, before: Place | None = None
    ) -> CallPage:
        """The page that follows `after`, or the one that ends before `before`, or the newest one."""
        return await self._database.read(lambda connection: _page(connection, wanted, size, after, before))

    async def count(self, wanted: WantedCalls) -> int:
        """How many fit; MOST_COUNTED + 1 means more than that."""
        query = _ids(wanted).limit(MOST_COUNTED + 1).subquery()
        return await self._database.read(lambda c: c.execute(sa.select(sa.func.count()).select_from(query)).scalar_one())

    async def whole(self, call_id: str) -> WholeCall:
        """One call, over or not. Raises: UnknownCall."""
        return await self._database.read(lambda connection: _whole(connection, call_id))


def _page(connection: Connection, wanted: WantedCalls, size: int, after: Place | None, before: Place | None) -> CallPage:
    if before is not None:
        rows = _rows(connection, wanted, before, size + 1, older=False)[::-1]
        return CallPage(tuple(rows[-size:]), newer=len(rows) > size, older=True)
    rows = _rows(connection, wanted, after, size + 1, older=True)
    return CallPage(tuple(rows[:size]), newer=after is not None, older=len(rows) > size)


def _rows(connection: Connection, wanted: WantedCalls, place: Place | None, size: int, *, older: bool) -> list[FoundCall]:
    query = _ids(wanted)
    if place is not None:
        query = query.where(beyond(found_by.c.started_at, found_by.c.call, place, older=older))
    columns = (found_by.c.started_at, found_by.c.call)
    query = query.order_by(*(column.desc() if older else column.asc() for column in columns)).limit(size)
    found = list(connection.execute(query).scalars())
    left = sa.exists().where(messages.c.call == calls.c.id)
    whole = sa.select(calls.c.id, calls.c.state, left, _had_human(calls.c.id), _had_trouble(calls.c.id))
    known = {
        row[0]: FoundCall(call_json.validate_python(row[1]), *map(bool, row[2:]))
        for row in connection.execute(whole.where(calls.c.id.in_(found)))
    }
    return [known[call] for call in found if call in known]


def _ids(wanted: WantedCalls) -> sa.Select[Any]:
    return sa.select(found_by.c.call).where(found_by.c.ended.is_not(None), *_conditions(wanted))


def _conditions(wanted: WantedCalls) -> Iterable[sa.ColumnElement[bool]]:
    yield from holds(wanted.words)
    if wanted.client:
        yield found_by.c.client == wanted.client
    if wanted.clients is not None:
        yield found_by.c.client.in_(wanted.clients)
    for column, wish in ((found_by.c.ended, wanted.ended), (found_by.c.urgency, wanted.urgency)):
        if wish is not None:
            yield column == wish.value
    if wanted.language:
        yield found_by.c.language == wanted.language.value
    if wanted.since:
        yield found_by.c.started_at >= wanted.since
    if wanted.until:
        yield found_by.c.started_at < wanted.until
    if wanted.with_human is not None:
        yield _had_human(found_by.c.call) if wanted.with_human else ~_had_human(found_by.c.call)
    if wanted.with_trouble is not None:
        yield _had_trouble(found_by.c.call) if wanted.with_trouble else ~_had_trouble(found_by.c.call)


def _had_human(call: sa.ColumnElement[Any]) -> sa.Exists:
    return sa.exists().where((handoffs.c.call == call) & (handoffs.c.taker != ""))


def _had_trouble(call: sa.ColumnElement[Any]) -> sa.Exists:
    # Literal, not bound: SQLite takes a partial index only for a condition that it can read.
    kind = call_events.c.kind == sa.literal_column("'trouble'")
    return sa.exists().where((call_events.c.call == call) & kind)


def _whole(connection: Connection, call_id: str) -> WholeCall:
    state = connection.execute(sa.select(calls.c.state).where(calls.c.id == call_id)).scalar_one_or_none()
    if state is None:
        raise UnknownCall(f'No call has the id "{call_id}".')
    left = connection.execute(sa.select(messages.c.content).where(messages.c.call == call_id)).scalar_one_or_none()
    ladder = connection.execute(sa.select(ladders.c.id).where(ladders.c.call == call_id)).scalar_one_or_none()
    sent = sa.select(dispatches).where(dispatches.c.call == call_id)
    return WholeCall(
        call=call_json.validate_python(state),
        events=_events(connection, call_id),
        message=None if left is None else message_json.validate_python(left),
        after_call=tuple(message_events_of(connection, call_id)),
        dispatches=tuple(map(as_dispatch, connection.execute(sent.order_by(dispatches.c.created_at, dispatches.c.id)))),
        ladder=None if ladder is None else read_standing(connection, ladder),
        handoffs=tuple(read_handoffs(connection, handoffs.c.call == call_id)),
        callbacks=_callbacks(connection, call_id),
        corrections=_corrections(connection, call_id),
    )


def _events(connection: Connection, call_id: str) -> tuple[CallEvent, ...]:
    columns = (call_events.c.number, call_events.c.at, call_events.c.kind, call_events.c.data)
    query = sa.select(*columns).where(call_events.c.call == call_id).order_by(call_events.c.number)
    return tuple(CallEvent(row.number, row.at, EventKind(row.kind), row.data) for row in connection.execute(query))


def _callbacks(connection: Connection, call_id: str) -> tuple[Callback, ...]:
    query = sa.select(callbacks.c.content).where(callbacks.c.call == call_id).order_by(callbacks.c.promised_at)
    return tuple(callback_json.validate_python(content) for content in connection.execute(query).scalars())


def _corrections(connection: Connection, call_id: str) -> tuple[Correction, ...]:
    query = sa.select(corrections).where(corrections.c.call == call_id).order_by(corrections.c.number)
    return tuple(Correction(r.detail, r.was, r.now, r.user, r.at) for r in connection.execute(query))
