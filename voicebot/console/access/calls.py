"""Opens calls that are over to a visitor: the only place of the console that reads the archive."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path

from voicebot.call_file.folder import TIMELINE
from voicebot.call_file.peaks import Peaks, peaks_of
from voicebot.console.access.audio import may_hear, why_silent
from voicebot.console.access.hourly import NotedHourly
from voicebot.console.access.messages import covered
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Kind, Visitor, require
from voicebot.domain.instructions import Instructions
from voicebot.store.call_search import CallPage, CallSearch, WantedCalls, WholeCall
from voicebot.store.message_search import Place
from voicebot.store.user_book import UserBook


@dataclass(frozen=True, slots=True)
class OpenedCall:
    """One call in full. silent: why nothing can be heard, "" when it can: refused, off, deleted (see why_silent), or
    "forbidden": there is a recording, and this visitor may not hear it. timeline: path of the drawing, None without one.
    """

    whole: WholeCall
    instructions: Instructions
    silent: str
    timeline: Path | None


class CallDoor:
    """One per process. Every method raises NotAllowed for what its visitor may not see, StoreError.

    A call of a client that the visitor does not cover is for them not there.
    """

    def __init__(self, house: ConsoleHouse) -> None:
        self._house = house
        self._search = CallSearch(house.book.database)
        self._users = UserBook(house.book.database, house.clock)
        self._noted = NotedHourly(house)

    async def page(
        self, visitor: Visitor, wanted: WantedCalls, size: int, *, after: Place | None = None, before: Place | None = None
    ) -> tuple[CallPage, int]:
        """One page of what the visitor may see, and how many fit in all (see MOST_COUNTED)."""
        require(visitor, Kind.CALLS, client=wanted.client or None)
        within = replace(wanted, clients=covered(visitor))
        return await self._search.page(within, size, after=after, before=before), await self._search.count(within)

    async def one(self, visitor: Visitor, call_id: str) -> OpenedCall:
        """Raises: UnknownCall."""
        require(visitor, Kind.CALLS)
        whole = await self._search.whole(call_id)
        call = whole.call
        require(visitor, Kind.CALLS, client=call.client)
        await self._noted.note(visitor, "opened", Kind.CALLS, call.id, call.client)
        instructions = self._house.instructions_of(call)
        silent = why_silent(self._house, call, instructions)
        if not silent and not may_hear(visitor, instructions, call):
            silent = "forbidden"
        timeline = self._house.call_folder(call) / TIMELINE
        return OpenedCall(whole, instructions, silent, timeline if timeline.exists() else None)

    async def shape(self, visitor: Visitor, call_id: str, columns: int) -> Peaks:
        """Who was loud when; nothing can be heard from it. Raises: UnknownCall, NoSound."""
        return await asyncio.to_thread(peaks_of, await self._folder(visitor, call_id), columns)

    async def timeline(self, visitor: Visitor, call_id: str) -> bytes | None:
        """The drawing of who spoke when, None when nothing was timed. Raises: UnknownCall."""
        drawing = await self._folder(visitor, call_id) / TIMELINE
        return await asyncio.to_thread(drawing.read_bytes) if drawing.exists() else None

    async def names(self) -> dict[str, str]:
        """Names of our people by id, those who left too."""
        return {user.id: user.name for user in await self._users.all()}

    async def _folder(self, visitor: Visitor, call_id: str) -> Path:
        require(visitor, Kind.CALLS)
        call = await self._house.book.call(call_id)
        require(visitor, Kind.CALLS, client=call.client)
        return self._house.call_folder(call)
