"""People on call, their telephones and their post: a carrier and channels that play what each person does."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from voicebot.channels.ports import Letter, Ring, Taken
from voicebot.domain.ladder import CallEnd
from voicebot.domain.tempo import Tempo
from voicebot.errors import ChannelError
from voicebot.on_call.desk import Answer, AnsweredBy, OnCallDesk

CODE = re.compile(r"OK (\d{4})")


class Does(StrEnum):
    """What a person does with one call."""

    NOTHING = "nothing"
    """Lets it ring until the carrier gives up."""
    BUSY = "busy"
    VOICEMAIL = "voicemail"
    LISTENS = "listens"
    """Picks up, presses no key."""
    HEARS = "hears"
    """Presses a key, hears the message, decides nothing."""
    TAKES = "takes"
    """1, then says when they will be there."""
    PASSES = "passes"
    CARRIER_SILENT = "carrier_silent"
    """The carrier never says how it ended."""


ETA_MIN = 20
_TO_ANSWER_S = 4.0
_TO_KEY_S = 6.0


@dataclass
class PeoplesTelephones:
    """A channels.ports.Telephone. does: by number, for the first call, the second …; the last one holds for all that follow.

    refuses: raised instead of ringing. rung: every ring, in order. at_once: the most people who were asked together.
    """

    tempo: Tempo
    does: dict[str, tuple[Does, ...]]
    refuses: ChannelError | None = None
    rung: list[Ring] = field(default_factory=list)
    hung_up: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    at_once: int = 0
    desk: OnCallDesk | None = None
    _busy: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    async def ring(self, ring: Ring) -> str:
        if self.refuses is not None:
            raise self.refuses
        self.rung.append(ring)
        carrier_call_id = f"CA-{ring.attempt}"
        does = self.does.get(ring.number, (Does.NOTHING,))
        turn = sum(one.number == ring.number for one in self.rung)
        self._busy[carrier_call_id] = asyncio.create_task(self._play(ring, does[min(turn, len(does)) - 1]))
        self._asked.add(ring.attempt)
        self.at_once = max(self.at_once, len(self._asked))
        return carrier_call_id

    async def rung_before(self, ring: Ring, since: datetime) -> str | None:
        return next((f"CA-{one.attempt}" for one in self.rung if one.attempt == ring.attempt), None)

    async def hang_up(self, carrier_call_id: str) -> None:
        self.hung_up.append(carrier_call_id)
        self._asked.discard(carrier_call_id.removeprefix("CA-"))
        task = self._busy.get(carrier_call_id)
        if task is not None:
            task.cancel()

    async def connect(self, carrier_call_id: str, room: str) -> None:
        raise AssertionError("nobody waits on the line here")

    async def close(self) -> None:
        for task in self._busy.values():
            task.cancel()

    async def _play(self, ring: Ring, does: Does) -> None:
        assert self.desk is not None
        await play(self.desk, self.tempo, ring, does, self.answers.append, self._asked.discard)


async def play(
    desk: OnCallDesk,
    tempo: Tempo,
    ring: Ring,
    does: Does,
    note: Callable[[Answer], None] = lambda _: None,
    lets_go: Callable[[str], None] = lambda _: None,
) -> None:
    """One call as the carrier's webhooks tell it; each is told twice, as carriers do.

    lets_go: told before the webhook after which somebody else may be asked.
    """

    async def after(pause_s: float, told: Callable[[], Coroutine[Any, Any, Any]], *, last: bool = False) -> Any:
        await asyncio.sleep(tempo.real_s(pause_s))
        if last:
            lets_go(ring.attempt)
        await told()
        return await told()

    ends = {Does.NOTHING: CallEnd.NO_ANSWER, Does.BUSY: CallEnd.BUSY}
    if does in ends:
        pause_s = ring.ring_s if does is Does.NOTHING else 1.0
        await after(pause_s, lambda: desk.call_ended(ring.attempt, ends[does]), last=True)
        return
    by = AnsweredBy.MACHINE if does is Does.VOICEMAIL else AnsweredBy.HUMAN
    await after(_TO_ANSWER_S, lambda: desk.answered(ring.attempt, by), last=does is Does.VOICEMAIL)
    if does is Does.CARRIER_SILENT:
        return
    if does in (Does.HEARS, Does.TAKES, Does.PASSES):
        await after(_TO_KEY_S, lambda: desk.heard(ring.attempt))
    if does in (Does.TAKES, Does.PASSES):
        note(await after(_TO_KEY_S, lambda: desk.press(ring.attempt, "1" if does is Does.TAKES else "2"), last=True))
    if does is Does.TAKES:
        await after(_TO_KEY_S, lambda: desk.give_eta(ring.attempt, ETA_MIN))
    await after(_TO_KEY_S, lambda: desk.call_ended(ring.attempt, CallEnd.SILENT), last=True)


@dataclass
class Post:
    """A channels.ports.Sender that keeps its letters. replies: by address, what that person answers to an SMS; {code}.

    fails: raised for every letter. after_s: before somebody replies, of the house's time.
    """

    tempo: Tempo
    replies: dict[str, str] = field(default_factory=dict)
    fails: ChannelError | None = None
    after_s: float = 8.0
    letters: list[Letter] = field(default_factory=list)
    answered: list[str] = field(default_factory=list)
    desk: OnCallDesk | None = None
    _writing: set[asyncio.Task[None]] = field(default_factory=set)

    async def send(self, letter: Letter) -> Taken:
        if self.fails is not None:
            raise self.fails
        self.letters.append(letter)
        code = CODE.search(letter.text)
        if letter.address in self.replies and code:
            body = self.replies[letter.address].format(code=code.group(1))
            task = asyncio.create_task(self._reply(letter.address, body))
            self._writing.add(task)
            task.add_done_callback(self._writing.discard)
        return Taken(f"SM-{len(self.letters)}")

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        return next((Taken("SM-1") for sent in self.letters if sent.id == letter.id), None)

    async def close(self) -> None:
        for task in tuple(self._writing):
            task.cancel()

    def to(self, address: str) -> list[Letter]:
        return [letter for letter in self.letters if letter.address == address]

    async def _reply(self, number: str, body: str) -> None:
        assert self.desk is not None
        await asyncio.sleep(self.tempo.real_s(self.after_s))
        _, answer = await self.desk.by_sms(number, body)
        self.answered.append(answer)
