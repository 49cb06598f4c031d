"""What goes on after a call: messages on their way, people on call being woken; and what can be promised of both now."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

import structlog

from voicebot.channels.links import LinkTokens
from voicebot.domain.call import Call
from voicebot.domain.delivery import Channel
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.tempo import Tempo
from voicebot.errors import NodeTaken, StoreError
from voicebot.messages.caller_texts import callers_of, texted_number
from voicebot.messages.delivery import Deliveries
from voicebot.messages.house_letters import HouseLetters
from voicebot.messages.letters.check import FOLDER as TEMPLATES
from voicebot.messages.terms import Terms
from voicebot.on_call.house import OnCall
from voicebot.store.durable import QUEUE_POLL_S, WAKE_POLL_S, durable_engine
from voicebot.store.ladder_book import LadderBook
from voicebot.store.nodes import WATCH_S, node_presence, watch_nodes
from voicebot.telephony.calls_seen import CallsSeen
from voicebot.telephony.ports import OnCallHouse
from voicebot.telephony.twilio import Twilio
from voicebot.wiring.call_files import CallFiles
from voicebot.wiring.calls import begun_at
from voicebot.wiring.house import House, signing_secret
from voicebot.wiring.message_desk import MessageCards
from voicebot.wiring.outside import Outside, outside_of
from voicebot.wiring.people_on_call import PeopleOnCall

AGAIN_S = 10.0
"""Before work that a failing database stopped is begun again."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class WorkPace:
    """How often a process that works looks: for new work, for nudges (SQLite), for nodes that died. Real seconds."""

    queue_poll_s: float = QUEUE_POLL_S
    wake_poll_s: float = WAKE_POLL_S
    watch_s: float = WATCH_S


IN_SERVICE = WorkPace()


@dataclass(frozen=True, slots=True)
class AfterCall:
    """One per process. `at_work` runs the workflows; everything else serves calls and webhooks on the house's loop.

    outside: channels of the house's loop; the workflows have their own.
    """

    house: House
    tempo: Tempo
    deliveries: Deliveries
    on_call: OnCall
    outside: Outside
    working: Outside
    door: OnCallHouse

    def facilities(self, call: Call, instructions: Instructions) -> Facilities:
        """What can be done now for this call, answered at once from memory; nothing leaves the house for a rehearsal."""
        if call.rehearsal:
            return ONLY_MESSAGES
        health = self.deliveries.health
        rings = self.outside.telephone is not None
        texts = health.works(Channel.SMS, instructions.id)
        return Facilities(
            on_call=rings or texts,
            delivery=health.delivery_works(instructions),
            connect=rings and call.carrier == Twilio.name,
            texts=texts and texted_number(call) != "",
        )

    @asynccontextmanager
    async def at_work(self, pace: WorkPace = IN_SERVICE, begun: Callable[[], None] = lambda: None) -> AsyncIterator[None]:
        """Sends messages and climbs ladders while the block runs.

        While another process does it for this database (its file, on SQLite; our node's name, on PostgreSQL) this one
        stands by, and takes over when that one is gone. Whatever stops the work, it is begun again.

        Args:
            begun: told each time this process begins to work.
        """
        working = asyncio.create_task(self._work(pace, begun), name="after-call")
        try:
            yield
        finally:
            working.cancel()
            with suppress(asyncio.CancelledError):
                await working

    async def _work(self, pace: WorkPace, begun: Callable[[], None]) -> None:
        while True:
            try:
                await self._work_in_place(pace, begun)
            except StoreError as refused:
                _log.error("work stopped", code=refused.code, what=refused.what, remedy=refused.remedy)
            except Exception:  # noqa: BLE001 - messages and people on call wait for this: a fault must not end it unseen
                _log.exception("work stopped", code="bug")
            await asyncio.sleep(AGAIN_S)

    async def _work_in_place(self, pace: WorkPace, begun: Callable[[], None]) -> None:
        database, node = self.house.book.database, self.house.settings.node
        running = durable_engine(
            database, self._register, node=node, queue_poll_s=pace.queue_poll_s, wake_poll_s=pace.wake_poll_s
        )
        async with self._place(), running as engine:
            begun()
            try:
                await watch_nodes(database, node, every_s=pace.watch_s)
            finally:
                await engine.run(self.working.close())

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """The only one of its name; waits for it as a stand-by, and says so."""
        database, node = self.house.book.database, self.house.settings.node
        try:
            async with node_presence(database, node):
                yield
                return
        except NodeTaken as taken:
            _log.warning("standing by: another process does the work", what=taken.what, remedy=taken.remedy)
        async with node_presence(database, node, patience_s=math.inf):
            _log.info("working in the place of a process that is gone", node=node)
            yield

    def people(self) -> PeopleOnCall:
        """For the switchboard of the same process."""
        return PeopleOnCall(self.house.book, self.outside.telephone, self.tempo.now)

    def _register(self) -> None:
        self.deliveries.register()
        self.on_call.register()

    async def close(self) -> None:
        await self.outside.close()


@asynccontextmanager
async def open_after_call(house: House, *, house_url: str = "", tempo: Tempo | None = None) -> AsyncIterator[AfterCall]:
    """The desks and channels of a house.

    Args:
        house_url: our address as carriers reach it; "" means the settings' own.
        tempo: None means the house's clock at its own speed.

    Raises: SettingsError.
    """
    settings, register = house.settings, house.register
    tempo = tempo or Tempo(house.clock)
    url = house_url or settings.public_url or f"http://{settings.host}:{settings.port}"
    secret = signing_secret(settings)
    address = house_url or settings.public_url
    links = LinkTokens(secret, address)
    ladders, seen = LadderBook(house.book.database), CallsSeen()

    def outside() -> Outside:
        return outside_of(settings, lambda: house.clients, ladders, tempo.now, url, seen, callers_of(house.book))

    here, working = outside(), outside()
    terms = Terms(
        instructions_of=lambda client: house.clients.of(client),
        tempo=tempo,
        gives_up_s=settings.delivery_gives_up_h * 3600,
        operator_email=settings.operator_email,
    )
    letters = HouseLetters(
        terms.instructions_of,
        secret.encode(),
        templates_dir=settings.clients_dir / TEMPLATES,
        link=(lambda dispatch, since: links.message_link(dispatch, since=since)) if address else None,
        files=CallFiles(house).attached,
    )
    deliveries = Deliveries(house.book.database, terms, letters, working.senders, working.caller_sms)
    on_call = OnCall(
        house.book,
        register.instructions_of,
        tempo=tempo,
        telephone=working.telephone,
        sms=working.on_call_sms,
        email=working.senders.get(Channel.EMAIL),
        link_of=lambda ladder, contact: links.on_call_link(ladder, contact, since=begun_at(ladder)) if address else "",
        operator_email=settings.operator_email,
        agents_number=settings.agents_number,
        may_connect=lambda call: here.telephone is not None and call.carrier == Twilio.name,
    )
    cards = MessageCards(house, deliveries.desk, ladders)
    door = OnCallHouse(on_call.desk, cards, here.telephone, seen)
    after = AfterCall(house, tempo, deliveries, on_call, here, working, door)
    try:
        yield after
    finally:
        await after.close()
