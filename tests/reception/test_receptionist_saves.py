"""Decide, save, then speak: what the store holds at every moment of a call, and what is said when it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.fakes.scripted_understanding import ScriptedUnderstanding
from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import Act, Affirm, AskForLanguage, GiveDetail, RefuseRecording, SayGoodbye, StateRequest
from voicebot.domain.call import Awaited, Call, EndReason, RecordingState
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.domain.message import MessageState
from voicebot.domain.speaking import Heard, Then
from voicebot.errors import StoreFull
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook

NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
CLIENT = Path(__file__).parents[1] / "fakes" / "fiches" / "chauffage-morel.yaml"
NAME = GiveDetail("caller_name", "Paul Martin", "paul martin")
NUMBER = GiveDetail("callback_number", "+33639981234", "zéro six …")
ADDRESS = GiveDetail("address", "12 rue des Lilas", "au douze rue des lilas")
NO_HEATING = StateRequest("no-heating", "plus de chauffage")


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


def on_the_line(
    book: CallBook,
    turns: Sequence[tuple[Act, ...]] = (),
    *,
    call: Call | None = None,
    next_event: int = 1,
    watch: Callable[[str, CallEvent], None] = lambda _call, _event: None,
) -> Receptionist:
    instructions = read_client_file(CLIENT)
    call = call or Call("c1", instructions.id, 1, "", "+33199001001", NIGHT, Language.FRENCH)
    journal = Journal(book, lambda: NIGHT, watch, next_number=next_event)
    return Receptionist(call, instructions, ScriptedUnderstanding(turns), journal, lambda: NIGHT)


async def test_every_sentence_is_in_the_store_before_it_is_returned(book: CallBook) -> None:
    receptionist = on_the_line(book, [(NO_HEATING,), (NAME, NUMBER), (ADDRESS,), (Affirm("oui"),)])
    replies = [await receptionist.pick_up()]
    for _ in range(4):
        replies.append(await receptionist.hear(Heard("…")))
        stored = {e.data["sentence"] for e in await book.events("c1") if e.kind is EventKind.RECEPTIONIST_SAYS}
        assert {s.id for reply in replies for s in reply.sentences} <= stored
        assert await book.call("c1") == receptionist.call


async def test_notice_comes_first_and_cannot_be_interrupted(book: CallBook) -> None:
    reply = await on_the_line(book).pick_up()
    notices = [s for s in reply.sentences if s.phrase == "notice"]
    assert reply.sentences[: len(notices)] == tuple(notices)
    assert any("intelligence artificielle" in s.text for s in notices)
    assert all(not s.interruptible and s.fixed for s in notices)
    assert reply.sentences[-1].interruptible
    assert {s.phrase for s in reply.sentences if s.owed} == {"recording_notice"}


async def test_caller_who_hangs_up_at_any_moment_leaves_what_was_said(book: CallBook) -> None:
    turns: list[tuple[Act, ...]] = [(NO_HEATING,), (NAME,), (NUMBER,), (ADDRESS,), (Affirm("oui"),)]
    for heard in range(1, len(turns) + 1):
        call = Call(f"c{heard}", "chauffage-morel", 1, "", "", NIGHT, Language.FRENCH)
        receptionist = on_the_line(book, turns, call=call)
        await receptionist.pick_up()
        for turn in range(heard):
            await receptionist.hear(Heard(f"tour {turn}"))
        await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
        message = await book.message(call.id)
        assert message is not None
        assert message.verbatim == tuple(f"tour {turn}" for turn in range(heard))
        assert (message.state is MessageState.COMPLETE) == (heard == len(turns))
        assert (await book.call(call.id)).ended is EndReason.CALLER_HUNG_UP


async def test_another_process_goes_on_from_the_rows(book: CallBook) -> None:
    first = on_the_line(book, [(NO_HEATING,), (NAME,)])
    await first.pick_up()
    await first.hear(Heard("plus de chauffage"))
    asked = await first.hear(Heard("paul martin"))
    del first
    events = await book.events("c1")
    second = on_the_line(
        book, [(NUMBER,), (ADDRESS,), (Affirm("oui"),)], call=await book.call("c1"), next_event=events[-1].number + 1
    )
    resumed = await second.resume()
    assert "coupée" in resumed.sentences[0].text
    assert [s.text for s in resumed.sentences[1:]] == [s.text for s in asked.sentences]
    for _ in range(3):
        await second.hear(Heard("…"))
    message = await book.message("c1")
    assert message is not None
    assert message.state is MessageState.COMPLETE
    assert message.details["caller_name"].value == "Paul Martin"
    ids = [e.data["sentence"] for e in await book.events("c1") if e.kind is EventKind.RECEPTIONIST_SAYS]
    assert len(ids) == len(set(ids)), "sentence ids must stay unique across processes"


async def test_cancelled_turn_is_still_committed(book: CallBook) -> None:
    receptionist = on_the_line(book, [(NO_HEATING, NAME)])
    await receptionist.pick_up()
    reading = await receptionist.read(Heard("…"))
    answering = asyncio.create_task(receptionist.answer(Heard("…"), reading))
    await asyncio.sleep(0)
    answering.cancel()
    with pytest.raises(asyncio.CancelledError):
        await answering
    assert (await book.call("c1")).details["caller_name"].value == "Paul Martin"


async def test_reading_writes_nothing(book: CallBook) -> None:
    receptionist = on_the_line(book, [(NO_HEATING,)])
    await receptionist.pick_up()
    before = await book.events("c1")
    await receptionist.read(Heard("…"))
    assert await book.events("c1") == before
    assert receptionist.call.turns == 0


class _FullBook:
    """A call book whose disk is full while `full` is set."""

    def __init__(self, book: CallBook) -> None:
        self.book = book
        self.full = False

    async def save(self, *arguments) -> None:
        if self.full:
            raise StoreFull("The disk is full.", "Make room.")
        await self.book.save(*arguments)


async def test_full_disk_is_confessed_and_nothing_said_is_lost(book: CallBook) -> None:
    full = _FullBook(book)
    receptionist = on_the_line(full, [(NO_HEATING, NAME, NUMBER, ADDRESS), (Affirm("oui"),)])  # type: ignore[arg-type]
    await receptionist.pick_up()
    full.full = True
    asked = await receptionist.hear(Heard("tout d'un coup"))
    assert asked.then is Then.LISTEN, "a question may be asked without a promise"
    confessed = await receptionist.hear(Heard("oui"))
    assert confessed.then is Then.HANG_UP
    assert all(s.phrase == "trouble_store" for s in confessed.sentences)
    assert not any("enregistré." in s.text for s in confessed.sentences)
    await receptionist.hang_up(EndReason.GOODBYE)
    assert receptionist.unsaved > 0
    full.full = False
    assert await receptionist.save_again()
    message = await book.message("c1")
    assert message is not None
    assert message.verbatim == ("tout d'un coup", "oui")
    assert message.callback_promised == "", "what was not promised aloud is not on file as a promise"


async def test_promise_is_on_file_only_when_it_was_said(book: CallBook) -> None:
    receptionist = on_the_line(book, [(NO_HEATING, NAME, NUMBER, ADDRESS), (Affirm("oui"),)])
    await receptionist.pick_up()
    await receptionist.hear(Heard("…"))
    assert receptionist.call.promise == ""
    reply = await receptionist.hear(Heard("oui"))
    promised = next(s for s in reply.sentences if s.phrase == "scenarios[no-heating].promise")
    assert "demain à huit heures" in promised.text
    message = await book.message("c1")
    assert message is not None
    assert message.callback_promised == promised.text, "readers get the day and hour that the caller was told"


async def test_keypad_fills_the_number_and_confirms(book: CallBook) -> None:
    receptionist = on_the_line(book, [(NO_HEATING,), (NAME,), (ADDRESS,)])
    await receptionist.pick_up()
    await receptionist.hear(Heard("…"))
    await receptionist.hear(Heard("…"))
    assert receptionist.call.expectation.detail == "callback_number"
    replies = [await receptionist.hear_keys(key) for key in "0639981234"]
    assert replies[:-1] == [None] * 9
    assert receptionist.call.details["callback_number"].value == "+33639981234"
    assert receptionist.call.details["callback_number"].source == "keypad"
    await receptionist.hear(Heard("…"))
    assert receptionist.call.expectation.awaited is Awaited.CONFIRMATION
    confirmed = await receptionist.hear_keys("1")
    assert confirmed is not None
    assert receptionist.call.message_complete


async def test_wrong_keys_are_asked_again_after_a_pause(book: CallBook) -> None:
    receptionist = on_the_line(book, [(NO_HEATING, NAME)])
    await receptionist.pick_up()
    await receptionist.hear(Heard("…"))
    assert await receptionist.hear_keys("063") is None
    reply = await receptionist.keys_paused()
    assert reply is not None
    assert "callback_number" not in receptionist.call.details
    assert receptionist.call.expectation.detail == "callback_number"
    assert await receptionist.keys_paused() is None


async def test_zero_key_asks_for_a_human(book: CallBook) -> None:
    receptionist = on_the_line(book)
    await receptionist.pick_up()
    assert await receptionist.hear_keys("0") is None
    assert await receptionist.keys_paused() is not None
    assert receptionist.call.human_asked


async def test_refused_recording_is_told_to_the_line(book: CallBook) -> None:
    receptionist = on_the_line(book, [(RefuseRecording("je refuse"),)])
    await receptionist.pick_up()
    assert receptionist.recording
    await receptionist.hear(Heard("je refuse"))
    assert not receptionist.recording
    assert receptionist.call.recording is RecordingState.REFUSED
    assert any(e.kind is EventKind.RECORDING_STOPPED for e in await book.events("c1"))


async def test_english_is_spoken_once_asked_for(book: CallBook) -> None:
    receptionist = on_the_line(book, [(AskForLanguage(Language.ENGLISH, "english please"), NO_HEATING)])
    await receptionist.pick_up()
    reply = await receptionist.hear(Heard("english please"))
    assert {s.language for s in reply.sentences} == {Language.ENGLISH}
    assert reply.sentences[-1].text == "What is your name, please?"


async def test_goodbye_hangs_up_with_its_reason(book: CallBook) -> None:
    receptionist = on_the_line(book, [(SayGoodbye("au revoir"),)])
    await receptionist.pick_up()
    reply = await receptionist.hear(Heard("au revoir"))
    assert reply.then is Then.HANG_UP
    assert reply.ending is EndReason.GOODBYE


async def test_watchers_see_only_what_is_saved(book: CallBook) -> None:
    full, seen = _FullBook(book), []
    receptionist = on_the_line(full, [(NO_HEATING,)], watch=lambda _call, event: seen.append(event.kind))  # type: ignore[arg-type]
    full.full = True
    await receptionist.pick_up()
    assert seen == []
    full.full = False
    await receptionist.hear(Heard("…"))
    assert seen[0] is EventKind.CALL_OPENED
    assert EventKind.CALLER_SAID in seen


async def test_process_that_lost_the_call_to_another_falls_silent(book: CallBook) -> None:
    first = on_the_line(book, [(NO_HEATING,), (NAME,)])
    await first.pick_up()
    await first.hear(Heard("plus de chauffage"))
    last = (await book.events("c1"))[-1].number
    second = on_the_line(book, [(NUMBER,)], call=await book.call("c1"), next_event=last + 1)
    await second.resume()
    reply = await first.hear(Heard("paul martin"))
    assert (reply.sentences, reply.then) == ((), Then.HANG_UP)
    await first.hang_up(EndReason.LINE_LOST)
    assert first.unsaved == 0, "a stale writer must not try again for ever"
    assert (await book.call("c1")).ended is None
    assert "caller_name" not in (await book.call("c1")).details


async def test_card_number_is_never_written_down(book: CallBook) -> None:
    receptionist = on_the_line(book, [(NO_HEATING,)])
    await receptionist.pick_up()
    await receptionist.hear(Heard("ma carte bleue c'est le 4970 1012 3456 7893"))
    written = str(await book.events("c1")) + str(await book.message("c1")) + str(await book.call("c1"))
    assert "1012" not in written
    assert "carte bleue" in written
