"""Whole calls by text through the real receptionist, on a clock and a store of their own, judged by facts."""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from voicebot.clients.directory import Clients
from voicebot.domain.call import Awaited, Call, EndReason, Expectation
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.orientation import Facilities
from voicebot.domain.speaking import Reply, Then
from voicebot.errors import EvalFileError
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.client_examples import say
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.conversation_file import Conversation, WrittenConversation, read_conversations
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.judging.verdict import Verdict
from voicebot.quality.records.our_calls import transcript_of
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook
from voicebot.understanding.ports import Understanding

TURN = timedelta(seconds=6)
"""Time that one turn takes on the call's clock."""
MOST_TURNS = 40
"""Caller turns after which a call is given up as one that never ends."""
ASKED_TWICE = frozenset({"questions.asked_twice", "questions.asked_too_often"})
HANG_UP, NOBODY_ANSWERS = "/hang-up", "/nobody-answers"
TRANSFER, WAITING, SILENCE = "transfer", "waiting", "/silence"

_ANSWERS = {
    Language.FRENCH: {
        "confirmation": "oui c'est ça",
        "anything_else": "non merci au revoir",
        "stay": "non merci",
        "": "je ne sais pas",
    },
    Language.ENGLISH: {
        "confirmation": "yes that's right",
        "anything_else": "no thank you goodbye",
        "stay": "no thank you",
        "": "i don't know",
    },
}
"""What a caller says when the file has no answer (or no more) to what is asked."""

House = Callable[[Receptionist], Awaitable[Reply | None]]
"""What happens outside the call after each of its turns: what the caller hears of it, or None."""


@dataclass(frozen=True, slots=True)
class HeldCall:
    """caller_turns: silences and keys included. unheard: first lines that came after its end."""

    record: CallRecord
    caller_turns: int
    unheard: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class JudgedCall:
    """written: the call as labelled. wrong: verdicts that do not hold. transcript: a line per event that a reader wants."""

    written: WrittenConversation
    wrong: tuple[Verdict, ...]
    transcript: tuple[str, ...]
    caller_turns: int

    @property
    def right(self) -> bool:
        return not self.wrong


@dataclass(frozen=True, slots=True)
class ConversationReport:
    """Every judged call, in the order of the files."""

    calls: tuple[JudgedCall, ...]

    @property
    def right(self) -> Rate:
        return Rate(sum(c.right for c in self.calls), len(self.calls))

    @property
    def asked_twice(self) -> int:
        """Questions put although the answer had been given, or more often than allowed, in all calls."""
        return sum(w.check in ASKED_TWICE for c in self.calls for w in c.wrong)

    @property
    def by_client(self) -> dict[str, Rate]:
        return self._rates(lambda call: call.written.client)

    @property
    def by_language(self) -> dict[str, Rate]:
        return self._rates(lambda call: call.written.conversation.language.value)

    @property
    def wrong_facts(self) -> Counter[str]:
        """How often each kind of fact did not hold."""
        return Counter(w.check for c in self.calls for w in c.wrong)

    @property
    def turns_per_call(self) -> float:
        return sum(c.caller_turns for c in self.calls) / len(self.calls) if self.calls else 0.0

    def _rates(self, key: Callable[[JudgedCall], str]) -> dict[str, Rate]:
        groups: dict[str, list[bool]] = {}
        for call in self.calls:
            groups.setdefault(key(call), []).append(call.right)
        return {name: Rate(sum(right), len(right)) for name, right in sorted(groups.items())}


async def run(
    paths: Iterable[Path], clients: Clients, understanding: Understanding, *, only: str = ""
) -> ConversationReport:
    """Holds every call of the files. Takes a few milliseconds per turn.

    Args:
        only: part of the names of those that are held; "" means all.
    Raises: EvalFileError for a file that cannot be used, UnknownClient, StoreError.
    """
    written = [call for call in read_conversations(paths) if only in call.conversation.name]
    async with passing_book() as book:
        held = [await hold(call, clients.of(call.client), understanding, book, n) for n, call in enumerate(written)]
    return ConversationReport(tuple(held))


@asynccontextmanager
async def passing_book() -> AsyncIterator[CallBook]:
    """A call book that is gone when the block is left."""
    with tempfile.TemporaryDirectory(prefix="voicebot-conversations-") as folder:
        book = await CallBook.open(f"sqlite+aiosqlite:///{Path(folder) / 'calls.db'}", reserve_bytes=4096)
        try:
            yield book
        finally:
            await book.close()


async def hold(
    written: WrittenConversation,
    instructions: Instructions,
    understanding: Understanding,
    book: CallBook,
    number: int = 0,
    *,
    can: Facilities | None = None,
    house: House | None = None,
) -> JudgedCall:
    """Holds and judges one call; see hold_call."""
    held = await hold_call(written, instructions, understanding, book, number, can=can, house=house)
    record = held.record
    conversation = written.conversation
    transcript = transcript_of(record, name=conversation.name, expect=conversation.expect, unheard=held.unheard)
    wrong = tuple(v for v in judge_transcript(transcript, instructions).verdicts if not v.passed)
    return JudgedCall(written, wrong, tuple(_transcript(record.events)), held.caller_turns)


