"""Opens the people of our floor: who sees them, who changes them, and what a user must be like."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from voicebot.console.door.door import LINK_LASTS
from voicebot.console.door.passwords import Passwords
from voicebot.console.frame import ROOT
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.agent import Presence, Role, User
from voicebot.domain.language import Language
from voicebot.domain.telephone_numbers import MAY_BE_RUNG, dialling
from voicebot.errors import UserRefused
from voicebot.store.audit_book import AuditBook
from voicebot.store.session_book import SessionBook
from voicebot.store.user_book import UserBook

_ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_EMAIL = re.compile(r"[^@\s<>\"]+@[^@\s<>\".]+(\.[^@\s<>\".]+)+")
_TAKES_CALLS = (Role.AGENT, Role.SUPERVISOR, Role.ADMIN)


@dataclass(frozen=True, slots=True)
class Person:
    """A user as a visitor may see them. clients: only those that the visitor may see, too. presence: None when offline."""

    user: User
    clients: tuple[str, ...]
    presence: Presence | None
    last_sign_in: datetime | None


class People:
    """Users, for the pages. Every method checks what the visitor may do, and notes what was changed.

    Raises: NotAllowed, UnknownUser, UserRefused, StoreError.
    """

    def __init__(self, house: ConsoleHouse) -> None:
        database = house.book.database
        self._house = house
        self._users = UserBook(database, house.clock)
        self._sessions = SessionBook(database, house.clock)
        self._audit = AuditBook(database, timedelta(days=house.settings.audit_kept_days), house.clock)

    async def all(self, visitor: Visitor) -> list[Person]:
        """Whoever watches over some clients only sees those who work for one of them."""
        require(visitor, Kind.USERS)
        presences = {one.agent: one for one in await self._house.agents.presences()}
        signed_in = await self._audit.last_sign_ins()
        return [
            Person(user, _seen_clients(visitor, user), presences.get(user.id), signed_in.get(user.id))
            for user in await self._users.all()
            if visitor.works_with(user)
        ]

    async def add(self, visitor: Visitor, user: User) -> None:
        require(visitor, Kind.USERS, Deed.CHANGE)
        good = checked(user, self._house.known_clients())
        await self._users.add(good)
        await self._house.audit.note(visitor, "added", Kind.USERS, good.id, role=good.role.value, clients=list(good.clients))

    async def change(self, visitor: Visitor, user: User) -> None:
        """Everything but password and active. One's own role is changed by another admin."""
        require(visitor, Kind.USERS, Deed.CHANGE)
        was = await self._users.user(user.id)
        good = checked(replace(user, active=was.active), self._house.known_clients())
        if user.id == visitor.user.id and good.role is not was.role:
            raise UserRefused("yourself", "One's own role is changed by another admin.")
        await self._users.change(good)
        fields = [name for name in User.__slots__ if getattr(was, name) != getattr(good, name)]
        await self._house.audit.note(visitor, "changed", Kind.USERS, good.id, fields=fields, role=good.role.value)

    async def set_active(self, visitor: Visitor, user_id: str, *, active: bool) -> None:
        """Who is made inactive is signed out everywhere, at once."""
        require(visitor, Kind.USERS, Deed.CHANGE)
        if user_id == visitor.user.id:
            raise UserRefused("yourself", "Nobody shuts themselves out.", "Ask another admin.")
        await self._users.change(replace(await self._users.user(user_id), active=active))
        await self._house.audit.note(visitor, "activated" if active else "deactivated", Kind.USERS, user_id)

    async def sign_in_link(self, visitor: Visitor, user_id: str, base: str) -> str:
        """An address that signs this user in, once. base: our own origin as the admin's browser sees it."""
        require(visitor, Kind.USERS, Deed.CHANGE)
        user = await self._users.user(user_id)
        if not user.active:
            raise UserRefused("inactive", f'"{user_id}" is not active.', "Make them active first.")
        secret = await self._sessions.new_link(user.id, LINK_LASTS)
        await self._house.audit.note(visitor, "linked", Kind.USERS, user_id)
        return f"{base}{ROOT}/sign-in/link#{secret}"

    async def change_own(self, visitor: Visitor, language: Language, phone: str) -> None:
        """What everybody may change of themselves."""
        was = await self._users.user(visitor.user.id)
        good = replace(was, language=language, phone=_phone(phone))
        await self._users.change(good)
        await self._house.audit.note(visitor, "changed", Kind.USERS, good.id, fields=["language", "phone"])

    async def change_own_password(self, visitor: Visitor, passwords: Passwords, current: str, new: str) -> None:
        """Ends all their sessions. Who has no password yet needs no current one.

        Raises: UserRefused (bad_password, wrong_password).
        """
        stored = await self._users.password_of(visitor.user.id)
        if stored and not await passwords.fits(stored, current):
            raise UserRefused("wrong_password", "That is not the current password.")
        await self._users.set_password(visitor.user.id, await passwords.hash(new))
        await self._house.audit.note(visitor, "password", Kind.USERS, visitor.user.id)

    async def has_password(self, visitor: Visitor) -> bool:
        return bool(await self._users.password_of(visitor.user.id))


def checked(user: User, known_clients: Collection[str]) -> User:
    """The user as rows may keep it: trimmed, telephone in E.164. Raises: UserRefused naming what is wrong."""
    name, email = " ".join(user.name.split()), user.email.strip()
    if not _ID.fullmatch(user.id):
        raise UserRefused("bad_id", f'"{user.id}" is no id.', 'Use small letters, digits, ".", "-" and "_": claire.petit.')
    if not name or len(name) > 200:
        raise UserRefused("bad_name", "A user needs a name.", "Write it as callers hear it: Claire Petit.")
    if email and (len(email) > 254 or not _EMAIL.fullmatch(email)):
        raise UserRefused("bad_email", f'"{email}" is no e-mail address.', "Correct it, or leave it out.")
    unknown = sorted(set(user.clients) - set(known_clients))
    if unknown:
        raise UserRefused("clients", f"No client has the id {', '.join(unknown)}.", "voicebot clients list shows them.")
    if user.role is Role.CLIENT_VIEWER and not user.clients:
        raise UserRefused("clients", "A client's viewer sees somebody's data.", "Name at least one client.")
    if user.role is Role.ADMIN and user.clients:
        raise UserRefused("admin_clients", "An admin has the keys of every client.", "Leave the clients out.")
    if user.role in _TAKES_CALLS and not user.languages:
        raise UserRefused("languages", "Who takes calls speaks at least one language.", "Name it.")
    clients, languages = tuple(sorted(set(user.clients))), tuple(dict.fromkeys(user.languages))
    return replace(user, name=name, email=email, phone=_phone(user.phone), clients=clients, languages=languages)


def _phone(typed: str) -> str:
    number = re.sub(r"[\s.\-()/]", "", typed)
    if not number:
        return ""
    number = f"+33{number[1:]}" if re.fullmatch(r"0[1-9]\d{8}", number) else number
    if dialling(number) not in MAY_BE_RUNG:
        raise UserRefused("bad_phone", "Calls cannot be sent to that number.", "Write it as +33 6 39 98 12 34.")
    return number


def _seen_clients(visitor: Visitor, user: User) -> tuple[str, ...]:
    return tuple(client for client in user.clients if visitor.user.covers(client))
