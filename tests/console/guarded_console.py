"""The whole console behind its real door, on loopback: users in rows, sessions in cookies, no header is believed."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any

import httpx
from argon2 import PasswordHasher
from starlette.types import ASGIApp

from tests.console.open_console import OpenConsole, open_console
from voicebot.console.door import Door
from voicebot.console.door.passwords import Passwords
from voicebot.console.frame import ROOT
from voicebot.console.house import ConsoleHouse
from voicebot.console.whole import whole_console
from voicebot.domain.agent import Presence, User
from voicebot.store.audit_book import AuditBook

WEAK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The real thing with little work, so that tests need not wait for it."""
COOKIE = "voicebot"


@dataclass
class FewAgents:
    """As much of a handoff.ports.AgentsDesk as the team's page asks for."""

    here: list[Presence] = field(default_factory=list)

    async def presences(self) -> list[Presence]:
        return list(self.here)


@dataclass
class GuardedConsole:
    """origin: scheme, host and port. app: what was mounted, the guard around every page."""

    console: OpenConsole
    door: Door
    audit: AuditBook
    app: Any

    @property
    def house(self) -> ConsoleHouse:
        return self.console.house

    @property
    def origin(self) -> str:
        return self.console.address.removesuffix(ROOT)

    @asynccontextmanager
    async def stranger(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser that has not signed in. Paths are the console's: "/desk"."""
        own = {"Origin": self.origin} | headers
        async with httpx.AsyncClient(base_url=self.console.address, headers=own, trust_env=False) as client:
            yield client

    @asynccontextmanager
    async def browser(self, user_id: str, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """A browser in which this user has signed in by a link, with the token of their session."""
        async with self.stranger(**headers) as client:
            link = await self.door.link_for(user_id)
            answer = await client.post("/sign-in/link", data={"token": link.partition("#")[2]})
            assert answer.status_code == 303, answer.text
            client.headers["X-CSRF-Token"] = await token_of(client)
            yield client


async def token_of(client: httpx.AsyncClient) -> str:
    page = await client.get("/account")
    found = re.search(r'data-csrf="([^"]+)"', page.text)
    assert found, page.text[:300]
    return found[1]


@asynccontextmanager
async def guarded_console(
    folder: Path,
    users: Iterable[User] = (),
    *,
    settings: Mapping[str, Any] = MappingProxyType({}),
    wrapped: Callable[[ASGIApp], ASGIApp] = lambda app: app,
    **more: Any,
) -> AsyncIterator[GuardedConsole]:
    """more: of open_console. wrapped: puts something between the server and the guard."""
    made: dict[str, Any] = {}

    def mount(house: ConsoleHouse) -> ASGIApp:
        audit = AuditBook(house.book.database, timedelta(days=house.settings.audit_kept_days), house.clock)
        made["house"] = replace(house, audit=audit)
        made["app"], made["door"] = whole_console(made["house"], audit)
        made["door"].passwords = Passwords(WEAK)
        made["audit"] = audit
        return wrapped(made["app"])

    desks: dict[str, Any] = {"agents": lambda _book: FewAgents()} | more
    async with open_console(folder, (), (), mount=mount, more_settings=settings, **desks) as console:
        console.house = made["house"]
        for user in users:
            await made["door"].users.add(user)
        yield GuardedConsole(console, made["door"], made["audit"], made["app"])
