"""What the pages stand on: books, desks and ports, built by wiring."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.client_file import ClientFile
from voicebot.clients.directory import Clients
from voicebot.clients.publishing import ClientCheck, check_by_itself
from voicebot.console.scope import Visitor
from voicebot.domain.call import Call
from voicebot.domain.events import CallEvent
from voicebot.domain.instructions import Instructions
from voicebot.domain.replay import ReplayReport
from voicebot.handoff.ports import AgentsDesk, LiveFloor
from voicebot.messages.desk import DeliveryDesk
from voicebot.reception.live_calls import LiveCalls
from voicebot.settings import Settings
from voicebot.store.call_book import CallBook


class Audit(Protocol):
    """Who saw, heard or changed what (voicebot.store.audit_book)."""

    async def note(self, visitor: Visitor, deed: str, kind: str, subject: str, *, client: str = "", **more: Any) -> None:
        """One entry. deed: "listened", "opened", "changed", …; subject: id of what it is about. Raises: StoreError."""
        ...


class DraftReplay(Protocol):
    """Past calls of a client under a draft of its instructions (voicebot.quality.replaying, put here by wiring)."""

    async def __call__(
        self, draft: ClientFile, most: int, progress: Callable[[int, int], None] = lambda _done, _of: None
    ) -> ReplayReport:
        """Replays the newest `most` calls under the instructions in force and under the draft. May be cancelled.

        Args:
            progress: told how many are done, of how many.
        Raises: StoreError.
        """
        ...


@dataclass(frozen=True, slots=True)
class ConsoleHouse:
    """One per process.

    clients: those in force now. instructions_of: what a call obeyed (raises UnknownClient). call_folder: where it left its
    files.
    clients_dir: where client files are written to publish them. read_clients_again: lets new calls obey what was published.
    """

    settings: Settings
    book: CallBook
    agents: AgentsDesk
    floor: LiveFloor
    live: LiveCalls
    messages: DeliveryDesk
    audit: Audit
    clients: Callable[[], Clients]
    instructions_of: Callable[[Call], Instructions]
    archive: InstructionsArchive
    clients_dir: Path
    read_clients_again: Callable[[], Awaitable[None]]
    call_folder: Callable[[Call], Path]
    clock: Callable[[], datetime]
    watch: Callable[[Callable[[str, CallEvent], None]], None]
    """Shows every event of every call of this process to a watcher that returns at once."""
    check: ClientCheck = check_by_itself
    """All that `voicebot clients check` finds in a draft (voicebot.wiring.client_check)."""
    replay: DraftReplay | None = None
    """None where no past calls can be replayed."""

    def known_clients(self) -> tuple[str, ...]:
        return tuple(sorted(self.clients().instructions))
