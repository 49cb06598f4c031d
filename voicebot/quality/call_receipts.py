"""What the record of one call holds: the sentences that were really spoken, and the receipts that may stand behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from voicebot.domain.call import Call
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.work import WorkKind
from voicebot.quality.commitments import REPEAT

CLOCKS_DIFFER = timedelta(seconds=2)
"""Receipts are written by other processes, perhaps on other machines."""

_ON_ITS_WAY = frozenset({"sent", "delivered", "read"})


@dataclass(frozen=True, slots=True)
class SpokenWords:
    """One sentence that was heard, at least in part. number: of its event. phrase: of the first time, when repeated."""

    id: str
    number: int
    at: datetime
    text: str
    phrase: str


@dataclass(frozen=True, slots=True)
class CallRecord:
    """Everything that is known of one call. work: ids of the durable work that was enqueued for it."""

    call: Call
    message: Message | None
    events: tuple[CallEvent, ...]
    after_call: tuple[MessageEvent, ...] = ()
    work: frozenset[str] = frozenset()

    def spoken(self) -> tuple[SpokenWords, ...]:
        """Sentences in order, without those of which the line tells that nothing was heard."""
        played = {e.data["sentence"]: e.data["played"] for e in self.events if e.kind is EventKind.SENTENCE_PLAYED}
        said: list[SpokenWords] = []
        for event in self.events:
            if event.kind is EventKind.RECEPTIONIST_SAYS and played.get(event.data["sentence"]) != "none":
                data = event.data
                words = SpokenWords(data["sentence"], event.number, event.at, data["text"], data["phrase"])
                said.append(_as_at_first(words, said))
        return tuple(said)

    def told_before(self, kind: EventKind, number: int) -> list[dict[str, Any]]:
        """data of the call's events of this kind before event `number`, the last one last."""
        return [e.data for e in self.events if e.kind is kind and e.number < number]

    def decided_before(self, number: int, action: str) -> list[dict[str, Any]]:
        """Decisions of this action before event `number`."""
        turns = self.told_before(EventKind.DECIDED, number)
        return [decision for turn in turns for decision in turn["decisions"] if decision["action"] == action]

    def happened(self, kind: MessageEventKind, until: datetime | None = None) -> list[MessageEvent]:
        """What happened to the message; until: only what stood by that moment."""
        return [e for e in self.after_call if e.kind is kind and (until is None or e.at <= until + CLOCKS_DIFFER)]

    def ladder_alarms(self, until: datetime | None = None) -> bool:
        return any(e.data["ladder"] for e in self.happened(MessageEventKind.ALARM_RAISED, until))

    def has_work(self, kind: WorkKind) -> bool:
        part = {WorkKind.DELIVER: "-deliver-", WorkKind.WAKE: "-on-call", WorkKind.TEXT_CALLER: "-text-"}[kind]
        return any(part in work for work in self.work)

    @property
    def dispatches(self) -> frozenset[str]:
        return frozenset(e.data["dispatch"] for e in self.happened(MessageEventKind.DISPATCH_QUEUED))

    @property
    def on_their_way(self) -> frozenset[str]:
        """Dispatches that a channel took."""
        told = [e for e in self.happened(MessageEventKind.DISPATCH_STATUS) if e.data["status"] in _ON_ITS_WAY]
        tried = [e for e in self.happened(MessageEventKind.DISPATCH_TRIED) if not e.data["trouble"]]
        return frozenset(e.data["dispatch"] for e in (*told, *tried))

    @property
    def dead(self) -> frozenset[str]:
        """Dispatches that were given up, and that no other one replaces."""
        failed = {e.data["dispatch"] for e in self.happened(MessageEventKind.DISPATCH_FAILED) if not e.data["fallback"]}
        resent = {e.data["dispatch"] for e in self.happened(MessageEventKind.DISPATCH_RESENT)}
        return frozenset(failed - resent) - self.on_their_way

    @property
    def last_due(self) -> datetime | None:
        """When the last of the message's dispatches was due; None while none is queued."""
        due = (e.data["due_at"] for e in self.happened(MessageEventKind.DISPATCH_QUEUED))
        moments = [datetime.fromisoformat(at) if isinstance(at, str) else at for at in due]
        return max(moments, default=None)


def _as_at_first(words: SpokenWords, said: Iterable[SpokenWords]) -> SpokenWords:
    if words.phrase != REPEAT:
        return words
    first = next((earlier.phrase for earlier in said if earlier.text == words.text), REPEAT)
    return replace(words, phrase=first)
