"""A console on loopback for tests: real books in SQLite, a seat that lets chosen users in, ports that tests may fake."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from starlette.types import ASGIApp

from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.directory import Clients, load_clients
from voicebot.console.app import Page, console_app
from voicebot.console.frame import ROOT, Frame
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Visitor
from voicebot.domain.agent import Role, User
from voicebot.domain.call import Call
from voicebot.domain.handoff import Hint, Returned, Taker
from voicebot.domain.language import Language
from voicebot.errors import HandoffRefused
from voicebot.handoff.ports import HeadsetTicket, LiveCall, Purpose
from voicebot.reception.live_calls import LiveCalls
from voicebot.settings import Settings
from voicebot.store.call_book import CallBook
from voicebot.wiring.client_check import check_client

CLIENTS = Path(__file__).parents[2] / "client_configs"
AS_USER = "x-test-user"
"""Header by which a test says who asks; nothing of the kind exists outside tests."""


def user(name: str = "claire", role: Role = Role.AGENT, *clients: str, language: Language = Language.FRENCH) -> User:
    return User(name, name.title(), role, clients=clients, language=language)


@dataclass
class QuietFloor:
    """A handoff.ports.LiveFloor whose live calls a test puts in; what is asked of it is in `asked`."""

    calls: list[LiveCall] = field(default_factory=list)
    asked: list[tuple[str, Any]] = field(default_factory=list)

    def live(self) -> Sequence[LiveCall]:
        return tuple(self.calls)

    def headset(self, call_id: str, user: User, purpose: Purpose, handoff: str = "") -> HeadsetTicket:
        if all(live.call.id != call_id for live in self.calls):
            raise HandoffRefused("elsewhere", f"Call {call_id} is not on the line here.")
        return HeadsetTicket("/headset/media", "token", call_id, handoff, purpose)

    async def hint(self, call_id: str, hint: Hint) -> None:
        self.asked.append(("hint", (call_id, hint)))

    async def hold(self, call_id: str, *, on: bool) -> None:
        self.asked.append(("hold", (call_id, on)))

    async def return_caller(self, call_id: str, returned: Returned) -> None:
        self.asked.append(("return", (call_id, returned)))

    async def hang_up(self, call_id: str) -> None:
        self.asked.append(("hang_up", call_id))

    async def announce(self, call_id: str, handoff: str, taker: Taker) -> None:
        self.asked.append(("announce", (call_id, taker)))


@dataclass
class AuditInMemory:
    entries: list[tuple[str, str, str, str, str]] = field(default_factory=list)

    async def note(self, visitor: Visitor, deed: str, kind: str, subject: str, *, client: str = "", **more: Any) -> None:
        self.entries.append((visitor.user.id, deed, kind, subject, client))


@dataclass
class OpenConsole:
    """address: of the console's root. users: who may ask, by id; csrf is "csrf-of-<id>"."""

    address: str
    house: ConsoleHouse
    floor: QuietFloor
    audit: AuditInMemory
    users: dict[str, User]

    def headers(self, user_id: str) -> dict[str, str]:
        return {AS_USER: user_id, "X-CSRF-Token": f"csrf-of-{user_id}"}


@cache
def shipped_clients() -> Clients:
    """Read once: reading takes longer than most tests of a page."""
    return load_clients(CLIENTS)


@asynccontextmanager
async def open_console(
    folder: Path,
    pages: Iterable[Page],
    users: Iterable[User],
    *,
    agents: Callable[[CallBook], Any] = lambda _book: None,
    messages: Callable[[CallBook], Any] = lambda _book: None,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    clients_dir: Path = CLIENTS,
    mount: Callable[[ConsoleHouse], ASGIApp] | None = None,
    more_settings: Mapping[str, Any] = MappingProxyType({}),
    beside: Callable[[FastAPI], None] = lambda _app: None,
) -> AsyncIterator[OpenConsole]:
    """Serves the console; agents and messages make the desks that the pages under test need.

    mount: makes what is served of the house, instead of `pages` with a seat that believes a header (guarded_console).
    beside: adds what is served outside the console's root.
    """
    settings = Settings(data_dir=folder / "data", clients_dir=clients_dir, **more_settings)
    book = await CallBook.open(settings.database, reserve_bytes=0, now=clock)
    clients = [shipped_clients() if clients_dir == CLIENTS else load_clients(clients_dir)]
    floor, audit, known = QuietFloor(), AuditInMemory(), {one.id: one for one in users}

    async def seat(request: Request) -> Visitor | None:
        found = known.get(request.headers.get(AS_USER, ""))
        return Visitor(found, f"session-{found.id}", f"csrf-of-{found.id}", "127.0.0.1") if found else None

    async def read_again() -> None:
        clients[0] = await asyncio.to_thread(load_clients, clients_dir)

    def in_force() -> Clients:
        return clients[0]

    def call_folder(call: Call) -> Path:
        return settings.data_dir / "calls" / f"{call.started_at:%Y-%m-%d}" / call.id

    live = LiveCalls()
    house = ConsoleHouse(
        settings=settings,
        book=book,
        agents=agents(book),
        floor=floor,
        live=live,
        messages=messages(book),
        audit=audit,
        clients=in_force,
        instructions_of=lambda call: in_force().of(call.client),
        archive=InstructionsArchive(settings.data_dir / "instructions"),
        clients_dir=clients_dir,
        read_clients_again=read_again,
        call_folder=call_folder,
        clock=clock,
        watch=live.watch,
        check=check_client,
    )
    app = FastAPI()
    beside(app)
    app.mount(ROOT, mount(house) if mount else console_app(house, Frame(seat), pages))
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off", ws_ping_interval=None))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield OpenConsole(f"http://127.0.0.1:{port}{ROOT}", house, floor, audit, known)
    finally:
        server.should_exit = True
        await serving
        await book.close()
