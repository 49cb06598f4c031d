"""Rows of what agents corrected on cards: kept beside what was understood, never over it; reference data for quality."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Row

from voicebot.domain.card import Correction
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.store.message_events import add_message_events
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import corrections


class CorrectionBook:
    """One for each process. Methods raise StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def add(self, call_id: str, client: str, correction: Correction) -> None:
        """Keeps a correction and its event, DETAIL_CORRECTED, in one transaction."""
        await self._database.write(lambda connection: _add(connection, call_id, client, correction))

    async def of_call(self, call_id: str) -> list[Correction]:
        """Oldest first: where a detail was corrected twice, the later one holds."""
        of_call = corrections.c.call == call_id
        return await self._database.read(lambda connection: _read(connection, of_call))

    async def since(self, moment: datetime, clients: Iterable[str]) -> list[tuple[str, Correction]]:
        """Of these clients, from `moment` (aware) on, oldest first, each with the id of its call."""
        where = (corrections.c.at >= moment) & corrections.c.client.in_(tuple(clients))
        query = sa.select(corrections).where(where).order_by(corrections.c.number)
        return await self._database.read(
            lambda connection: [(row.call, _correction(row)) for row in connection.execute(query)]
        )


def _add(connection: Connection, call_id: str, client: str, correction: Correction) -> None:
    row = {
        "call": call_id,
        "client": client,
        "detail": correction.detail,
        "was": correction.was,
        "now": correction.now,
        "user": correction.user,
        "at": correction.at,
    }
    added = connection.execute(sa.insert(corrections).returning(corrections.c.number), row)
    key = f"{call_id}-corrected-{added.scalar_one()}"
    told = {"detail": correction.detail, "was": correction.was, "now": correction.now, "who": correction.user}
    event = MessageEvent(key, call_id, correction.at, MessageEventKind.DETAIL_CORRECTED, told)
    add_message_events(connection, (event,))


def _read(connection: Connection, where: sa.ColumnElement[bool]) -> list[Correction]:
    query = sa.select(corrections).where(where).order_by(corrections.c.number)
    return [_correction(row) for row in connection.execute(query)]


def _correction(row: Row[tuple]) -> Correction:
    return Correction(row.detail, row.was, row.now, row.user, row.at)
