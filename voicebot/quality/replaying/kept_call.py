"""A call book of one call in memory: what a replay leaves is read once and never kept."""

from __future__ import annotations

from collections.abc import Sequence

from voicebot.domain.call import Call
from voicebot.domain.callback import Callback
from voicebot.domain.events import CallEvent
from voicebot.domain.handoff import Handoff
from voicebot.domain.message import Message
from voicebot.domain.work import Work
from voicebot.quality.call_receipts import CallRecord
from voicebot.store.call_book import CallBook


class KeptCall(CallBook):
    """Takes what a journal saves; has no database. A call that ends without a message leaves no draft, as in the store."""

    def __init__(self) -> None:
        self.events_saved: list[CallEvent] = []
        self._call: Call | None = None
        self._message: Message | None = None
        self._work: set[str] = set()

    async def save(
        self,
        call: Call,
        events: Sequence[CallEvent],
        message: Message | None = None,
        work: Sequence[Work] = (),
        queued: Sequence[Handoff | Callback] = (),
    ) -> None:
        del queued
        self.events_saved += events
        self._call = call
        self._work |= {one.id for one in work}
        if message is not None or call.ended is not None:
            self._message = message

    @property
    def record(self) -> CallRecord:
        """What is kept of the call. Raises: RuntimeError before the first save."""
        if self._call is None:
            raise RuntimeError("nothing was saved yet")
        return CallRecord(self._call, self._message, tuple(self.events_saved), (), frozenset(self._work))
