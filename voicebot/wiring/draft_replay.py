"""Past calls under a draft of a client's instructions, for the console: in a process of its own, at the lowest priority."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from threading import Event

from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.client_file import ClientFile
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.replay import ReplayReport
from voicebot.quality.records.store_calls import Shelf, Wanted, read_store
from voicebot.quality.records.transcript import Transcript
from voicebot.quality.replaying.gather import Gathered, gather, versions_of
from voicebot.quality.replaying.replay_calls import replay_on_cores
from voicebot.wiring.house import House, archive_of

JOBS = 1
"""One process, niced: live audio of this machine keeps its cores."""


class ReplayDrafts:
    """A voicebot.console.house.DraftReplay over the house's own store and archive."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._archive = InstructionsArchive(archive_of(house.settings))

    async def __call__(
        self, draft: ClientFile, most: int, progress: Callable[[int, int], None] = lambda _done, _of: None
    ) -> ReplayReport:
        """See DraftReplay. A cancelled replay stops after the calls that its process has in hand."""
        wanted = Wanted(client=draft.instructions.id, newest=most)
        found = [transcript async for transcript in read_store(Shelf(self._house.book), wanted)]
        gathered = await asyncio.to_thread(self._gathered, found, draft)
        progress(0, len(gathered.task.calls))
        cancelled = Event()
        work = asyncio.ensure_future(asyncio.to_thread(_replay, gathered, progress, cancelled))
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            cancelled.set()
            await asyncio.wait([work])
            raise

    def _gathered(self, found: list[Transcript], draft: ClientFile) -> Gathered:
        in_force = self._house.clients.files.get(draft.instructions.id, draft)
        version_of = versions_of(self._archive, in_force)
        return gather(found, draft, version_of, can=self._can(found, draft))

    def _can(self, found: list[Transcript], draft: ClientFile) -> Facilities:
        """What the house can do for the newest call's like, now."""
        newest = next((transcript.record.call for transcript in found if transcript.record), None)
        return self._house.facilities(newest, draft.instructions) if newest else ONLY_MESSAGES


def _replay(gathered: Gathered, progress: Callable[[int, int], None], cancelled: Event) -> ReplayReport:
    outcomes = replay_on_cores(gathered.task, JOBS, progress, cancelled=cancelled, politely=True)
    return outcomes.report(gathered.skipped, gathered.assumed)
