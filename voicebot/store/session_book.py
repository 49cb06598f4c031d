"""The session book: who is signed in, and the one-time links that let people in, as rows that open no door if they leak."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.agent import User
from voicebot.errors import SignInRefused
from voicebot.store.ladder_rows import insert_once
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import sessions, sign_in_links, users
from voicebot.store.user_book import user_of

SECRET_BYTES = 32
_LINKS_KEPT = timedelta(days=1)
"""A link that is over is still told apart from one that never was."""
_MOST_SESSIONS = 20
"""Of one user; the oldest ends."""


class SignInWay(StrEnum):
    PASSWORD = "password"
    LINK = "link"
    PROVIDER = "provider"


@dataclass(frozen=True, slots=True)
class Session:
    """id: of its row. csrf: what its changing requests show. Times are aware UTC. browser: as it names itself."""

    id: str
    user: User
    csrf: str
    begun_at: datetime
    seen_at: datetime
    way: SignInWay
    browser: str = ""


def secret_id(secret: str) -> str:
    """What is stored of a secret: its SHA-256, in hex. Secrets are 32 random bytes: no salt is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class SessionBook:
    """All methods raise StoreError. now: aware clock."""

    def __init__(self, database: OpenDatabase, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    async def begin(self, user_id: str, way: SignInWay, browser: str = "") -> str:
        """Signs a user in. Returns: the secret for the cookie, which is kept nowhere else."""
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self._now()
        row = {
            "id": secret_id(secret),
            "user": user_id,
            "csrf": secrets.token_urlsafe(SECRET_BYTES),
            "begun_at": now,
            "seen_at": now,
            "way": way.value,
            "browser": browser[:200],
        }

        def write(connection: Connection) -> None:
            connection.execute(sa.insert(sessions), row)
            newest = sa.select(sessions.c.id).where(sessions.c.user == user_id).order_by(sessions.c.begun_at.desc())
            over = connection.execute(newest.offset(_MOST_SESSIONS)).scalars().all()
            connection.execute(sa.delete(sessions).where(sessions.c.id.in_(over)))

        await self._database.write(write)
        return secret

    async def session(self, secret: str) -> Session | None:
        """The session of a cookie with its user as they are now; None when there is none. The door says if it is over."""
        return await self.by_id(secret_id(secret))

    async def by_id(self, session_id: str) -> Session | None:
        user = [column.label(f"user_{column.name}") for column in users.c]
        query = sa.select(sessions, *user).join(users, users.c.id == sessions.c.user).where(sessions.c.id == session_id)

        def read(connection: Connection) -> Session | None:
            row = connection.execute(query).first()
            return None if row is None else _session(row)

        return await self._database.read(read)

    async def seen(self, session_id: str) -> None:
        """A sign of life."""
        seen = sa.update(sessions).where(sessions.c.id == session_id).values(seen_at=self._now())
        await self._database.write(lambda connection: connection.execute(seen))

    async def end(self, session_id: str) -> None:
        """One that is over is left."""
        await self._database.write(lambda c: c.execute(sa.delete(sessions).where(sessions.c.id == session_id)))

    async def new_link(self, user_id: str, lasts: timedelta) -> str:
        """Returns: the secret of a link that lets this user in, once. Their older unused links open nothing any more."""
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self._now()
        row = {"id": secret_id(secret), "user": user_id, "until": now + lasts, "used_at": None}

        def write(connection: Connection) -> None:
            unused = (sign_in_links.c.user == user_id) & sign_in_links.c.used_at.is_(None)
            connection.execute(sa.delete(sign_in_links).where(unused | (sign_in_links.c.until < now - _LINKS_KEPT)))
            connection.execute(sa.insert(sign_in_links), row)

        await self._database.write(write)
        return secret

    async def use_link(self, secret: str) -> str:
        """Of all who show it at once, one is let in. Returns: id of its user. Raises: SignInRefused (wrong, late, used)."""
        link_id, now = secret_id(secret), self._now()
        good = (sign_in_links.c.id == link_id) & sign_in_links.c.used_at.is_(None) & (sign_in_links.c.until > now)
        used = sa.update(sign_in_links).where(good).values(used_at=now).returning(sign_in_links.c.user)

        def write(connection: Connection) -> tuple[str | None, Any]:
            user = connection.execute(used).scalar_one_or_none()
            known = sa.select(sign_in_links.c.used_at).where(sign_in_links.c.id == link_id)
            return user, connection.execute(known).first()

        user, known = await self._database.write(write)
        if user is not None:
            return user
        if known is None:
            raise SignInRefused("wrong", "No sign-in link has this secret.")
        raise SignInRefused("used" if known.used_at else "late", "The sign-in link is over.", "Ask for a new one.")

    async def use_state(self, state: str, user_id: str, lasts: timedelta) -> None:
        """A sign-in that a provider vouched for is used up. Raises: SignInRefused (used) the second time."""
        now = self._now()
        row = {"id": secret_id(state), "user": user_id, "until": now + lasts, "used_at": now}
        if not await self._database.write(lambda connection: insert_once(connection, sign_in_links, row)):
            raise SignInRefused("used", "This sign-in by the provider was used before.")

    async def anybody_ever(self) -> bool:
        """Has anybody signed in, or may anybody by password?"""
        signs = (
            sa.select(sessions.c.id).limit(1),
            sa.select(sign_in_links.c.id).where(sign_in_links.c.used_at.is_not(None)).limit(1),
            sa.select(users.c.id).where(users.c.password != "").limit(1),
        )
        return await self._database.read(lambda connection: any(connection.execute(sign).first() for sign in signs))

    async def forget_over(self, begun_before: datetime, seen_before: datetime) -> None:
        """Takes rows away that open nothing any more."""
        over = (sessions.c.begun_at < begun_before) | (sessions.c.seen_at < seen_before)
        await self._database.write(lambda connection: connection.execute(sa.delete(sessions).where(over)))


def _session(row: sa.Row[Any]) -> Session:
    user = {column.name: row._mapping[f"user_{column.name}"] for column in users.c}
    return Session(
        id=row.id,
        user=user_of(user),
        csrf=row.csrf,
        begun_at=row.begun_at,
        seen_at=row.seen_at,
        way=SignInWay(row.way),
        browser=row.browser,
    )
