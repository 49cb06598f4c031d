"""A client file's own examples, played through the real receptionist: with a store and a clock of their own."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from voicebot.clients.client_file import ClientFile
from voicebot.domain.call import Call, EndReason
from voicebot.domain.events import CallEvent
from voicebot.domain.examples import Example
from voicebot.domain.hours import WEEKDAYS
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.quality.example_judgement import Unmet, unmet
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook
from voicebot.understanding.ports import Understanding

TURN = timedelta(seconds=6)
"""Time that one turn takes on the example's clock."""
AFTER_OPENING = timedelta(hours=1)
SEARCHED = timedelta(days=62)
SILENCE = "/silence"
KEYS = "/keys"


@dataclass(frozen=True, slots=True)
class Played:
    """What a played example left. number: its place in the file, from 0. unmet: expectations that failed."""

    number: int
    example: Example
    at: datetime
    call: Call
    message: Message | None
    events: tuple[CallEvent, ...]
    unmet: tuple[Unmet, ...]

    @property
    def path(self) -> str:
        return f"examples[{self.number}]"


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


async def play_examples(file: ClientFile, understanding: Understanding) -> list[Played]:
    """Plays every example of a file. Takes a few milliseconds per turn. Raises: StoreError."""
    instructions = file.instructions
    async with _book() as book:
        return [await _play(n, e, instructions, understanding, book) for n, e in enumerate(instructions.examples)]


@asynccontextmanager
async def _book() -> AsyncIterator[CallBook]:
    with tempfile.TemporaryDirectory(prefix="voicebot-examples-") as folder:
        book = await CallBook.open(f"sqlite+aiosqlite:///{Path(folder) / 'calls.db'}", reserve_bytes=4096)
        try:
            yield book
        finally:
            await book.close()


async def _play(
    number: int, example: Example, instructions: Instructions, understanding: Understanding, book: CallBook
) -> Played:
    at = moment_of(example, instructions)
    clock, call_id = _Clock(at), f"example-{number}"
    call = Call(
        call_id,
        instructions.id,
        instructions.version,
        example.caller,
        "",
        at,
        instructions.language,
        carrier_call_id=call_id,
    )
    receptionist = Receptionist(call, instructions, understanding, Journal(book, clock, lambda _c, _e: None), clock)
    reply: Reply | None = await receptionist.pick_up()
    unheard: tuple[str, ...] = ()
    for place, words in enumerate(example.say):
        if reply and reply.then is Then.HANG_UP:
            unheard = example.say[place:]
            break
        clock.now += TURN
        reply = await say(receptionist, words) or reply
    took_leave = bool(reply and reply.then is Then.HANG_UP)
    await receptionist.hang_up((reply.ending if reply else None) or EndReason.CALLER_HUNG_UP)
    events, message = tuple(await book.events(call_id)), await book.message(call_id)
    failed = unmet(example.then, receptionist.call, message, events, took_leave=took_leave, unheard=unheard)
    return Played(number, example, at, receptionist.call, message, events, failed)


async def say(receptionist: Receptionist, words: str) -> Reply | None:
    """One turn of an example: words, "/silence", or "/keys 0612…"."""
    if words.strip() == SILENCE:
        return await receptionist.hear_silence(receptionist.silence_limit_s)
    if words.startswith(KEYS):
        keys = "".join(key for key in words.removeprefix(KEYS) if key in "0123456789*#")
        return await receptionist.hear_keys(keys) or await receptionist.keys_paused()
    return await receptionist.hear(Heard(words))


def moment_of(example: Example, instructions: Instructions) -> datetime:
    """When an example happens (UTC): its own time, else a working day in hours."""
    if example.at:
        local = datetime.fromisoformat(example.at).replace(tzinfo=instructions.identity.zone)
        return local.astimezone(UTC)
    return working_hour(instructions)


def working_hour(instructions: Instructions) -> datetime:
    """An hour after the first opening of the first working day on which the file and its roster hold (UTC).

    It follows from the file alone, so that an example gives the same today and next year.
    """
    first = instructions.valid_from
    if instructions.on_call and instructions.on_call.shifts:
        first = max(first, min(shift.begins for shift in instructions.on_call.shifts).date())
    opening = next(_openings(instructions, first), datetime.combine(first, time(10)))
    return (opening.replace(tzinfo=instructions.identity.zone) + AFTER_OPENING).astimezone(UTC)


def _openings(instructions: Instructions, first: date) -> Iterator[datetime]:
    hours = instructions.hours
    for days in range(SEARCHED.days):
        day = first + timedelta(days=days)
        slots = hours.slots_on(day)
        if day.weekday() < WEEKDAYS.index("saturday") and slots:
            yield datetime.combine(day, slots[0].opens)
