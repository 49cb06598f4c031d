"""The truth check: two hundred calls in a house where nothing gets through keep every word, and each lie is found."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.quality.failing_house import FailingHouse
from voicebot.call_file.folder import write_call_folder
from voicebot.cli.app import app
from voicebot.clients.directory import Clients, load_clients
from voicebot.domain.call import Call, EndReason
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.orientation import Facilities
from voicebot.errors import UnknownCall
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.call_records import record_of, records_in, records_since
from voicebot.quality.conversation_evals import hold
from voicebot.quality.conversation_file import WrittenConversation, read_conversations
from voicebot.quality.promises import OVERDUE, Verification, verify
from voicebot.store.call_book import CallBook
from voicebot.understanding.rules import Rules

ROOT = Path(__file__).parents[2]
CALLS = 200
FAILING = Facilities(on_call=True, connect=True, delivery=False)
NOBODY = Facilities(delivery=False)
MUCH_LATER = timedelta(days=2)


@pytest.fixture(scope="module")
def clients() -> Clients:
    return load_clients(ROOT / "client_configs")


@pytest.fixture(scope="module")
def written() -> list[WrittenConversation]:
    return read_conversations([ROOT / "evals" / "conversations"])


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


def staying(one: WrittenConversation) -> WrittenConversation:
    """The same call, by a caller who stays on the line and asks."""
    answers = {
        **one.conversation.answers,
        "stay": ("oui",),
        "waiting": ("alors ?", "/silence", "vous l'avez eue ?"),
    }
    return replace(one, conversation=one.conversation.model_copy(update={"answers": answers}))


async def held(book: CallBook, clients: Clients, one: WrittenConversation, number: int, can: Facilities) -> CallRecord:
    """One call of the failing house."""
    instructions = clients.of(one.client)
    house = FailingHouse(book, instructions)
    await hold(one, instructions, Rules(), book, number, can=can, house=house.between_turns)
    await house.lose_the_letters(f"conversation-{number}")
    return await record_of(book, f"conversation-{number}")


def later(*records: CallRecord) -> datetime:
    return max(e.at for record in records for e in record.events) + MUCH_LATER


async def test_two_hundred_calls_in_which_nothing_gets_through_keep_every_word(
    book: CallBook, clients: Clients, written: list[WrittenConversation]
) -> None:
    """Every channel fails, every telephone rings in vain: what is said stays true."""
    rounds = [(one, FAILING) for one in map(staying, written)] + [(one, NOBODY) for one in written]
    urgent = [(one, can) for one, can in rounds if can is NOBODY and one.conversation.facilities]
    chosen = [*rounds[: len(written)], *urgent, *rounds[len(written) :]][:CALLS]
    records = [await held(book, clients, one, n, can) for n, (one, can) in enumerate(chosen)]
    found = verify(records, later(*records))
    assert found.calls == CALLS
    assert found.findings == []
    assert found.pending == 0
    phrases = Counter(words.phrase for record in records for words in record.spoken())
    for said in ("not_sent_yet", "wake_on_call", "ask_to_stay", "still_trying", "on_call_alarm", "wait_on_call"):
        assert phrases[said] >= 5, phrases
    assert not any(phrase.endswith("].promise") for phrase in phrases)
    assert not phrases["on_call_acknowledged"]


async def test_calls_of_a_house_that_works_keep_their_promises(
    book: CallBook, clients: Clients, written: list[WrittenConversation]
) -> None:
    records: list[CallRecord] = []
    for n, one in enumerate(written[:60]):
        await hold(one, clients.of(one.client), Rules(), book, n)
        await _deliver(book, f"conversation-{n}")
        records.append(await record_of(book, f"conversation-{n}"))
    found = verify(records, later(*records))
    assert found.findings == []
    assert any(words.phrase.endswith("].promise") for record in records for words in record.spoken())


async def _deliver(book: CallBook, call_id: str) -> None:
    call = await book.call(call_id)
    assert call.ended_at
    letter = f"{call_id}-office"
    kinds = MessageEventKind
    due = call.ended_at.isoformat()
    await book.note_after_call(
        [
            MessageEvent("q", call_id, call.ended_at, kinds.DISPATCH_QUEUED, {"dispatch": letter, "due_at": due}),
            MessageEvent("s", call_id, call.ended_at, kinds.DISPATCH_STATUS, {"dispatch": letter, "status": "sent"}),
        ]
    )


# Lies are found


@pytest.fixture
async def urgent(book: CallBook, clients: Clients, written: list[WrittenConversation]) -> CallRecord:
    """A leak at night in the failing house: recorded, people woken in vain, alarm."""
    one = next(w for w in written if w.conversation.name == "leak-at-night-that-cannot-be-stopped")
    return await held(book, clients, staying(one), 1, FAILING)


@pytest.fixture
async def promised(book: CallBook, clients: Clients, written: list[WrittenConversation]) -> CallRecord:
    """An ordinary message with the client's promise, delivered."""
    one = next(w for w in written if w.conversation.name == "empty-cabin-at-the-weekend")
    await hold(one, clients.of(one.client), Rules(), book, 2)
    await _deliver(book, "conversation-2")
    return await record_of(book, "conversation-2")


