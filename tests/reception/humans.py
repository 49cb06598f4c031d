"""A call with a scripted caller and a queue that the test moves: for what is said and done around a human."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes.scripted_understanding import ScriptedUnderstanding
from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import Act
from voicebot.domain.agent import AgentWay
from voicebot.domain.call import Call
from voicebot.domain.handoff import Handoff, HandoffStatus, QueueStanding, Taker, Why
from voicebot.domain.language import Language
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Heard, Reply
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook
from voicebot.store.handoff_rows import read_handoffs
from voicebot.store.tables import handoffs
from voicebot.understanding.rules import Rules

CLIENT = Path(__file__).parents[2] / "client_configs" / "chauffage-morel.yaml"
DAY = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
MOBILE = "+33639981234"
CAN = Facilities(transfer=True, on_call=True, connect=True, texts=True, callback=True)
CLAIRE = Taker("claire.petit", "Claire Petit")
BY_PHONE = Taker("morel", "Monsieur Morel", AgentWay.PHONE)
FIRST = "c1-handoff-1"


@dataclass
class Clock:
    now: datetime = DAY

    def __call__(self) -> datetime:
        return self.now

    def passes(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


@dataclass
class OnTheLine:
    """One call. can: what the house can do now."""

    receptionist: Receptionist
    book: CallBook
    clock: Clock
    can: Facilities = field(default=CAN)

    @property
    def call(self) -> Call:
        return self.receptionist.call

    async def say(self, words: str = "…") -> list[str]:
        self.clock.passes(2)
        return texts(await self.receptionist.hear(Heard(words)))

    async def queue(self, position: int, *, ringing: bool = False, after_s: float = 0.0, **other: Any) -> list[str]:
        """The queue tells how the call stands, `after_s` later."""
        self.clock.passes(after_s)
        since = self.call.handover.queued_at or self.clock.now
        status = HandoffStatus.RINGING if ringing else HandoffStatus.WAITING
        waited_s = (self.clock.now - since).total_seconds()
        handoff = f"{self.call.id}-handoff-{self.call.handover.handoffs}"
        standing = QueueStanding(handoff, status, position, waited_s, 2)
        return texts(await self.receptionist.hear_queue(replace(standing, **other)))

    async def overflow(self, why: Why = Why.MAX_WAIT) -> list[str]:
        return await self.queue(1, status=HandoffStatus.OVERFLOWED, why=why)

    async def rows(self) -> list[Handoff]:
        return await self.book.database.read(lambda connection: read_handoffs(connection, handoffs.c.call == self.call.id))


def on_the_line(
    book: CallBook,
    turns: Sequence[Sequence[Act]] | None = None,
    *,
    can: Facilities = CAN,
    client: Path = CLIENT,
    language: Language = Language.FRENCH,
    number: str = MOBILE,
    rehearsal: bool = False,
) -> OnTheLine:
    """turns: acts of the caller's turns in order; None lets the built-in rules read their words."""
    instructions, clock = read_client_file(client), Clock()
    call = Call("c1", instructions.id, 1, number, "", DAY, language, rehearsal=rehearsal)
    understanding = Rules() if turns is None else ScriptedUnderstanding([tuple(acts) for acts in turns])
    line = OnTheLine(None, book, clock, can)  # type: ignore[arg-type] - the next line has it
    journal = Journal(book, clock, lambda _c, _e: None)
    line.receptionist = Receptionist(call, instructions, understanding, journal, clock, facilities=lambda: line.can)
    return line


async def waiting(book: CallBook, **how: Any) -> OnTheLine:
    """A caller who asked for a human and waits; the built-in rules read what they say."""
    line = on_the_line(book, **how)
    await line.receptionist.pick_up()
    await line.say("I would like to talk to someone" if how.get("language") else "je voudrais parler à un conseiller")
    return line


def texts(reply: Reply | None) -> list[str]:
    return [s.text for s in reply.sentences] if reply else []
