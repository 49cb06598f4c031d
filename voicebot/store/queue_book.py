"""The queue book: open handoffs and presences, read whole and changed whole, one process after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.agent import AgentState, Presence
from voicebot.domain.callback import Callback
from voicebot.domain.handoff import Handoff, HandoffStatus, handoff_json
from voicebot.domain.message_event import MessageEvent
from voicebot.errors import UnknownHandoff
from voicebot.store.callback_book import open_callbacks
from voicebot.store.handoff_rows import add_handoff, change_handoff, read_handoff, read_handoffs
from voicebot.store.message_events import add_message_events
from voicebot.store.open_database import OpenDatabase
from voicebot.store.presence_rows import put_presence, read_presence, read_presences
from voicebot.store.tables import calls, handoffs, presences

_QUEUE_LOCK_ID = 0x71756575
_OPEN = [s.value for s in HandoffStatus if not s.over]
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class QueueRows:
    """handoffs: by id; the open ones, those that presences name, those with a line, and those that were asked for.

    presences: by agent. carriers: by call id, of the calls of those handoffs. ended: of the call that was asked for.
    callbacks: that are not done, when read without a lock: what watchers of the queue see too.
    """

    handoffs: Mapping[str, Handoff]
    presences: Mapping[str, Presence]
    carriers: Mapping[str, str]
    ended: bool = False
    callbacks: tuple[Callback, ...] = ()


@dataclass(frozen=True, slots=True)
class QueueChange:
    """Rows to write with their events. handoffs: changed and new ones."""

    handoffs: tuple[Handoff, ...] = ()
    presences: tuple[Presence, ...] = ()
    events: tuple[MessageEvent, ...] = ()


class QueueBook:
    """Rows of the queue. See OpenDatabase for how they are read and written. Raises everywhere: StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def rows(self) -> QueueRows:
        """As they stand; takes no lock."""
        return await self._database.read(lambda connection: _read(connection, lock=False))

    async def change(self, work: Callable[[QueueRows], tuple[QueueChange, _T]], *, handoff: str = "", call: str = "") -> _T:
        """Reads the queue, lets `work` say what changes, and writes it: one transaction, no other of these meanwhile.

        Args:
            work: pure; it may be called twice. What it raises leaves everything as it was.
            handoff: id of one that must be among the rows, over or not. call: all handoffs of this call must be.

        Raises: UnknownHandoff.
        """

        def write(connection: Connection) -> _T:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:id)"), {"id": _QUEUE_LOCK_ID})
            # The call's row before its handoffs, as CallBook.save takes them: two who wait for each other wait for ever.
            ended = _lock_call(connection, call) if call else False
            rows = _read(connection, lock=True, handoff=handoff, call=call, ended=ended)
            change, done = work(rows)
            for changed in change.handoffs:
                (change_handoff if changed.id in rows.handoffs else add_handoff)(connection, changed)
            for presence in change.presences:
                put_presence(connection, presence)
            add_message_events(connection, change.events)
            return done

        return await self._database.write(write)

    async def seen(self, agent: str, now: datetime) -> None:
        """A sign of the agent's browser."""
        query = sa.update(presences).where(presences.c.agent == agent).values(seen_at=now)
        await self._database.write(lambda connection: connection.execute(query))

    async def presence(self, agent: str) -> Presence | None:
        return await self._database.read(lambda connection: read_presence(connection, agent))

    async def presences(self) -> list[Presence]:
        """Of everybody who is not offline."""
        found = await self._database.read(lambda connection: read_presences(connection, lock=False))
        return [presence for presence in found if presence.state is not AgentState.OFFLINE]

    async def handoff(self, handoff_id: str) -> Handoff:
        """Raises: UnknownHandoff."""
        return await self._database.read(lambda connection: read_handoff(connection, handoff_id, lock=False))

    async def of_call(self, call_id: str) -> list[Handoff]:
        """Oldest first."""
        of_call = handoffs.c.call == call_id
        return await self._database.read(lambda connection: read_handoffs(connection, of_call))


def _read(connection: Connection, *, lock: bool, handoff: str = "", call: str = "", ended: bool = False) -> QueueRows:
    wanted = handoffs.c.status.in_(_OPEN)
    # Not only the open ones: a caller who hung up leaves a telephone that rings.
    wanted = wanted | (handoffs.c.agent_line > "")
    if handoff:
        wanted = wanted | (handoffs.c.id == handoff)
    if call:
        wanted = wanted | (handoffs.c.call == call)
    found, carriers = _handoffs_with_carriers(connection, wanted, lock=lock)
    if handoff and handoff not in found:
        raise UnknownHandoff(f'No handoff has the id "{handoff}".')
    here = {presence.agent: presence for presence in read_presences(connection, lock=lock)}
    # After the presences: one that has ended meanwhile is found as over, never not at all.
    named = {presence.handoff for presence in here.values() if presence.handoff} - set(found)
    if named:
        more, theirs = _handoffs_with_carriers(connection, handoffs.c.id.in_(named), lock=lock)
        found, carriers = found | more, carriers | theirs
    return QueueRows(found, here, carriers, ended, () if lock else tuple(open_callbacks(connection)))


def _handoffs_with_carriers(
    connection: Connection, where: sa.ColumnElement[bool], *, lock: bool
) -> tuple[dict[str, Handoff], dict[str, str]]:
    query = sa.select(handoffs.c.content, calls.c.id, calls.c.carrier).join(calls, calls.c.id == handoffs.c.call)
    query = query.where(where).order_by(handoffs.c.queued_at, handoffs.c.id)
    rows: Iterable[Any] = connection.execute(query.with_for_update(of=handoffs) if lock else query).all()
    read = [(handoff_json.validate_python(row.content), row.id, row.carrier) for row in rows]
    return {handoff.id: handoff for handoff, _, _ in read}, {call: carrier for _, call, carrier in read}


def _lock_call(connection: Connection, call: str) -> bool:
    query = sa.select(calls.c.ended).where(calls.c.id == call).with_for_update(read=True)
    row = connection.execute(query).first()
    return row is None or row.ended is not None
