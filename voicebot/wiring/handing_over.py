"""Handing callers over: the queue, the lines on this floor and agents' telephones, put together for one process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace

import structlog

from voicebot.domain.call import Call
from voicebot.domain.handoff import QueueStanding, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.errors import StoreError
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.ports import AgentTelephone
from voicebot.handoff.telephones import FloorFacts, Telephones
from voicebot.policy.card import card_of
from voicebot.reception.receptionist import Receptionist
from voicebot.store.ladder_book import LadderBook
from voicebot.store.user_book import UserBook
from voicebot.telephony.agent_door import AgentTelephones
from voicebot.telephony.stream_tokens import StreamTokens
from voicebot.voice.live_line import LiveLine
from voicebot.wiring.agents_outside import agent_telephone_of
from voicebot.wiring.call_news import QueueNews
from voicebot.wiring.house import House, signing_secret
from voicebot.wiring.live_floor import LiveFloorHere

_log = structlog.get_logger()


@dataclass(slots=True)
class HandingOver:
    """One per process."""

    house: House
    users: UserBook
    desk: HandoffDesk
    floor: LiveFloorHere
    telephone: AgentTelephone | None
    telephones: Telephones | None

    @property
    def door(self) -> AgentTelephones | None:
        """For the webhooks of agents' calls."""
        return AgentTelephones(self.telephones, self.telephone) if self.telephones and self.telephone else None

    def facilities(self, call: Call, instructions: Instructions, base: Facilities) -> Facilities:
        """What can be done for a call now beyond `base`; a rehearsal reaches our own floor, and no telephone."""
        snapshot, now = self.desk.snapshot(), self.house.clock()
        carrier = "" if call.rehearsal else call.carrier
        there = snapshot.may_transfer(instructions, call.language, now, carrier=carrier)
        return replace(base, transfer=there, callback=True)

    def queue_news(self, receptionist: Receptionist) -> AsyncIterator[QueueStanding]:
        return QueueNews(self.desk).of(receptionist)

    def line_of(self, receptionist: Receptionist) -> Callable[[LiveLine], None]:
        """Told of the line once it is open."""
        return lambda line: self.floor.opened(receptionist, line)

    def line_closed(self, receptionist: Receptionist) -> None:
        self.floor.closed(receptionist.call.id)

    def call_over(self) -> None:
        """A call has ended, and its rows say so: whoever is rung for it is rung no longer."""
        self.desk.wake()

    async def caller_is_back(self, receptionist: Receptionist) -> None:
        """A call is resumed: nobody of ours has the caller any more; what they asked for is known before the first word."""
        try:
            for handoff in await self.desk.of_call(receptionist.call.id):
                over = await self.desk.not_taken(handoff.id, Why.AGENT_LOST) if handoff.status.taken else handoff
                if over.task and receptionist.call.handover.with_taker:
                    await receptionist.give_task(over.task)
        except StoreError as refused:
            _log.error("handoffs of a resumed call not read", call=receptionist.call.id, code=refused.code)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Offers callers to agents while the block runs."""
        stepping = asyncio.create_task(self.desk.step_forever(), name="queue")
        watching = asyncio.create_task(self.telephones.watch(), name="telephones") if self.telephones else None
        try:
            yield
        finally:
            for task in (stepping, watching):
                if task is not None:
                    task.cancel()
                    with suppress(asyncio.CancelledError):
                        await task
            if self.telephones:
                await self.telephones.close()
            await self.desk.close()


def open_handing_over(house: House, house_url: str) -> HandingOver:
    """Args: house_url: our address as carriers reach it."""
    database, settings, clock = house.book.database, house.settings, house.clock
    users, ladders = UserBook(database, clock), LadderBook(database)
    telephone = agent_telephone_of(settings, lambda: house.clients, users.all, ladders, clock, house_url)
    desk = HandoffDesk(database, users.all, lambda client: house.clients.of(client), clock, telephone=telephone)
    floor = LiveFloorHere(desk, StreamTokens(signing_secret(settings)), clock)
    telephones = None
    if telephone is not None:
        facts = FloorFacts(house.book, house.register.instructions_of, users.user, card_of, clock)
        telephones = floor.telephones = Telephones(desk, floor, telephone, facts)
    return HandingOver(house, users, desk, floor, telephone, telephones)
