"""Finding calls and messages in both databases: spellings, filters, pages that lose and double nothing, old rows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.postgres import running_postgres
from tests.store.stored_samples import BEGAN, a_call, a_message
from voicebot.domain.call import EndReason
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, Detail
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import UnknownMessage
from voicebot.store import database as database_module
from voicebot.store.call_book import CallBook
from voicebot.store.call_search import CallSearch, WantedCalls
from voicebot.store.found_by import number_text
from voicebot.store.message_search import MessageSearch, Place, Wanted
from voicebot.store.message_standings import MessageStandings
from voicebot.store.tables import found_by


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("postgres")
    with running_postgres(folder):
        yield folder


@pytest.fixture(params=["sqlite", "postgresql"])
async def book(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[CallBook]:
    if request.param == "sqlite":
        opened = await CallBook.open(f"sqlite:///{tmp_path}/voicebot.db", reserve_bytes=0)
        yield opened
        await opened.close()
        return
    with running_postgres(request.getfixturevalue("server")) as url:
        opened = await CallBook.open(url, reserve_bytes=0)
        yield opened
        await opened.close()


async def save(book: CallBook, number: int, name: str = "Zoé Lefèvre", phone: str = "+33639980102", **changes: Any) -> str:
    at = BEGAN + timedelta(seconds=number // 3)
    details = {CALLER_NAME: Detail(name, ""), CALLBACK_NUMBER: Detail(phone, "")}
    fields: dict[str, Any] = {
        "ended": EndReason.GOODBYE,
        "started_at": at,
        "details": details,
        "verbatim": ("L'œuvre d'Évry.",),
    }
    call = a_call(f"call-{number:04}", **fields | changes)
    message = a_message(call.id, taken_at=call.started_at, client=call.client, details=details, verbatim=call.verbatim)
    await book.save(call, [], message)
    return call.id


async def found(book: CallBook, words: str) -> list[str]:
    messages = await MessageSearch(book.database).page(Wanted(words=words), 50)
    calls = await CallSearch(book.database).page(WantedCalls(words=words), 50)
    by_message = [one.call.id for one in messages.rows]
    assert by_message == [one.call.id for one in calls.rows]
    return by_message


async def test_names_numbers_and_words_in_any_spelling(book: CallBook) -> None:
    zoe = await save(book, 3)
    other = await save(
        book, 6, "Tom Baker", "+32470123456", caller_number="+3225551234", verbatim=("Rien de neuf, 12 34 rue.",)
    )
    for typed in (
        "LEFEVRE",
        "lefèvre zoé",
        "06 39 98 01 02",
        "+33 (0) 6-39-98-01-02",
        "0033 639 98",
        "oeuvre",
        "L’Œuvre évry",
    ):
        assert await found(book, typed) == [zoe], typed
    for typed in ("+32 470 12 34 56", "0470 12.34.56", "0032470", "baker neuf", "12 34 rue"):
        assert await found(book, typed) == [other], typed
    for typed in ("zoe baker", "100%", "zo_", "06 39 98 01 03"):
        assert await found(book, typed) == ([zoe] if typed == "zo_" else []), typed
    assert await found(book, "\\ % '") == [other, zoe], "no letter and no digit: nothing in particular is asked for"


async def test_trouble_and_urgency_are_filters(book: CallBook) -> None:
    plain, bad = await save(book, 0), await save(book, 3)
    call = await book.call(bad)
    await book.save(call, [CallEvent(1, BEGAN, EventKind.TROUBLE, {"code": "x", "what": "y"})])
    search = CallSearch(book.database)

    async def ids(**wanted: Any) -> list[str]:
        return [one.call.id for one in (await search.page(WantedCalls(**wanted), 50)).rows]

    assert await ids(with_trouble=True) == [bad]
    assert await ids(with_trouble=False) == [plain]
    assert await ids(urgency=UrgencyLevel.P1) == [bad, plain]
    assert await ids(urgency=UrgencyLevel.P2) == []
    assert await ids(clients=()) == []
    assert await search.count(WantedCalls()) == 2


async def test_a_deed_is_kept_once_and_another_undoes_it(book: CallBook) -> None:
    call = await save(book, 0)
    standings = MessageStandings(book.database)
    await standings.handle([call], "done", "claire", BEGAN)
    again = await standings.handle([call], "done", "marc", BEGAN + timedelta(minutes=1))
    assert (again[call].done_by, again[call].read_by) == ("claire", "claire")
    assert (await standings.handle([call], "reopened", "marc", BEGAN))[call].done_at is None
    assert len(await book.after_call(call)) == 2
    with pytest.raises(UnknownMessage):
        await standings.handle([call, "nothing"], "assigned", "marc", BEGAN, "marc")
    assert (await standings.handle([call], "read", "x", BEGAN))[call].assigned_to == ""


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    first=st.integers(0, 25),
    size=st.integers(1, 7),
    arriving=st.lists(st.integers(0, 4), max_size=12),
    clients=st.lists(st.sampled_from(["chauffage", "lilas"]), min_size=1, max_size=9),
)
def test_pages_neither_lose_nor_double_while_new_ones_arrive(
    tmp_path_factory: pytest.TempPathFactory, first: int, size: int, arriving: list[int], clients: list[str]
) -> None:
    """Three at a time begin in the same second: their order then is by id."""

    async def walk() -> None:
        folder = tmp_path_factory.mktemp("pages")
        book = await CallBook.open(f"sqlite:///{folder}/voicebot.db", reserve_bytes=0)
        made = [await save(book, number, client=clients[number % len(clients)]) for number in range(first)]
        mine = [call for number, call in enumerate(made) if clients[number % len(clients)] == "chauffage"]
        search, seen = MessageSearch(book.database), list[str]()
        last: Place | None = None
        number, coming = first, iter(arriving)
        while True:
            page = await search.page(Wanted(clients=("chauffage",)), size, after=last)
            seen += [one.call.id for one in page.rows]
            for _ in range(next(coming, 0)):
                # In a later second than all that was there: nothing arrives in the past.
                await save(book, number + 3, client="chauffage")
                number += 1
            if not page.older:
                break
            last = page.rows[-1].place
        await book.close()
        assert seen == mine[::-1]

    asyncio.run(walk())


async def test_rows_of_before_the_search_are_found_after_the_migration(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/voicebot.db"
    book = await CallBook.open(url, reserve_bytes=0)
    saved = [await save(book, number) for number in range(4)]
    open_call = replace(a_call("call-open", carrier_call_id="CA-open"), ended=None)
    await book.save(open_call, [])
    await book.close()
    engine = database_module.connect(database_module.database_url(url))
    config = Config()
    config.set_main_option("script_location", str(Path(database_module.__file__).parent / "migrations"))
    with engine.begin() as connection:
        before = connection.execute(sa.select(found_by).order_by(found_by.c.call)).all()
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    engine.dispose()
    book = await CallBook.open(url, reserve_bytes=0)
    after = await book.database.read(lambda c: c.execute(sa.select(found_by).order_by(found_by.c.call)).all())
    assert [row.call for row in after] == saved
    assert [tuple(row)[:6] for row in after] == [tuple(row)[:6] for row in before]
    assert [set(row.text.split()) for row in after] == [set(row.text.split()) for row in before]
    await book.close()


def test_numbers_are_written_as_people_dial_them() -> None:
    assert number_text("+33639980102") == "0033639980102 0639980102"
    assert number_text("+590590123456") == "00590590123456 0590123456"
    assert number_text("0612") == "0612"
    assert number_text("") == ""