async def hold_call(
    written: WrittenConversation,
    instructions: Instructions,
    understanding: Understanding,
    book: CallBook,
    number: int = 0,
    *,
    can: Facilities | None = None,
    house: House | None = None,
) -> HeldCall:
    """Holds one call on a clock of its own.

    Args:
        number: makes its id unique in `book`. can: what the house can do; None means as the call is written.

    Raises: EvalFileError for a persona, which a language model must play.
    """
    if written.conversation.persona is not None:
        place = f"line {written.line}, persona: a language model must play it"
        raise EvalFileError(written.file, [place], "Hold it with `voicebot eval run SUITE --model`.")
    caller = _Caller(written.conversation)
    began = written.conversation.at.replace(tzinfo=instructions.identity.zone).astimezone(UTC)
    clock = _Clock(began)
    call_id = f"conversation-{number}"
    shown = written.conversation.caller
    call = Call(
        call_id, instructions.id, instructions.version, shown, "", began, instructions.language, carrier_call_id=call_id
    )
    able = can or Facilities(**dict.fromkeys(written.conversation.facilities, True))
    journal = Journal(book, clock, lambda _c, _e: None)
    receptionist = Receptionist(call, instructions, understanding, journal, clock, facilities=lambda: able)
    reply: Reply | None = await receptionist.pick_up()
    while reply and reply.then is Then.LISTEN and not receptionist.ended and caller.turns < MOST_TURNS:
        line = caller.next_line(reply.expectation, receptionist.call)
        clock.now += TURN
        reply = await _do(receptionist, line) or (None if line == HANG_UP else reply)
        if house and reply and reply.then is Then.LISTEN:
            reply = await house(receptionist) or reply
    await receptionist.hang_up((reply.ending if reply else None) or EndReason.CALLER_HUNG_UP)
    events, message = tuple(await book.events(call_id)), await book.message(call_id)
    after_call = tuple(await book.after_call(call_id))
    record = CallRecord(receptionist.call, message, events, after_call, await book.work(call_id))
    return HeldCall(record, caller.turns, caller.unsaid)


class _Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


class _Caller:
    """Says the first lines in order, then answers what is asked; what is not in the file is not known."""

    def __init__(self, conversation: Conversation) -> None:
        self._lines = list(conversation.turns)
        self._answers = {key: list(lines) for key, lines in conversation.answers.items()}
        self.turns = 0

    @property
    def unsaid(self) -> tuple[str, ...]:
        return tuple(self._lines)

    def next_line(self, expected: Expectation, call: Call) -> str:
        self.turns += 1
        if call.handover.to is not None:
            return self._answer(TRANSFER) or HANG_UP
        if self._lines:
            return self._lines.pop(0)
        if call.handover.stays and expected.awaited is Awaited.NOTHING:
            return self._answer(WAITING) or SILENCE
        asked = expected.detail if expected.awaited is Awaited.DETAIL and expected.detail else expected.awaited.value
        keyed = self._answer(f"keypad:{asked}") if expected.keypad else None
        usual = _ANSWERS[call.language]
        return keyed or self._answer(asked) or usual.get(asked, usual[""])

    def _answer(self, asked: str) -> str | None:
        lines = self._answers.get(asked)
        return lines.pop(0) if lines else None


async def _do(receptionist: Receptionist, line: str) -> Reply | None:
    match line.strip():
        case "/resume":
            return await receptionist.resume()
        case "/time-limit":
            return await receptionist.reach_time_limit()
        case nobody if nobody == NOBODY_ANSWERS:
            return await receptionist.transfer_failed()
        case hung_up if hung_up == HANG_UP:
            await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
            return None
        case words:
            return await say(receptionist, words)


def _transcript(events: Iterable[CallEvent]) -> Iterable[str]:
    for event in events:
        data = event.data
        match event.kind:
            case EventKind.CALLER_SAID:
                yield f"caller       {data['text']}"
            case EventKind.CALLER_SILENT:
                yield "caller       (silent)"
            case EventKind.KEYS_PRESSED:
                yield f"caller       (keys {data['keys']})"
            case EventKind.ACTS_UNDERSTOOD:
                yield "  understood " + ("; ".join(_act(act) for act in data["acts"]) or "nothing")
            case EventKind.DECIDED:
                yield "  decided    " + "; ".join(
                    f"{d['action']} {d['subject']} ({d['rule']} ← {d['because']})" for d in data["decisions"]
                )
            case EventKind.RECEPTIONIST_SAYS:
                yield f"receptionist {data['text']}"
            case EventKind.CALL_ENDED:
                yield f"  ended      {data['reason']}"
            case _:
                pass


def _act(act: dict[str, object]) -> str:
    hidden = ("kind", "words")
    return " ".join([str(act["kind"]), *(f"{k}={v}" for k, v in act.items() if k not in hidden and v not in ("", None, []))])
