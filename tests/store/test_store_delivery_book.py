"""Rows of dispatches and digests, the same on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from stored_samples import BEGAN, a_call, a_message

from tests.fakes.postgres import running_postgres
from voicebot.domain.delivery import Channel
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.errors import StoreError, UnknownMessage
from voicebot.store import CallBook
from voicebot.store.delivery_book import DeliveryBook, DeliveryRows
from voicebot.store.message_search import PAGE, MessageSearch, Wanted

A_DISPATCH = Dispatch(
    id="call-1-final-office-lambert",
    call="call-1",
    message="message-of-call-1",
    client="chauffage",
    rule="office",
    channel=Channel.EMAIL,
    recipient="lambert",
    address="lambert@example.org",
    status=DispatchStatus.QUEUED,
    revision="final",
    created_at=BEGAN,
    due_at=BEGAN,
    changed_at=BEGAN,
)
A_DIGEST = Digest("digest-10", "chauffage", "office", Channel.EMAIL, "lambert", "lambert@example.org", BEGAN)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        yield f"sqlite:///{folder / 'voicebot.db'}"
        return
    with running_postgres(folder) as url:
        yield url


@pytest.fixture
async def calls(database: str) -> AsyncIterator[CallBook]:
    book = await CallBook.open(database, reserve_bytes=0)
    yield book
    await book.close()


async def a_book(calls: CallBook, *call_ids: str) -> DeliveryBook:
    for call_id in call_ids:
        await calls.save(a_call(call_id), (), a_message(call_id))
    return DeliveryBook(calls.database)


def of(call: str, **changes: Any) -> Dispatch:
    return replace(A_DISPATCH, id=f"{call}-final-office-lambert", call=call, message=f"message-of-{call}", **changes)


async def test_a_dispatch_comes_back_as_it_was_put(calls: CallBook) -> None:
    book = await a_book(calls, "d-1")
    first = of("d-1", trouble="connection", attempts=3, provider_id="p", due_at=BEGAN + timedelta(microseconds=7))
    await book.write(lambda rows: rows.put(first, replace(first, id="d-1-other", fallback_of=first.id)))
    changed = replace(first, status=DispatchStatus.SENT, trouble="")
    await book.write(lambda rows: rows.put(changed))

    assert await book.read(lambda rows: rows.dispatch(first.id, lock=False)) == changed
    assert await book.write(lambda rows: [d.id for d in rows.of_call("d-1")]) == [first.id, "d-1-other"]
    assert await book.read(lambda rows: rows.dispatch("nobody", lock=False)) is None


async def test_a_transaction_that_fails_keeps_nothing(calls: CallBook) -> None:
    book = await a_book(calls, "d-2")

    def fails(rows: DeliveryRows) -> None:
        rows.put(of("d-2"))
        rows.start("send_dispatch", "d-2-work", {"id": "d-2"})
        rows.note([MessageEvent("key", "d-2", BEGAN, MessageEventKind.DISPATCH_QUEUED, {})])
        raise StoreError("on purpose")

    with pytest.raises(StoreError):
        await book.write(fails)
    assert await book.read(lambda rows: rows.of_call("d-2", lock=False)) == []
    assert not await book.read(lambda rows: rows.has_event("d-2", "key"))


async def test_a_digest_is_opened_once_and_closed_for_ever(calls: CallBook) -> None:
    book = await a_book(calls, "d-3")
    later = replace(A_DIGEST, due_at=BEGAN + timedelta(hours=1))
    assert await book.write(lambda rows: rows.open_digest(A_DIGEST)) == A_DIGEST
    assert await book.write(lambda rows: rows.open_digest(later)) == A_DIGEST, "the one that is there"
    await book.write(lambda rows: rows.put(of("d-3", digest=A_DIGEST.id)))

    closed = await book.write(lambda rows: rows.close_digest(A_DIGEST.id))

    assert closed == replace(A_DIGEST, closed=True)
    assert await book.write(lambda rows: rows.open_digest(A_DIGEST)) == closed
    assert [d.call for d in await book.read(lambda rows: rows.of_digest(A_DIGEST.id, lock=False))] == ["d-3"]
    assert await book.write(lambda rows: rows.close_digest("nobody")) is None


async def test_what_failed_comes_with_what_replaces_it(calls: CallBook) -> None:
    book = await a_book(calls, "d-4")
    day = BEGAN + timedelta(days=1)
    failed = of("d-4", status=DispatchStatus.FAILED, changed_at=day)
    instead = replace(failed, id="d-4-by-sms", status=DispatchStatus.SENT, fallback_of=failed.id)
    await book.write(lambda rows: rows.put(failed, instead))

    assert {d.id for d in await book.read(lambda rows: rows.failed_since(day))} == {failed.id, instead.id}
    assert await book.read(lambda rows: rows.failed_since(day + timedelta(seconds=1))) == []


async def test_two_writers_of_one_dispatch_wait_for_each_other(calls: CallBook) -> None:
    book = await a_book(calls, "d-5")
    await book.write(lambda rows: rows.put(of("d-5")))

    def one_more(rows: DeliveryRows) -> None:
        there = rows.dispatch("d-5-final-office-lambert")
        assert there is not None
        rows.put(replace(there, attempts=there.attempts + 1))

    await asyncio.gather(*(book.write(one_more) for _ in range(20)))
    found = await book.read(lambda rows: rows.dispatch("d-5-final-office-lambert", lock=False))
    assert found is not None
    assert found.attempts == 20


async def test_messages_are_found_by_what_became_of_them(calls: CallBook) -> None:
    names = [f"s-{n}" for n in range(4)]
    book = await a_book(calls, *names)
    for n, name in enumerate(names):
        urgency = Urgency(UrgencyLevel.P1 if n == 3 else UrgencyLevel.P3, "panne")
        message = a_message(name, client="searched", urgency=urgency, taken_at=BEGAN + timedelta(hours=n))
        await calls.save(a_call(name), (), message)
    await book.write(lambda rows: rows.put(of("s-0"), of("s-1", status=DispatchStatus.FAILED)))
    search = MessageSearch(calls.database)

    async def ids(**wanted: Any) -> list[str]:
        return [f.message.call async for f in search.newest(Wanted(client="searched", **wanted))]

    assert await ids() == ["s-3", "s-2", "s-1", "s-0"]
    assert await ids(urgency=UrgencyLevel.P1) == ["s-3"]
    assert await ids(failed=True) == ["s-1"]
    assert await ids(status=DispatchStatus.QUEUED) == ["s-0"]
    assert await ids(since=BEGAN + timedelta(hours=2)) == ["s-3", "s-2"]
    for identity in ("s-0", "message-of-s-0", "s-0-final-office-lambert"):
        found, _ = await search.one(identity)
        assert [d.id for d in found.dispatches] == ["s-0-final-office-lambert"]
    with pytest.raises(UnknownMessage):
        await search.one("nobody")


async def test_many_messages_are_read_page_by_page_without_gap_or_double(calls: CallBook) -> None:
    names = [f"p-{n:04}" for n in range(PAGE + 20)]
    # Taken at the same moment by twos: pages are cut within such a pair too.
    for n, name in enumerate(names):
        taken_at = BEGAN + timedelta(seconds=(n + 1) // 2)
        await calls.save(a_call(name), (), a_message(name, client="paged", taken_at=taken_at))

    found = [f.message.call async for f in MessageSearch(calls.database).newest(Wanted(client="paged"))]

    assert found == sorted(names, reverse=True)


async def test_of_two_that_plan_for_one_call_the_later_one_sees_what_the_first_planned(calls: CallBook) -> None:
    book = await a_book(calls, "call-planned-twice")
    first, second = (replace(A_DISPATCH, id=f"planned-{n}", call="call-planned-twice") for n in (1, 2))

    def plan(rows: DeliveryRows, dispatch: Dispatch) -> int:
        assert rows.recorded("call-planned-twice", lock=True)
        known = len(rows.of_call("call-planned-twice"))
        time.sleep(0.2)
        rows.put(dispatch)
        return known

    seen = await asyncio.gather(*(book.write(partial(plan, dispatch=one)) for one in (first, second)))

    assert sorted(seen) == [0, 1]
