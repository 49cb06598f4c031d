"""The user book: who may sign in, with their roles, clients, languages and password hashes, as rows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from voicebot.domain.agent import Role, User
from voicebot.domain.language import Language
from voicebot.errors import UnknownUser, UserRefused
from voicebot.store.ladder_rows import insert_once
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import sessions, sign_in_links, users


class UserBook:
    """All methods raise StoreError.

    Args:
        now: clock of created_at and changed_at, aware.
    """

    def __init__(self, database: OpenDatabase, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    async def all(self) -> list[User]:
        """By name; those who left last."""
        query = sa.select(users).order_by(users.c.active.desc(), sa.func.lower(users.c.name), users.c.id)
        return await self._database.read(lambda connection: [user_of(row) for row in connection.execute(query).mappings()])

    async def user(self, user_id: str) -> User:
        """Raises: UnknownUser."""
        return user_of(await self._database.read(lambda connection: _row(connection, user_id)))

    async def by_email(self, email: str) -> User | None:
        """The one active user with this address, whatever its case; None when there is nobody, or more than one."""
        query = sa.select(users).where(_has_email(email) & users.c.active)

        def read(connection: Connection) -> User | None:
            found = connection.execute(query.limit(2)).mappings().all()
            return user_of(found[0]) if email and len(found) == 1 else None

        return await self._database.read(read)

    async def add(self, user: User, password_hash: str = "") -> None:
        """Raises: UserRefused (taken: the id is, even of somebody who left; email_taken)."""
        now = self._now()
        row = _columns(user) | {"id": user.id, "password": password_hash, "created_at": now, "changed_at": now}

        def write(connection: Connection) -> None:
            _refuse_shared_email(connection, user)
            if not insert_once(connection, users, row):
                raise UserRefused("taken", f'There is a user "{user.id}" already.', "Choose another id.")

        await self._database.write(write)

    async def change(self, user: User) -> None:
        """Writes everything but the password. Who is made inactive is signed out, and their links are worth nothing.

        Raises: UnknownUser, UserRefused (email_taken; last_admin: nobody could let people in any more).
        """

        def write(connection: Connection) -> None:
            was = user_of(_row(connection, user.id))
            _refuse_shared_email(connection, user)
            changed = _columns(user) | {"changed_at": self._now()}
            connection.execute(sa.update(users).where(users.c.id == user.id), changed)
            if _is_admin(was) and not _is_admin(user) and not _admins(connection):
                raise UserRefused("last_admin", f'"{user.id}" is the only admin.', "Make somebody else an admin first.")
            if not user.active:
                _shut_out(connection, user.id)

        await self._database.write(write)

    async def set_password(self, user_id: str, password_hash: str) -> None:
        """Every session and link of theirs ends: whoever knew the old password is out. Raises: UnknownUser."""

        def write(connection: Connection) -> None:
            _row(connection, user_id)
            _put_password(connection, user_id, password_hash, self._now())
            _shut_out(connection, user_id)

        await self._database.write(write)

    async def rehash_password(self, user_id: str, was: str, password_hash: str) -> None:
        """The same password, hashed with today's parameters; not if it was changed meanwhile. Sessions go on."""
        same = (users.c.id == user_id) & (users.c.password == was)
        changed = sa.update(users).where(same).values(password=password_hash)
        await self._database.write(lambda connection: connection.execute(changed))

    async def password_of(self, user_id: str) -> str:
        """Its Argon2 hash; "" for those who have none, and for nobody."""
        query = sa.select(users.c.password).where(users.c.id == user_id)
        return await self._database.read(lambda connection: connection.execute(query).scalar() or "")


def user_of(row: RowMapping | dict[str, Any]) -> User:
    """row: every column of `users` by its name."""
    return User(
        id=row["id"],
        name=row["name"],
        role=Role(row["role"]),
        email=row["email"],
        clients=tuple(row["clients"]),
        languages=tuple(Language(language) for language in row["languages"]),
        phone=row["phone"],
        language=Language(row["language"]),
        active=row["active"],
    )


def _columns(user: User) -> dict[str, Any]:
    return {
        "name": user.name,
        "role": user.role.value,
        "email": user.email,
        "clients": list(user.clients),
        "languages": [language.value for language in user.languages],
        "phone": user.phone,
        "language": user.language.value,
        "active": user.active,
    }


def _row(connection: Connection, user_id: str) -> RowMapping:
    row = connection.execute(sa.select(users).where(users.c.id == user_id)).mappings().first()
    if row is None:
        raise UnknownUser(f'Nobody has the id "{user_id}".', "voicebot users list shows who there is.")
    return row


def _has_email(email: str) -> sa.ColumnElement[bool]:
    return sa.func.lower(users.c.email) == email.strip().lower()


def _refuse_shared_email(connection: Connection, user: User) -> None:
    # A provider tells us an address only: two users with one address could sign in as each other.
    other = sa.select(users.c.id).where(_has_email(user.email) & (users.c.id != user.id))
    if user.email and connection.execute(other).first():
        raise UserRefused("email_taken", "Another user has this e-mail address.", "Give each their own.")


def _is_admin(user: User) -> bool:
    return user.active and user.role is Role.ADMIN


def _admins(connection: Connection) -> int:
    active = users.c.active & (users.c.role == Role.ADMIN.value)
    return connection.execute(sa.select(sa.func.count()).select_from(users).where(active)).scalar_one()


def _put_password(connection: Connection, user_id: str, password_hash: str, now: datetime) -> None:
    changed = {"password": password_hash, "changed_at": now}
    connection.execute(sa.update(users).where(users.c.id == user_id), changed)


def _shut_out(connection: Connection, user_id: str) -> None:
    connection.execute(sa.delete(sessions).where(sessions.c.user == user_id))
    open_links = (sign_in_links.c.user == user_id) & sign_in_links.c.used_at.is_(None)
    connection.execute(sa.delete(sign_in_links).where(open_links))