def without(record: CallRecord, *kinds: EventKind | MessageEventKind) -> CallRecord:
    events = tuple(e for e in record.events if e.kind not in kinds)
    return replace(record, events=events, after_call=tuple(e for e in record.after_call if e.kind not in kinds))


def saying(record: CallRecord, text: str, phrase: str) -> CallRecord:
    """The same call with one more sentence at its end."""
    last = record.events[-1]
    data = {"sentence": "99.1", "text": text, "phrase": phrase, "language": "fr", "interruptible": True}
    said = CallEvent(last.number + 1, last.at, EventKind.RECEPTIONIST_SAYS, data)
    return replace(record, events=(*record.events, said))


def missing(record: CallRecord, now: datetime | None = None) -> set[str]:
    return {finding.missing for finding in verify([record], now or later(record)).findings}


async def test_untouched_records_have_no_finding(urgent: CallRecord, promised: CallRecord) -> None:
    assert missing(urgent) == set()
    assert missing(promised) == set()


async def test_deleted_message_is_found(urgent: CallRecord, promised: CallRecord) -> None:
    assert "the recorded message is not there" in missing(replace(urgent, message=None))
    assert "the recorded message is not there" in missing(replace(promised, message=None))
    assert "no message was recorded before it" in missing(without(promised, EventKind.MESSAGE_RECORDED))


async def test_ladder_that_was_never_begun_is_found_once_it_is_late(urgent: CallRecord) -> None:
    bare = replace(
        without(urgent, MessageEventKind.LADDER_BEGUN, MessageEventKind.ALARM_RAISED), work=frozenset(["c-deliver-final"])
    )
    assert "no ladder was begun" in missing(bare)
    assert "no alarm had been raised before it" in missing(bare)
    woken = next(words.at for words in urgent.spoken() if words.phrase == "wake_on_call")
    assert "no ladder was begun" not in missing(bare, woken + timedelta(seconds=20))
    assert verify([bare], woken + timedelta(seconds=20)).pending > 0


async def test_enqueued_work_is_a_receipt_for_people_who_are_being_woken(urgent: CallRecord) -> None:
    assert any(work.endswith("-on-call") for work in urgent.work)
    assert "no ladder was begun" not in missing(
        without(urgent, MessageEventKind.LADDER_BEGUN, MessageEventKind.ALARM_RAISED)
    )


