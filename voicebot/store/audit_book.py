"""The audit book: who saw, heard or changed what, added once and taken away by age only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.agent import User
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import audit

SIGN_IN = "sign_in"
PAGE = 50
_PURGED_EVERY = timedelta(hours=6)


class Seated(Protocol):
    """Who did it, and from which address of the network."""

    @property
    def user(self) -> User: ...

    @property
    def address(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """number: grows with time. at: aware UTC. user: id. subject: id of what it is about. client: "" for none."""

    number: int
    at: datetime
    user: str
    deed: str
    kind: str
    subject: str
    client: str
    address: str
    more: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditWanted:
    """ "" and None mean any. clients: only entries of these, None for all and for those of no client too."""

    user: str = ""
    deed: str = ""
    kind: str = ""
    subject: str = ""
    client: str = ""
    clients: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class AuditPage:
    """entries: newest first. total: of all pages. number: of this page, from 1. pages: how many there are, at least 1."""

    entries: tuple[AuditEntry, ...]
    total: int
    number: int
    pages: int


class AuditBook:
    """The console's Audit (console.house). All methods raise StoreError.

    Args:
        kept: entries older than this are taken away while new ones are written.
        now: aware clock.
    """

    def __init__(
        self, database: OpenDatabase, kept: timedelta, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._database = database
        self._kept = kept
        self._now = now
        self._purged_at: datetime | None = None

    async def note(self, visitor: Seated, deed: str, kind: str, subject: str, *, client: str = "", **more: Any) -> None:
        """One entry, on disk when this returns."""
        await self.note_of(visitor.user.id, visitor.address, deed, kind, subject, client=client, **more)

    async def note_of(
        self, user_id: str, address: str, deed: str, kind: str, subject: str, *, client: str = "", **more: Any
    ) -> None:
        """One entry of somebody who is not signed in. user_id: as they said it, which need be nobody's."""
        now = self._now()
        row = {
            "at": now,
            "user": user_id[:64],
            "deed": deed[:48],
            "kind": kind[:24],
            "subject": subject[:160],
            "client": client[:64],
            "address": address[:64],
            "more": more,
        }
        due = self._purged_at is None or now - self._purged_at > _PURGED_EVERY

        def write(connection: Connection) -> None:
            connection.execute(sa.insert(audit), row)
            if due:
                connection.execute(sa.delete(audit).where(audit.c.at < now - self._kept))

        await self._database.write(write)
        if due:
            self._purged_at = now

    async def search(self, wanted: AuditWanted, number: int = 1, size: int = PAGE) -> AuditPage:
        """number: of the page, from 1; one beyond the last is the last."""
        conditions = _conditions(wanted)
        count = sa.select(sa.func.count()).select_from(audit).where(*conditions)

        def read(connection: Connection) -> AuditPage:
            total = connection.execute(count).scalar_one()
            pages = max(1, -(-total // size))
            page = min(max(1, number), pages)
            query = sa.select(audit).where(*conditions).order_by(audit.c.number.desc())
            rows = connection.execute(query.limit(size).offset((page - 1) * size))
            return AuditPage(tuple(AuditEntry(**row._mapping) for row in rows), total, page, pages)

        return await self._database.read(read)

    async def deeds(self) -> list[str]:
        """Those that there are, for a filter."""
        query = sa.select(audit.c.deed).distinct().order_by(audit.c.deed)
        return await self._database.read(lambda connection: list(connection.execute(query).scalars()))

    async def last_sign_ins(self) -> dict[str, datetime]:
        """By user, of those who have signed in since entries are kept."""
        newest = sa.select(audit.c.user, sa.func.max(audit.c.at).label("at")).where(audit.c.deed == SIGN_IN)
        query = newest.group_by(audit.c.user)
        return await self._database.read(lambda connection: {row.user: row.at for row in connection.execute(query)})


def _conditions(wanted: AuditWanted) -> list[sa.ColumnElement[bool]]:
    c = audit.c
    same = ((c.user, wanted.user), (c.deed, wanted.deed), (c.kind, wanted.kind), (c.subject, wanted.subject))
    found = [column == value for column, value in (*same, (c.client, wanted.client)) if value]
    if wanted.clients is not None:
        found.append(c.client.in_(wanted.clients))
    if wanted.since is not None:
        found.append(c.at >= wanted.since)
    if wanted.until is not None:
        found.append(c.at < wanted.until)
    return found
