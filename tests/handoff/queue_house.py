"""A house with a queue for tests: rows on either database, a clock that is set, telephones that remember."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.fakes.instructions import heating_engineer
from tests.store.stored_samples import a_call
from voicebot.domain.agent import AgentWay, Role, User
from voicebot.domain.call import Call, EndReason
from voicebot.domain.callback import Callback
from voicebot.domain.handoff import Handoff, HandoffRules, Taker
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import ChannelError, HandoffRefused, UnknownClient
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.ports import AgentRing
from voicebot.store.call_book import CallBook
from voicebot.store.user_book import UserBook

NINE = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CLIENT = "chauffage-tison"
TISON = "+33639980140"
BOTH = (Language.FRENCH, Language.ENGLISH)
AGENTS = tuple(
    User(name, f"Agent {name}", Role.AGENT, languages=BOTH, phone=f"+3363998015{place}")
    for place, name in enumerate(("ana", "bob", "cid"))
)


class Clock:
    def __init__(self) -> None:
        self.now = NINE

    def __call__(self) -> datetime:
        return self.now

    def pass_s(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class RememberingTelephone:
    """An AgentTelephone. refuses: every ring. held: rings are answered only once it is set."""

    rung: list[AgentRing] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    refuses: bool = False
    held: asyncio.Event | None = None

    async def ring(self, ring: AgentRing) -> str:
        self.rung.append(ring)
        line = f"CA-{ring.agent}-{len(self.rung)}"
        if self.held is not None:
            await self.held.wait()
        if self.refuses:
            raise ChannelError("rejected", "The carrier refused.", temporary=False)
        return line

    async def hang_up(self, agent_line: str, *, silently: bool = False) -> None:
        self.hung_up.append(agent_line)

    def ends_by_itself(self, agent_line: str) -> None: ...

    async def caller_into_room(self, carrier_call_id: str, room: str) -> None: ...

    async def caller_out_of_room(self, carrier_call_id: str) -> None: ...


@dataclass
class QueueHouse:
    """database: its URL. Desks are made of it as processes would be."""

    url: str
    book: CallBook
    users: UserBook
    clock: Clock
    client: Instructions
    desks: list[HandoffDesk] = field(default_factory=list)
    books: list[CallBook] = field(default_factory=list)

    def instructions_of(self, client: str) -> Instructions:
        if client != self.client.id:
            raise UnknownClient("clients", [f"nobody is called {client}"])
        return self.client

    def obey(self, **rules: Any) -> None:
        self.client = self.client.model_copy(update={"handoff": HandoffRules(**rules)})

    def desk(self, telephone: RememberingTelephone | None = None, book: CallBook | None = None) -> HandoffDesk:
        here = book or self.book
        made = HandoffDesk(here.database, UserBook(here.database).all, self.instructions_of, self.clock, telephone=telephone)
        self.desks.append(made)
        return made

    async def another_process(self, telephone: RememberingTelephone | None = None) -> HandoffDesk:
        """A desk on a database that was opened once more."""
        self.books.append(await CallBook.open(self.url, reserve_bytes=4096))
        return self.desk(telephone, self.books[-1])

    async def call(self, call_id: str, *, queued: bool = True, **changes: Any) -> Call:
        """A call that is on the line, and in the queue since now."""
        call = a_call(call_id, client=CLIENT, started_at=self.clock.now)
        await self.book.save(call, (), queued=(self.handoff(call_id, **changes),) if queued else ())
        return call

    def handoff(self, call_id: str, **changes: Any) -> Handoff:
        now = self.clock.now
        new = Handoff(f"{call_id}-handoff-1", call_id, CLIENT, Language.FRENCH, UrgencyLevel.P3, now, now)
        return replace(new, **changes)

    async def hang_up(self, call: Call, why: EndReason = EndReason.CALLER_HUNG_UP) -> None:
        await self.book.save(replace(call, ended=why), ())

    async def promise(self, call_id: str, **changes: Any) -> Callback:
        """Saves a call with a promised callback."""
        call = a_call(call_id, client=CLIENT)
        promise = Callback(
            id=f"{call_id}-handoff-1-callback",
            call=call_id,
            client=CLIENT,
            number="+33639980199",
            name="Zoé Lefèvre",
            language=Language.FRENCH,
            urgency=UrgencyLevel.P3,
            promised_at=self.clock.now,
            words="On vous rappelle avant midi.",
        )
        promise = replace(promise, **changes)
        await self.book.save(call, (), queued=(promise,))
        return promise

    async def come(self, desk: HandoffDesk, *names: str, way: AgentWay = AgentWay.BROWSER) -> None:
        """In this order, a second apart: whoever came first has been idle longest."""
        for name in names:
            await desk.come(next(user for user in AGENTS if user.id == name), (), (), way)
            self.clock.pass_s(1)

    async def pass_s(self, desk: HandoffDesk, seconds: float, *seen: str) -> None:
        """Time passes, browsers are there, and one process steps at its end."""
        self.clock.pass_s(seconds)
        for name in seen:
            await desk.seen(name)
        await desk.step()

    async def kinds(self, call_id: str) -> list[str]:
        return [event.kind.value for event in await self.book.after_call(call_id)]


@asynccontextmanager
async def queue_house(url: str) -> AsyncIterator[QueueHouse]:
    """With three agents, of whom nobody has come yet, and Monsieur Tison, who can be rung."""
    clock = Clock()
    book = await CallBook.open(url, reserve_bytes=4096, now=clock)
    people = heating_engineer()
    tison = people.people[0].model_copy(update={"phones": (TISON,)})
    house = QueueHouse(
        url, book, UserBook(book.database, clock), clock, people.model_copy(update={"people": (tison, *people.people[1:])})
    )
    for user in AGENTS:
        await house.users.add(user)
    try:
        yield house
    finally:
        for desk in house.desks:
            await desk.close()
        for more in house.books:
            await more.close()
        await book.close()


def taker(name: str, way: AgentWay = AgentWay.BROWSER) -> Taker:
    return Taker(name, f"Agent {name}", way)


async def until(true: Callable[[], Any], within_s: float = 3.0) -> None:
    """Waits until `true` (may be asked often), in real time."""
    async with asyncio.timeout(within_s):
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


async def refusal(deed: Awaitable[object]) -> str:
    with pytest.raises(HandoffRefused) as refused:
        await deed
    return refused.value.reason