@pytest.mark.parametrize(
    ("text", "phrase", "lacks"),
    [
        ("La personne d'astreinte est prévenue.", "on_call_acknowledged", "nobody had acknowledged before it"),
        ("Je vous mets en relation avec elle.", "connect", "nobody had acknowledged before it"),
        ("Elle s'en occupe d'ici environ 20 minutes.", "on_call_eta", "nobody had said when they would act"),
        ("J'essaie toujours de la joindre.", "still_trying", "the ladder had ended before it"),
        ("Je cherche quelqu'un pour prendre votre appel.", "transfer", "nobody was rung for the caller"),
        ("Cet appel n'est plus enregistré.", "recording_stopped", "the recording was not stopped"),
        ("Un technicien passera.", "scenarios[leak].promise", "promised while no message could leave the house"),
        ("J'ai prévenu les pompiers.", "wait", "unknown commitment: « j'ai prevenu »"),
        ("On vous rappelle tout de suite.", "brand_new_phrase", "unknown commitment: « on vous rappelle »"),
    ],
)
async def test_sentence_without_its_receipt_is_found(urgent: CallRecord, text: str, phrase: str, lacks: str) -> None:
    moved = replace(urgent, events=tuple(replace(e, at=e.at + timedelta(minutes=5)) for e in urgent.events[-1:]))
    late = replace(urgent, events=(*urgent.events[:-1], *moved.events))
    assert lacks in missing(saying(late, text, phrase))


async def test_acknowledgement_must_come_before_the_sentence(urgent: CallRecord) -> None:
    said = saying(urgent, "La personne d'astreinte est prévenue.", "on_call_acknowledged")
    at = said.events[-1].at

    def taken(when: datetime) -> CallRecord:
        data: dict[str, Any] = {"ladder": "l", "contact": "n1", "name": "N", "way": "keypad", "first": True}
        event = MessageEvent("a", said.call.id, when, MessageEventKind.ACKNOWLEDGED, data)
        return replace(said, after_call=(*said.after_call, event))

    assert missing(taken(at - timedelta(seconds=1))) == set()
    assert missing(taken(at + timedelta(seconds=30))) == {"nobody had acknowledged before it"}


async def test_promise_that_nothing_was_sent_for_is_found(promised: CallRecord) -> None:
    kinds = MessageEventKind
    nothing = replace(without(promised, kinds.DISPATCH_QUEUED, kinds.DISPATCH_STATUS), work=frozenset())
    assert missing(nothing) == {"nothing was queued to send the message"}
    waiting = without(promised, kinds.DISPATCH_STATUS)
    overdue = {"nothing was sent although it is overdue, and no alarm was raised"}
    assert missing(waiting) == overdue
    assert missing(waiting, promised.events[-1].at + OVERDUE / 2) == set()
    only_work = replace(nothing, work=frozenset(["c-deliver-final"]))
    assert missing(only_work) == overdue
    letter = next(iter(waiting.dispatches))
    gone = MessageEvent("f", "c", promised.events[-1].at, kinds.DISPATCH_FAILED, {"dispatch": letter, "fallback": ""})
    dead = replace(waiting, after_call=(*waiting.after_call, gone))
    assert missing(dead) == {"every dispatch is a dead letter, and no alarm was raised"}
    alarm = MessageEvent("a", "c", gone.at, kinds.ALARM_RAISED, {"ladder": "", "why": "x", "dispatch": letter})
    assert missing(replace(dead, after_call=(*dead.after_call, alarm))) == set()


async def test_promise_that_the_message_does_not_tell_is_found(promised: CallRecord) -> None:
    assert promised.message
    silent = replace(promised, message=replace(promised.message, callback_promised=""))
    assert missing(silent) == {"the message does not say what was promised"}


async def test_sentence_that_was_never_heard_promises_nothing(urgent: CallRecord) -> None:
    lie = saying(urgent, "J'ai prévenu les pompiers.", "wait")
    data = {"sentence": "99.1", "played": "none", "played_ms": 0, "started_ms": 0}
    unheard = CallEvent(lie.events[-1].number + 1, lie.events[-1].at, EventKind.SENTENCE_PLAYED, data)
    assert missing(replace(lie, events=(*lie.events, unheard))) == set()
    part = replace(unheard, data={**data, "played": "part"})
    assert missing(replace(lie, events=(*lie.events, part))) != set()


