"""The queue book on both databases: rows come back as they were, a failed change changes nothing, nobody waits for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from stored_samples import BEGAN, a_call

from tests.fakes.postgres import running_postgres
from voicebot.domain.agent import AgentState, AgentWay, Presence, Role, User
from voicebot.domain.call import EndReason
from voicebot.domain.handoff import Handoff, HandoffStatus, Taker, Task, TaskKind, Why
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import StoreError, UnknownHandoff
from voicebot.store.call_book import CallBook
from voicebot.store.queue_book import QueueBook, QueueChange, QueueRows
from voicebot.store.user_book import UserBook

LATER = BEGAN + timedelta(seconds=30)
WAITING = Handoff("call-1-handoff-1", "call-1", "chauffage", Language.FRENCH, UrgencyLevel.P1, BEGAN, BEGAN)
TALKED = replace(
    WAITING,
    to="tison",
    because="scenarios[panne].transfer",
    status=HandoffStatus.RETURNED,
    taker=Taker("ana", "Ana Petit", AgentWay.PHONE),
    passed_over=("bob", "cid"),
    accepted_at=BEGAN,
    talking_at=LATER,
    over_at=LATER,
    why=Why.GIVEN_BACK,
    agent_line="CA1",
    task=Task(TaskKind.SEND_TEXT, text="access", by="ana"),
    node="n1",
    wanted_by="ana",
)
ANA = Presence(
    "ana",
    AgentState.IN_CALL,
    since=LATER,
    idle_since=BEGAN,
    seen_at=LATER,
    clients=("chauffage",),
    languages=(Language.ENGLISH,),
    way=AgentWay.PHONE,
    handoff=WAITING.id,
    reason="déjeuner",
    after=AgentState.PAUSED,
    missed=1,
)


@pytest.fixture(scope="module")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of one server for all tests of this file; each has a database of its own."""
    folder = tmp_path_factory.mktemp("queue-book-postgres")
    with running_postgres(folder):
        yield folder


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def calls(request: pytest.FixtureRequest, tmp_path: Path, postgres_folder: Path) -> AsyncIterator[CallBook]:
    """A book with one call in the queue, and Ana."""
    if request.param == "sqlite":
        book = await CallBook.open(f"sqlite:///{tmp_path / 'voicebot.db'}", reserve_bytes=4096)
        yield await _with_call(book)
        await book.close()
        return
    with running_postgres(postgres_folder) as url:
        book = await CallBook.open(url)
        yield await _with_call(book)
        await book.close()


async def _with_call(book: CallBook) -> CallBook:
    await book.save(a_call(), (), queued=(WAITING,))
    await UserBook(book.database).add(User("ana", "Ana Petit", Role.AGENT))
    return book


@pytest.fixture
def queue(calls: CallBook) -> QueueBook:
    return QueueBook(calls.database)


async def test_rows_come_back_as_they_were_written(queue: QueueBook) -> None:
    first = await queue.rows()
    assert (first.handoffs, first.presences, first.carriers) == ({WAITING.id: WAITING}, {}, {"call-1": "twilio"})

    await queue.change(lambda _rows: (QueueChange((TALKED,), (ANA,)), None))

    assert await queue.handoff(WAITING.id) == TALKED
    assert await queue.presence("ana") == ANA
    assert await queue.presences() == [ANA]
    rows = await queue.rows()
    assert rows.handoffs == {WAITING.id: TALKED}, "named by a presence, and with a line"
    await queue.seen("ana", LATER + timedelta(seconds=5))
    assert await queue.presence("ana") == replace(ANA, seen_at=LATER + timedelta(seconds=5))


async def test_what_is_over_and_let_go_is_not_read_again_unless_it_is_asked_for(queue: QueueBook) -> None:
    over = replace(TALKED, agent_line="")
    await queue.change(lambda _rows: (QueueChange((over,)), None))
    assert (await queue.rows()).handoffs == {}

    by_id = await queue.change(lambda rows: (QueueChange(), rows), handoff=over.id)
    by_call = await queue.change(lambda rows: (QueueChange(), rows), call="call-1")

    assert by_id.handoffs == by_call.handoffs == {over.id: over}
    assert await queue.of_call("call-1") == [over]
    with pytest.raises(UnknownHandoff):
        await queue.change(lambda _rows: (QueueChange(), None), handoff="x")


async def test_a_change_that_fails_changes_nothing(queue: QueueBook, calls: CallBook) -> None:
    receipt = MessageEvent("k", "call-1", LATER, MessageEventKind.HANDOFF_OVER)
    nobody = replace(ANA, agent="nobody")
    with pytest.raises(StoreError, match="database failed"):
        await queue.change(lambda _rows: (QueueChange((TALKED,), (nobody,), (receipt,)), None))

    assert await queue.handoff(WAITING.id) == WAITING
    assert [e.kind.value for e in await calls.after_call("call-1")] == ["handoff_queued"]


async def test_a_call_that_is_over_is_known_to_be(queue: QueueBook, calls: CallBook) -> None:
    assert not (await queue.change(lambda rows: (QueueChange(), rows), call="call-1")).ended

    await calls.save(a_call(ended=EndReason.CALLER_HUNG_UP), ())

    assert (await queue.change(lambda rows: (QueueChange(), rows), call="call-1")).ended
    assert (await queue.handoff(WAITING.id)).status is HandoffStatus.ABANDONED


async def test_changes_come_one_after_the_other_and_never_lock_out_a_call_that_is_saved(
    queue: QueueBook, calls: CallBook
) -> None:
    """Each change counts on what the one before it wrote, in two processes, while calls are saved and end."""
    there = await CallBook.open(calls.database.url, reserve_bytes=4096)
    await queue.change(lambda _rows: (QueueChange(presences=(replace(ANA, missed=0),)), None))

    def count(rows: QueueRows) -> tuple[QueueChange, None]:
        ana = rows.presences["ana"]
        happened = MessageEvent(f"count-{ana.missed}", "call-1", LATER, MessageEventKind.AGENT_RUNG)
        return QueueChange((), (replace(ana, missed=ana.missed + 1),), (happened,)), None

    async def save(number: int) -> None:
        call = a_call(f"more-{number}")
        queued = replace(WAITING, id=f"{call.id}-handoff-1", call=call.id)
        await calls.save(call, (), queued=(queued,))
        await there.save(a_call(turns=number), ())
        await calls.save(replace(call, ended=EndReason.CALLER_HUNG_UP), ())

    try:
        books = (queue, QueueBook(there.database))
        counting = (books[n % 2].change(count, call=("", "call-1")[n % 3 == 0]) for n in range(30))
        await asyncio.gather(*counting, *(save(n) for n in range(15)))
    finally:
        await there.close()

    ana = await queue.presence("ana")
    assert ana is not None
    assert ana.missed == 30
    assert len(await calls.after_call("call-1")) == 1 + 30
    assert set((await queue.rows()).handoffs) == {WAITING.id}
