"""The only place where the console reads the queue, its cards and callbacks: each visitor gets those of their clients."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from voicebot.console.event_stream import Bells
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.agent import AgentState, Presence, User
from voicebot.domain.call import Call
from voicebot.domain.callback import Callback
from voicebot.domain.card import Card, Correction, card_json
from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.events import CallEvent
from voicebot.domain.handoff import Handoff, HandoffRules
from voicebot.domain.instructions import Instructions
from voicebot.errors import HandoffRefused, NotAllowed, UnknownClient, UnknownHandoff
from voicebot.policy.card import card_of
from voicebot.store.correction_book import CorrectionBook
from voicebot.store.user_book import UserBook

NAMES_FOR_S = 30.0
"""Time for which the names of users are remembered."""
_MOST_CALLBACKS = 1000


@dataclass(frozen=True, slots=True)
class Standing:
    """The desk as last read, of all clients. callbacks: those that are not done, and the newest done ones after them."""

    queue: tuple[Handoff, ...]
    presences: dict[str, Presence]
    callbacks: tuple[Callback, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """The desk as one visitor may see it. wrap_up_until: when the next call may come, None while nothing is wrapped up."""

    presence: Presence | None
    queue: tuple[Handoff, ...]
    colleagues: tuple[Presence, ...]
    callbacks: tuple[Callback, ...]
    wrap_up_s: int


class QueueAccess:
    """Opens Kind.QUEUE. One per process: the rows are read once for all open pages after each change."""

    def __init__(self, house: ConsoleHouse, bells: Bells) -> None:
        self._house = house
        self._bells = bells
        self._corrections = CorrectionBook(house.book.database)
        self._users = UserBook(house.book.database)
        self._reading = asyncio.Lock()
        self._standing: tuple[int, Standing] | None = None
        self._known: tuple[datetime, dict[str, User]] | None = None

    async def desk(self, visitor: Visitor) -> Seen:
        require(visitor, Kind.QUEUE)
        standing = await self._read()
        presence = standing.presences.get(visitor.user.id)
        mine = await self._of_presence(presence)
        people = await self._people()
        rules = self._instructions(mine.client).handoff if mine else HandoffRules()
        return Seen(
            presence,
            tuple(one for one in standing.queue if visitor.may(Kind.QUEUE, client=one.client)),
            tuple(one for one in standing.presences.values() if _beside(people.get(one.agent), visitor)),
            tuple(one for one in standing.callbacks if visitor.may(Kind.QUEUE, client=one.client)),
            rules.wrap_up_s,
        )

    async def handoff(self, visitor: Visitor, handoff_id: str, deed: Deed = Deed.SEE) -> Handoff:
        """Raises: UnknownHandoff, NotAllowed."""
        found = await self._house.agents.handoff(handoff_id)
        require(visitor, Kind.QUEUE, deed, found.client)
        return found

    async def mine(self, visitor: Visitor, handoff_id: str) -> Handoff:
        """One whose caller this visitor has now. Raises: UnknownHandoff, NotAllowed, HandoffRefused (not_yours)."""
        found = await self.handoff(visitor, handoff_id, Deed.CHANGE)
        if found.taker is None or found.taker.id != visitor.user.id or not found.status.taken:
            raise HandoffRefused("not_yours", f"Handoff {handoff_id} is not with {visitor.user.id}.")
        return found

    async def callback(self, visitor: Visitor, callback_id: str) -> Callback:
        """Raises: UnknownHandoff, NotAllowed."""
        agents = self._house.agents
        for done in (False, True):
            for one in await agents.callbacks(done=done, limit=_MOST_CALLBACKS):
                if one.id == callback_id:
                    require(visitor, Kind.QUEUE, Deed.CHANGE, one.client)
                    return one
        raise UnknownHandoff(f'No callback has the id "{callback_id}".')

    async def call(self, visitor: Visitor, call_id: str, deed: Deed = Deed.SEE) -> Call:
        """Raises: UnknownCall, NotAllowed."""
        call = await self._house.book.call(call_id)
        require(visitor, Kind.QUEUE, deed, call.client)
        return call

    async def card(self, visitor: Visitor, call_id: str) -> tuple[Card, list[CallEvent], Instructions]:
        """The card of a call, the events it was made from, and what the call obeys. Raises: UnknownCall, NotAllowed."""
        call = await self.call(visitor, call_id)
        events = await self._house.book.events(call_id)
        corrections = await self._corrections.of_call(call_id)
        instructions = self._house.instructions_of(call)
        return card_of(call, events, instructions, self._house.clock(), corrections), events, instructions

    async def as_shown(self, card: Card) -> dict[str, Any]:
        """The card as JSON, with names of our users where it has their ids."""
        names = await self.names()
        shown = card_json.dump_python(card, mode="json")
        for line in shown["lines"]:
            line["corrected_by"] = names.get(line["corrected_by"], line["corrected_by"])
        return shown

    async def correct(self, visitor: Visitor, call_id: str, detail: str, now: str) -> Correction:
        """Keeps what an agent wrote instead of a detail. Raises: UnknownCall, NotAllowed (the client has no such detail)."""
        call = await self.call(visitor, call_id, Deed.CHANGE)
        card, _, instructions = await self.card(visitor, call_id)
        if detail not in HOUSE_DETAILS and instructions.detail(detail) is None:
            raise NotAllowed(f"Client {call.client} has no such detail.")
        was = next((line.value for line in card.lines if line.detail == detail), "")
        correction = Correction(detail, was, now, visitor.user.id, self._house.clock())
        await self._corrections.add(call_id, call.client, correction)
        await self._house.audit.note(visitor, "corrected", Kind.QUEUE.value, f"{call_id}:{detail}", client=call.client)
        self._bells.ring(call_id)
        return correction

    async def names(self) -> dict[str, str]:
        """Names of users by id."""
        return {user.id: user.name for user in (await self._people()).values()}

    def client_name(self, client: str) -> str:
        try:
            return self._house.clients().of(client).identity.name
        except UnknownClient:
            return client

    def _instructions(self, client: str) -> Instructions:
        return self._house.clients().of(client)

    async def _of_presence(self, presence: Presence | None) -> Handoff | None:
        if presence is None or not presence.handoff or presence.state is not AgentState.WRAP_UP:
            return None
        handoff = await self._house.agents.handoff(presence.handoff)
        return handoff if handoff.client in self._house.known_clients() else None

    async def _people(self) -> dict[str, User]:
        now = self._house.clock()
        if self._known is None or (now - self._known[0]).total_seconds() > NAMES_FOR_S:
            self._known = (now, {user.id: user for user in await self._users.all()})
        return self._known[1]

    async def _read(self) -> Standing:
        async with self._reading:
            version = self._bells.version
            if self._standing is None or self._standing[0] != version:
                self._standing = (version, await self._read_rows())
            return self._standing[1]

    async def _read_rows(self) -> Standing:
        agents = self._house.agents
        queue, presences, callbacks, done = await asyncio.gather(
            agents.queue(), agents.presences(), agents.callbacks(), agents.callbacks(done=True, limit=10)
        )
        ordered: Sequence[Callback] = [*callbacks, *(one for one in done if one not in callbacks)]
        return Standing(tuple(queue), {one.agent: one for one in presences}, tuple(ordered))


def _beside(colleague: User | None, visitor: Visitor) -> bool:
    """Do both take calls of one client? Who works for whom is not told across clients."""
    if colleague is None or colleague.id == visitor.user.id:
        return False
    mine, theirs = visitor.user.clients, colleague.clients
    return not mine or not theirs or bool(set(mine) & set(theirs))