async def test_sentence_that_is_repeated_commits_as_it_did_the_first_time(promised: CallRecord) -> None:
    text = next(words.text for words in promised.spoken() if words.phrase == "message_taken")
    again = saying(promised, text, "repeat")
    assert again.spoken()[-1].phrase == "message_taken"
    assert missing(again) == set()


async def test_clients_own_commitments_are_counted_apart(promised: CallRecord) -> None:
    own = saying(promised, "Nos techniciens interviennent sous quatre heures, on vous rappelle.", "faq[delay].answer")
    before, after = verify([promised], later(promised)), verify([own], later(own))
    assert after.findings == []
    assert after.clients_own == before.clients_own + 1


# From the store, from folders, by command


async def test_store_and_folders_tell_the_same(
    book: CallBook, urgent: CallRecord, promised: CallRecord, tmp_path: Path
) -> None:
    since = [record async for record in records_since(book, None)]
    assert {r.call.id for r in since} == {urgent.call.id, promised.call.id}
    youngest = max(r.call.started_at for r in since)
    assert [r async for r in records_since(book, youngest + timedelta(seconds=1))] == []
    for record in (urgent, promised):
        folder = tmp_path / "calls" / record.call.id
        write_call_folder(folder, record.call, record.events, record.message, None, after_call=record.after_call)
    filed = list(records_in(tmp_path / "calls"))
    counts = [_counts(verify(records, later(*records))) for records in (since, filed)]
    assert counts[0] == counts[1]
    with pytest.raises(UnknownCall):
        await record_of(book, "nobody")


def _counts(found: Verification) -> tuple[int, ...]:
    return found.calls, found.sentences, found.commitments, len(found.findings), found.pending


async def test_command_shows_findings_and_fails(urgent: CallRecord, tmp_path: Path) -> None:
    lie = saying(urgent, "J'ai prévenu les pompiers.", "wait")
    write_call_folder(tmp_path / "true", urgent.call, urgent.events, urgent.message, None, after_call=urgent.after_call)
    write_call_folder(tmp_path / "lie", lie.call, lie.events, lie.message, None, after_call=lie.after_call)
    runner = CliRunner()

    async def run(*words: str) -> Result:
        return await asyncio.to_thread(runner.invoke, app, ["verify", "promises", *words])

    right = await run("--folder", str(tmp_path / "true"))
    assert right.exit_code == 0, right.output
    assert "0 without a receipt" in right.output
    wrong = await run("--folder", str(tmp_path / "lie"))
    assert wrong.exit_code == 1
    assert "pompiers" in wrong.output
    assert "1 without a receipt" in wrong.output
    as_json = await run("--folder", str(tmp_path / "lie"), "--json")
    row = json.loads(as_json.output)["findings"][0]
    assert (row["call"], row["phrase"], row["commitment"]) == (urgent.call.id, "wait", "unknown")
    none = await run("--folder", str(tmp_path / "nothing"))
    assert none.exit_code == 1
    assert (await run("--since", "hier")).exit_code == 1


def test_rehearsal_sends_nothing_and_lies_about_nothing() -> None:
    now = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
    call = Call("c1", "x", 1, "", "", now, Language.FRENCH, rehearsal=True, ended=EndReason.GOODBYE)
    data = {"sentence": "1.1", "text": "Un conseiller vous rappellera.", "phrase": "scenarios[a].promise"}
    said = CallEvent(2, now, EventKind.RECEPTIONIST_SAYS, data)
    record = CallRecord(call, None, (CallEvent(1, now, EventKind.MESSAGE_RECORDED, {"message": "m"}), said))
    assert missing(record) == {"the recorded message is not there"}
