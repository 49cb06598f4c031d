"""Replays past calls under a draft for whoever may publish it: in the background, bounded, noted like the archive."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

import structlog

from voicebot.clients.client_file import ClientFile
from voicebot.console.access.clients import read_draft
from voicebot.console.access.hourly import NotedHourly
from voicebot.console.house import ConsoleHouse, DraftReplay
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.replay import ReplayReport
from voicebot.errors import StoreError

MOST_CALLS = 200
"""The newest of the client's calls; by rules this takes a few seconds on one core."""
MOST_S = 120.0
"""After which a replay is given up: it must not hold a publication back for ever."""
AT_ONCE = 1
"""Replays of one process at a time; others wait their turn within their own time."""
KEPT = timedelta(minutes=10)
"""A report holds what callers said: it is forgotten when nobody can be reading it any more."""

_log = structlog.get_logger()


class ReplayState(StrEnum):
    NONE = "none"
    """Nothing was begun, or it was cancelled, or forgotten."""
    UNAVAILABLE = "unavailable"
    """This house has no past calls that can be replayed."""
    RUNNING = "running"
    READY = "ready"
    FAILED = "failed"
    """It took too long, or the store refused."""


@dataclass(slots=True)
class Replaying:
    """One replay of one visitor. done, of: calls, for progress. file: the draft."""

    file: ClientFile | None = None
    state: ReplayState = ReplayState.NONE
    done: int = 0
    of: int = 0
    report: ReplayReport | None = None
    until: datetime | None = None
    task: asyncio.Task[None] | None = field(default=None, repr=False)

    def progress(self, done: int, of: int) -> None:
        self.done, self.of = done, of


class Replays:
    """One per process. Every method raises NotAllowed for visitors who may not publish this client or not see its calls."""

    def __init__(self, house: ConsoleHouse) -> None:
        self._house = house
        self._noted = NotedHourly(house)
        self._going: dict[tuple[str, str], Replaying] = {}
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def begin(self, visitor: Visitor, client: str, text: str) -> Replaying:
        """Begins to replay under a draft; one that this visitor had begun for the same client is cancelled.

        Raises: UnknownClient, InstructionsError with the draft's problems, StoreError.
        """
        _may(visitor, client)
        file = await asyncio.to_thread(read_draft, self._house, visitor, client, text)
        await self.cancel(visitor, client)
        replay = self._house.replay
        if replay is None:
            return Replaying(file, ReplayState.UNAVAILABLE)
        await self._house.audit.note(visitor, "replayed", Kind.CALLS.value, client, client=client, draft=file.digest)
        going = Replaying(file, ReplayState.RUNNING)
        self._going[(visitor.user.id, client)] = going
        going.task = asyncio.create_task(self._run(replay, file, going))
        return going

    async def state(self, visitor: Visitor, client: str) -> Replaying:
        """How it stands. The calls whose words a report shows are noted as opened. Raises: StoreError."""
        _may(visitor, client)
        self._forget()
        going = self._going.get((visitor.user.id, client), Replaying())
        for call in going.report.flipped if going.report else ():
            await self._noted.note(visitor, "opened", Kind.CALLS, call.call, client)
        return going

    async def cancel(self, visitor: Visitor, client: str) -> None:
        _may(visitor, client)
        going = self._going.pop((visitor.user.id, client), None)
        if going is not None and going.task is not None and not going.task.done():
            going.task.cancel()
            with suppress(asyncio.CancelledError):
                await going.task

    async def _run(self, replay: DraftReplay, file: ClientFile, going: Replaying) -> None:
        try:
            async with asyncio.timeout(MOST_S), self._turn:
                going.report = await replay(file, MOST_CALLS, going.progress)
                going.state = ReplayState.READY
        except TimeoutError:
            going.state = ReplayState.FAILED
            _log.warning("replay took too long", client=file.instructions.id, done=going.done, of=going.of)
        except StoreError as refused:
            going.state = ReplayState.FAILED
            _log.error("replay failed", client=file.instructions.id, code=refused.code, remedy=refused.remedy)
        finally:
            going.until = self._house.clock() + KEPT

    def _forget(self) -> None:
        now = self._house.clock()
        over = [who for who, going in self._going.items() if going.until is not None and going.until < now]
        for who in over:
            del self._going[who]


def _may(visitor: Visitor, client: str) -> None:
    require(visitor, Kind.CLIENTS, Deed.CHANGE, client)
    require(visitor, Kind.CALLS, Deed.SEE, client)
