"""A console with a real desk of agents: callers who come, speak and hang up, and agents who sit in a browser or not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI

from tests.console.open_console import CLIENTS, OpenConsole, open_console
from voicebot.clients.directory import load_clients
from voicebot.console.app import Page
from voicebot.domain.acts import Confidence
from voicebot.domain.agent import AgentWay, User
from voicebot.domain.call import Call, EndReason, Stage
from voicebot.domain.callback import Callback
from voicebot.domain.details import ADDRESS, CALLBACK_NUMBER, CALLER_NAME, Detail, DetailSource
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff
from voicebot.domain.language import Language
from voicebot.domain.orientation import Handover
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.ports import LiveCall
from voicebot.store.call_book import CallBook
from voicebot.store.user_book import UserBook

MOREL = "chauffage-morel"
CALLER = "+33639980174"
AMAL = {
    CALLER_NAME: Detail("Amal Rivoire", "amal rivoire r i v o i r e", confirmed=True),
    CALLBACK_NUMBER: Detail(CALLER, "zéro six trente-neuf quatre-vingt-dix-huit zéro un soixante-quatorze"),
    ADDRESS: Detail("12 rue des Tanneurs, Lyon", "douze rue des tanneurs à lyon", Confidence.UNSURE),
}


@dataclass
class AgentsAtDesk:
    """console: the pages, open. desk: behind them."""

    console: OpenConsole
    desk: HandoffDesk
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def book(self) -> CallBook:
        return self.console.house.book

    async def ready(self, user_id: str, *clients: str, way: AgentWay = AgentWay.BROWSER) -> None:
        user = self.console.users[user_id]
        await self.desk.come(user, clients, user.languages, way)

    async def caller(
        self, call_id: str, *, client: str = MOREL, told: bool = True, waited_s: float = 40, **more: Any
    ) -> Call:
        """A call that is on the line here. told: the caller has said who they are, what they want, and where."""
        now = self.console.house.clock()
        level = more.pop("level", UrgencyLevel.P2)
        call = Call(
            id=call_id,
            client=client,
            instructions_version=1,
            caller_number=CALLER,
            dialled_number="+33199001001",
            started_at=now - timedelta(seconds=waited_s),
            language=more.pop("language", Language.FRENCH),
            stage=Stage.QUALIFYING,
            urgency=Urgency(level, "no-heating", "plus de chauffage, il y a un bébé"),
            human_asked=True,
            turns=3,
        )
        if told:
            call = replace(call, scenario="no-heating", details=AMAL)
        call = replace(call, **more)
        await self.book.save(call, ())
        self.console.floor.calls.append(LiveCall(call, speaking=False))
        if told:
            await self._amal_speaks(call)
        return call

    async def queue(self, call: Call, **changes: Any) -> Handoff:
        """Puts a call into the queue, as the receptionist does, and lets the queue ring somebody."""
        now = self.console.house.clock()
        level = call.urgency.level if call.urgency else UrgencyLevel.P3
        new = Handoff(f"{call.id}-handoff-1", call.id, call.client, call.language, level, now, now)
        waiting = replace(call, handover=Handover(to="", handoffs=1, queued_at=now))
        await self.book.save(waiting, (), queued=(replace(new, **changes),))
        await self.desk.step()
        return await self.desk.handoff(new.id)

    async def says(self, call: Call, kind: EventKind, **data: Any) -> CallEvent:
        """Something happens in the call: it is saved, then shown, as the receptionist does."""
        number = self.numbers[call.id] = self.numbers.get(call.id, 0) + 1
        event = CallEvent(number, self.console.house.clock(), kind, data)
        await self.book.save(call, (event,))
        self.console.house.live.show(call.id, event)
        return event

    async def speaks(self, call: Call, text: str, turn: int, confidence: float = 0.91, started_ms: int = 4000) -> None:
        said = {"turn": turn, "text": text, "language": call.language.value, "confidence": confidence}
        heard = {"started_ms": started_ms, "ended_ms": started_ms + 2600, "heard_by": "ears", "cut": False}
        await self.says(call, EventKind.CALLER_SAID, **said, **heard)

    async def hangs_up(self, call: Call) -> None:
        ended = replace(call, stage=Stage.ENDED, ended=EndReason.CALLER_HUNG_UP, ended_at=self.console.house.clock())
        number = self.numbers[call.id] = self.numbers.get(call.id, 0) + 1
        over = CallEvent(number, self.console.house.clock(), EventKind.CALL_ENDED, {"reason": "caller_hung_up"})
        await self.book.save(ended, (over,))
        self.console.floor.calls[:] = [live for live in self.console.floor.calls if live.call.id != call.id]
        self.console.house.live.show(call.id, over)
        await self.desk.step()

    async def promise(self, call: Call, **changes: Any) -> Callback:
        now = self.console.house.clock() - timedelta(minutes=7)
        words = (
            "C'est noté : nous vous rappelons au zéro six, trente-neuf, quatre-vingt-dix-huit, zéro un, soixante-quatorze."
        )
        number = f"{call.id}-handoff-1-callback"
        made = Callback(number, call.id, call.client, CALLER, "Amal Rivoire", call.language, UrgencyLevel.P2, now, words)
        made = replace(made, **changes)
        await self.book.save(call, (), queued=(made,))
        self.desk.wake()
        return made

    async def _amal_speaks(self, call: Call) -> None:
        says = EventKind.RECEPTIONIST_SAYS
        greeting = "Bonjour, Chauffage Morel, assistant vocal. Que puis-je faire pour vous ?"
        await self.says(call, says, sentence="s-1", text=greeting, phrase="greeting", language="fr", interruptible=True)
        await self.speaks(call, "Bonjour, je n'ai plus de chauffage depuis ce matin, et il y a un bébé à la maison.", 1)
        await self.says(call, EventKind.ACTS_UNDERSTOOD, turn=1, acts=[], by="rules", fallback="", took_ms=3)
        made = {"action": "ask", "rule": "details.ask_missing", "because": "scenarios[no-heating].details"}
        await self.says(call, EventKind.DECIDED, turn=1, decisions=[made | {"subject": "caller_name", "values": {}}])
        asked = "D'accord. C'est à quel nom, et à quelle adresse ?"
        await self.says(call, says, sentence="s-2", text=asked, phrase="ask", language="fr", interruptible=True)
        await self.speaks(call, "Amal Rivoire, R I V O I R E, douze rue des Tanneurs à Lyon.", 2, 0.62, 12000)
        gave = [
            {"kind": "give_detail", "detail": detail, "value": one.value, "words": one.words, "confidence": one.confidence}
            for detail, one in AMAL.items()
            if one.source is DetailSource.SPEECH
        ]
        await self.says(call, EventKind.ACTS_UNDERSTOOD, turn=2, acts=gave, by="rules", fallback="", took_ms=4)
        await self.says(
            call, EventKind.DECIDED, turn=2, decisions=[made | {"action": "transfer", "subject": "", "values": {}}]
        )
        queue = "Je vous passe quelqu'un : vous êtes le prochain."
        await self.says(call, says, sentence="s-3", text=queue, phrase="queue_first", language="fr", interruptible=True)


@asynccontextmanager
async def agents_at_desk(
    folder: Path,
    pages: Iterable[Page],
    *users: User,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    beside: Callable[[FastAPI], None] = lambda _app: None,
) -> AsyncIterator[AgentsAtDesk]:
    clients = load_clients(CLIENTS)
    made: list[HandoffDesk] = []

    def desk_of(book: CallBook) -> HandoffDesk:
        people = UserBook(book.database)
        made.append(HandoffDesk(book.database, people.all, clients.of, clock))
        return made[0]

    async with open_console(folder, pages, users, agents=desk_of, clock=clock, beside=beside) as console:
        for user in users:
            await UserBook(console.house.book.database).add(user)
        stepping = asyncio.create_task(made[0].step_forever(0.1))
        try:
            yield AgentsAtDesk(console, made[0])
        finally:
            stepping.cancel()
            await asyncio.gather(stepping, return_exceptions=True)
            await made[0].close()


@asynccontextmanager
async def told_to(at: AgentsAtDesk, user_id: str, path: str, **headers: str) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """Events of a stream as they come: {"event", "data", "id"}."""
    async with (
        httpx.AsyncClient(headers=at.console.headers(user_id) | headers, timeout=20) as http,
        http.stream("GET", at.console.address + path) as answer,
        aclosing(events_of(answer)) as events,
    ):
        assert answer.status_code == 200, await answer.aread()
        yield events


async def events_of(answer: httpx.Response) -> AsyncGenerator[dict[str, Any], None]:
    event: dict[str, Any] = {}
    async for line in answer.aiter_lines():
        if not line:
            if "data" in event:
                yield event
            event = {}
            continue
        name, _, value = line.partition(": ")
        event[name] = json.loads(value) if name == "data" else value


async def next_of(events: AsyncIterator[dict[str, Any]], name: str, fits: Callable[[Any], bool] = lambda _: True) -> Any:
    """Data of the next event with this name that fits."""
    async with asyncio.timeout(8):
        async for event in events:
            if event.get("event") == name and fits(event["data"]):
                return event["data"]
    raise AssertionError(f"The stream ended before {name}.")
