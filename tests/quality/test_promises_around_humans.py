"""The truth check around a human: a call with a queue, an agent, an SMS and a callback keeps its words; lies are found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.reception.humans import CLAIRE, FIRST, OnTheLine, waiting
from voicebot.domain.call import EndReason
from voicebot.domain.handoff import Returned, Task, TaskKind, Why
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.call_records import record_of
from voicebot.quality.promises import verify
from voicebot.store.call_book import CallBook

Kind = MessageEventKind


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


async def happened(line: OnTheLine, kind: Kind, **data: object) -> None:
    told = {"handoff": FIRST, "agent": "claire.petit", "way": "browser", **data}
    await line.book.note_after_call([MessageEvent(f"{FIRST}-{kind}", "c1", line.clock.now, kind, told)])


async def whole_call(book: CallBook) -> CallRecord:
    """Waits, is told its place, is rung for, talks, comes back with a text."""
    line = await waiting(book)
    await line.queue(2)
    await happened(line, Kind.AGENT_RUNG)
    await line.queue(1, ringing=True, after_s=20)
    await line.say("c'est encore long ?")
    await happened(line, Kind.HANDOFF_ACCEPTED, name="Claire Petit")
    await line.receptionist.announce(FIRST, CLAIRE)
    line.clock.passes(60)
    task = Task(TaskKind.SEND_TEXT, text="address")
    await line.receptionist.take_back(FIRST, Returned(Why.GIVEN_BACK, CLAIRE, task))
    await line.say("non merci au revoir")
    await line.receptionist.hang_up(EndReason.GOODBYE)
    return await record_of(book, "c1")


def missing(record: CallRecord) -> set[tuple[str, str]]:
    found = verify([record], record.events[-1].at + timedelta(minutes=10))
    return {(finding.phrase, finding.missing) for finding in found.findings if finding.commitment != "leaves"}


async def test_whole_call_keeps_every_word(book: CallBook) -> None:
    record = await whole_call(book)
    phrases = {words.phrase for words in record.spoken()}
    assert {"transfer", "queue_position", "queue_ringing", "taker_announced_person", "text_sent"} <= phrases
    assert missing(record) == set()


@pytest.mark.parametrize(
    ("kind", "phrase", "found"),
    [
        (Kind.HANDOFF_QUEUED, "transfer", "the call was not put into the queue"),
        (Kind.HANDOFF_QUEUED, "queue_position", "the call was not in the queue"),
        (Kind.AGENT_RUNG, "queue_ringing", "nobody was being rung"),
        (Kind.HANDOFF_ACCEPTED, "taker_announced_person", "no agent had accepted before it"),
    ],
)
async def test_each_receipt_that_is_not_there_is_missed(book: CallBook, kind: Kind, phrase: str, found: str) -> None:
    record = await whole_call(book)
    without = replace(record, after_call=tuple(event for event in record.after_call if event.kind is not kind))
    assert (phrase, found) in missing(without)


async def test_text_that_nobody_ordered_is_found(book: CallBook) -> None:
    record = await whole_call(book)
    assert ("text_sent", "no SMS was ordered") in missing(replace(record, work=frozenset()))


async def test_callback_stands_on_its_list_with_the_number_that_was_said(book: CallBook) -> None:
    line = await waiting(book)
    await line.queue(1, after_s=60)
    await line.say("oui rappelez-moi")
    await line.receptionist.hang_up(EndReason.CALLER_HUNG_UP)
    record = await record_of(book, "c1")
    assert missing(record) == set()
    none = replace(record, after_call=tuple(e for e in record.after_call if e.kind is not Kind.CALLBACK_PROMISED))
    assert ("callback_promised", "no callback is on the list") in missing(none)
    other = [replace(e, data={**e.data, "number_ends": "99"}) for e in record.after_call if e.kind is Kind.CALLBACK_PROMISED]
    moved = replace(none, after_call=(*none.after_call, *other))
    assert ("callback_promised", "the callback on the list has another number") in missing(moved)
