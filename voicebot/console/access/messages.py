"""Opens messages to a visitor: the only place of the console that reads, changes or exports them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from voicebot.console.access.hourly import NotedHourly
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.agent import User
from voicebot.domain.instructions import Instructions
from voicebot.domain.message_event import MessageEvent
from voicebot.errors import UnknownMessage
from voicebot.store.message_search import Found, MessageSearch, Page, Place, Wanted
from voicebot.store.message_standings import How, MessageStanding, MessageStandings
from voicebot.store.user_book import UserBook


@dataclass(frozen=True, slots=True)
class OpenedMessage:
    """One message in full. events: its history. instructions: what its call obeyed."""

    found: Found
    events: list[MessageEvent]
    instructions: Instructions
    may_change: bool


class MessageDoor:
    """One per process. Every method raises NotAllowed for what its visitor may not do, StoreError.

    A message of a client that the visitor does not cover is for them not there.
    """

    def __init__(self, house: ConsoleHouse) -> None:
        self._house = house
        self._search = MessageSearch(house.book.database)
        self._standings = MessageStandings(house.book.database)
        self._users = UserBook(house.book.database, house.clock)
        self._noted = NotedHourly(house)

    async def page(
        self, visitor: Visitor, wanted: Wanted, size: int, *, after: Place | None = None, before: Place | None = None
    ) -> tuple[Page, int]:
        """One page of what the visitor may see, and how many fit in all (see MOST_COUNTED)."""
        within = self._within(visitor, wanted)
        page = await self._search.page(within, size, after=after, before=before)
        return page, await self._search.count(within)

    async def one(self, visitor: Visitor, call: str) -> OpenedMessage:
        """Raises: UnknownMessage."""
        require(visitor, Kind.MESSAGES)
        found, events = await self._search.one(call)
        if found.call.id != call:
            raise UnknownMessage("A message is opened by its call.")
        client = found.message.client
        require(visitor, Kind.MESSAGES, client=client)
        await self._noted.note(visitor, "opened", Kind.MESSAGES, call, client)
        may_change = visitor.may(Kind.MESSAGES, Deed.CHANGE, client)
        return OpenedMessage(found, events, self._house.instructions_of(found.call), may_change)

    async def handle(self, visitor: Visitor, calls: Sequence[str], how: How, to: str = "") -> dict[str, MessageStanding]:
        """Notes a deed on messages, all or none. to: id of a user. Raises: UnknownMessage; ValueError for nobody known."""
        await self._changeable(visitor, calls)
        if to and to not in {user.id for user in await self.assignees(visitor, calls)}:
            raise ValueError("nobody who may finish these messages has this id")
        return await self._standings.handle(calls, how, visitor.user.id, self._house.clock(), to)

    async def resend(self, visitor: Visitor, call: str, dispatch: str) -> int:
        """Sends one dispatch of a message again, or with dispatch "" its dead letters. Returns: how many are queued.

        Raises: UnknownMessage, also for a dispatch of another message.
        """
        client = (await self._changeable(visitor, [call]))[call]
        found, _ = await self._search.one(call)
        if dispatch and dispatch not in {one.id for one in found.dispatches}:
            raise UnknownMessage("This message has no such dispatch.")
        queued = await self._house.messages.resend(dispatch or call, f"operator:{visitor.user.id}")
        await self._house.audit.note(visitor, "resent", Kind.MESSAGES.value, call, client=client, dispatches=len(queued))
        return len(queued)

    async def export(self, visitor: Visitor, wanted: Wanted) -> list[Found]:
        """Everything that fits and that the visitor may see, newest first. It is noted before it is given."""
        within = self._within(visitor, wanted)
        found = [one async for one in self._search.newest(within)]
        await self._house.audit.note(
            visitor, "exported", Kind.MESSAGES.value, "list", client=wanted.client, messages=len(found)
        )
        return found

    async def assignees(self, visitor: Visitor, calls: Sequence[str]) -> list[User]:
        """Who may finish all of these messages, the visitor first."""
        clients = set((await self._search.clients_of(calls)).values())
        known = [user for user in await self._users.all() if user.active and user.id != visitor.user.id]
        seats = [visitor, *(replace(visitor, user=user) for user in known)]
        return [s.user for s in seats if all(s.may(Kind.MESSAGES, Deed.CHANGE, client) for client in clients)]

    async def names(self) -> dict[str, str]:
        """Names of our people by id, those who left too."""
        return {user.id: user.name for user in await self._users.all()}

    def _within(self, visitor: Visitor, wanted: Wanted) -> Wanted:
        require(visitor, Kind.MESSAGES, client=wanted.client or None)
        return replace(wanted, clients=covered(visitor))

    async def _changeable(self, visitor: Visitor, calls: Sequence[str]) -> dict[str, str]:
        """The client of each call. Raises: UnknownMessage, NotAllowed."""
        clients = await self._search.clients_of(calls)
        for call in calls:
            if call not in clients:
                raise UnknownMessage("There is no such message.")
            require(visitor, Kind.MESSAGES, Deed.CHANGE, clients[call])
        return clients


def covered(visitor: Visitor) -> tuple[str, ...] | None:
    """The clients to whom what a visitor may find is limited; None for those who see all, also clients that left."""
    # An empty list of a client's viewer covers nobody: see User.covers.
    return None if not visitor.user.clients and visitor.user.covers("") else visitor.user.clients
