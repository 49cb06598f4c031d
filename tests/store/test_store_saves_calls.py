"""What is saved comes back the same; stale writers and changed events are refused."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from stored_samples import BEGAN, a_call, a_message, an_event

from voicebot.domain.call import EndReason, Stage
from voicebot.domain.message import MessageState
from voicebot.errors import StaleCall, StoreError, UnknownCall
from voicebot.store import CallBook


class Clock:
    def __init__(self) -> None:
        self.moment = datetime(2026, 3, 12, 21, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'house' / 'voicebot.db'}"


@pytest.fixture
async def book(database: str, clock: Clock) -> AsyncIterator[CallBook]:
    book = await CallBook.open(database, reserve_bytes=4096, now=clock)
    yield book
    await book.close()


async def test_a_call_its_events_and_message_come_back_as_saved(book: CallBook) -> None:
    events = [an_event(1, text="« Ça sent le gaz », dit-il 😀", confidence=0.83), an_event(2), an_event(3)]

    await book.save(a_call(), events, a_message())

    assert await book.call("call-1") == a_call()
    assert await book.events("call-1") == events
    assert await book.events("call-1", after=2) == events[2:]
    assert await book.message("call-1") == a_message()


async def test_another_process_reads_what_the_first_saved(book: CallBook, database: str) -> None:
    await book.save(a_call(), [an_event(1)], a_message())

    other = await CallBook.open(database, reserve_bytes=4096)

    assert await other.call("call-1") == a_call()
    assert (await other.call("call-1")).started_at.utcoffset() == timedelta(0)
    assert (await other.events("call-1"))[0].at.utcoffset() == timedelta(0)
    await other.close()


async def test_a_later_save_replaces_state_and_message_and_adds_events(book: CallBook) -> None:
    await book.save(a_call(), [an_event(1)], a_message())
    ended = a_call(stage=Stage.ENDED, ended=EndReason.GOODBYE, ended_at=BEGAN + timedelta(minutes=1))

    await book.save(ended, [an_event(2)], a_message(state=MessageState.COMPLETE, missing=()))
    await book.save(ended, [])

    assert await book.call("call-1") == ended
    assert await book.events("call-1") == [an_event(1), an_event(2)]
    assert await book.message("call-1") == a_message(state=MessageState.COMPLETE, missing=())


async def test_the_same_events_again_are_left(book: CallBook) -> None:
    await book.save(a_call(), [an_event(1), an_event(2)])

    await book.save(a_call(), [an_event(1), an_event(2), an_event(2), an_event(3)])

    assert await book.events("call-1") == [an_event(1), an_event(2), an_event(3)]


async def test_another_event_under_a_taken_number_saves_nothing(book: CallBook) -> None:
    await book.save(a_call(turns=1), [an_event(1), an_event(2)])

    with pytest.raises(StoreError, match="another event 2"):
        await book.save(a_call(turns=2), [an_event(2, text="autre"), an_event(3)], a_message())

    assert (await book.call("call-1")).turns == 1
    assert await book.events("call-1") == [an_event(1), an_event(2)]
    assert await book.message("call-1") is None


async def test_a_measure_that_is_not_a_number_is_kept_as_null(book: CallBook) -> None:
    event = an_event(1, wait_ms=float("nan"), ears=1.5)

    await book.save(a_call(), [event])
    await book.save(a_call(), [event])

    assert (await book.events("call-1"))[0].data == {"wait_ms": None, "ears": 1.5}


async def test_a_writer_from_before_the_take_over_is_refused(book: CallBook) -> None:
    await book.save(a_call(turns=1), [an_event(1)])
    await book.save(a_call(turns=2, resumed=1), [an_event(2)])

    with pytest.raises(StaleCall):
        await book.save(a_call(turns=9, resumed=0), [an_event(3)], a_message())

    assert await book.call("call-1") == a_call(turns=2, resumed=1)
    assert await book.events("call-1") == [an_event(1), an_event(2)]
    assert await book.message("call-1") is None


async def test_an_unknown_call_is_said_so(book: CallBook) -> None:
    with pytest.raises(UnknownCall, match="no-such-call"):
        await book.call("no-such-call")
    assert await book.events("no-such-call") == []
    assert await book.message("no-such-call") is None


async def test_the_carriers_id_finds_the_newest_call(book: CallBook) -> None:
    await book.save(a_call("old", carrier_call_id="CA1"), [])
    await book.save(a_call("new", carrier_call_id="CA1", started_at=BEGAN + timedelta(hours=1)), [])

    found = await book.call_by_carrier("twilio", "CA1")

    assert found is not None
    assert found.id == "new"
    assert await book.call_by_carrier("telnyx", "CA1") is None


async def test_unfinished_calls_are_those_not_ended_and_not_lately_saved(book: CallBook, clock: Clock) -> None:
    await book.save(a_call("abandoned"), [])
    await book.save(a_call("ended", ended=EndReason.SILENCE), [])
    clock.moment += timedelta(minutes=5)
    await book.save(a_call("alive"), [])

    left = await book.unfinished(untouched_since=clock.moment - timedelta(minutes=1))

    assert [call.id for call in left] == ["abandoned"]


async def test_recent_calls_come_newest_first_and_by_client(book: CallBook) -> None:
    for hour, client in enumerate(["chauffage", "cabinet", "chauffage"]):
        await book.save(a_call(f"call-{hour}", client=client, started_at=BEGAN + timedelta(hours=hour)), [])

    assert [call.id for call in await book.recent(2)] == ["call-2", "call-1"]
    assert [call.id for call in await book.recent(9, client="chauffage")] == ["call-2", "call-0"]


async def test_thirty_calls_saved_at_once_are_all_there(book: CallBook) -> None:
    async def live(lane: int) -> None:
        for number in range(1, 6):
            await book.save(a_call(f"call-{lane}", turns=number), [an_event(number)])

    await asyncio.gather(*(live(lane) for lane in range(30)))

    assert {call.turns for call in await book.recent(99)} == {5}
    assert [len(await book.events(f"call-{lane}")) for lane in range(30)] == [5] * 30


async def test_a_save_that_has_begun_ends_though_its_task_is_cancelled(book: CallBook) -> None:
    saving = asyncio.create_task(book.save(a_call(), [an_event(1)]))
    await asyncio.sleep(0)
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving

    await book.save(a_call("later"), [])

    assert await book.call("call-1") == a_call()


async def test_a_closed_book_says_so(book: CallBook) -> None:
    await book.close()

    with pytest.raises(StoreError, match="closed"):
        await book.save(a_call(), [])


async def test_a_moment_without_a_zone_is_refused(book: CallBook) -> None:
    with pytest.raises(StoreError):
        await book.save(a_call(), [replace(an_event(1), at=datetime(2026, 3, 12))])  # noqa: DTZ001


async def test_a_call_that_ends_without_a_message_leaves_no_draft(book: CallBook) -> None:
    await book.save(a_call(), [], a_message())
    await book.save(a_call(turns=2), [])
    assert await book.message("call-1") == a_message(), "a turn that takes nothing away loses nothing"

    await book.save(a_call(turns=3, ended=EndReason.REFUSED, ended_at=BEGAN), [])

    assert await book.message("call-1") is None
