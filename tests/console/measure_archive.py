"""How fast the inbox and the archive answer with 20,000 messages: python tests/console/measure_archive.py [messages]."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from tests.console.archive_samples import LILAS, MOREL, a_dispatch, many_messages
from tests.fakes.postgres import running_postgres
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.urgency import UrgencyLevel
from voicebot.store.call_book import CallBook
from voicebot.store.call_search import CallSearch, WantedCalls
from voicebot.store.delivery_book import DeliveryBook
from voicebot.store.message_search import MessageSearch, Wanted

TRIES = 15


async def fill(book: CallBook, count: int) -> None:
    house: Any = SimpleNamespace(book=book)
    at_once = 200
    for first in range(0, count, at_once):
        made = await many_messages(house, min(at_once, count - first), first)
        statuses = (DispatchStatus.DELIVERED, DispatchStatus.SENT, DispatchStatus.READ, DispatchStatus.DELIVERED)
        sent = [a_dispatch(call.id, "mail", statuses[n % 4]) for n, call in enumerate(made)]
        if first == 0:
            sent[3] = a_dispatch(made[3].id, "mail", DispatchStatus.FAILED, trouble="rejected")
        await DeliveryBook(book.database).write(lambda rows, sent=sent: rows.put(*sent))


async def asked(what: str, ask: Callable[[], Awaitable[Any]]) -> None:
    took: list[float] = []
    for _ in range(TRIES):
        began = time.perf_counter()
        await ask()
        took.append((time.perf_counter() - began) * 1000)
    print(f"  {what:<58} {statistics.median(took):7.1f} ms  worst {max(took):7.1f} ms", flush=True)


async def measure(database: str, count: int) -> None:
    book = await CallBook.open(database, reserve_bytes=0)
    began = time.perf_counter()
    await fill(book, count)
    print(f"  filled in {time.perf_counter() - began:.0f} s", flush=True)
    messages, calls = MessageSearch(book.database), CallSearch(book.database)
    deep = await messages.page(Wanted(), 1)
    places = [one.place async for one in messages.newest(Wanted(urgency=UrgencyLevel.P4))]
    for what, wanted in (
        ("newest page", Wanted()),
        ("open ones", Wanted(done=False)),
        ("unread, one client, P2", Wanted(client=LILAS, urgency=UrgencyLevel.P2, read=False)),
        ("words that are in every message", Wanted(words="fuite")),
        ("a name and a word", Wanted(words="lefèvre 19999")),
        ("words that are nowhere", Wanted(words="introuvable")),
        ("a number that is nowhere", Wanted(words="06 39 98 77 77")),
        ("failed deliveries (one)", Wanted(dead=True)),
    ):
        await asked(f"messages: {what}", lambda wanted=wanted: messages.page(wanted, 50))
        await asked(f"messages: {what}, counted", lambda wanted=wanted: messages.count(wanted))
    await asked("messages: the last page of all", lambda: messages.page(Wanted(), 50, after=places[-10]))
    for what, archive in (
        ("newest page", WantedCalls()),
        ("one client", WantedCalls(client=MOREL)),
        ("with a human (none)", WantedCalls(with_human=True)),
        ("with trouble (none)", WantedCalls(with_trouble=True)),
        ("words that are nowhere", WantedCalls(words="introuvable")),
    ):
        await asked(f"calls: {what}", lambda archive=archive: calls.page(archive, 50))
    assert deep.rows
    await book.close()


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    with tempfile.TemporaryDirectory() as folder:
        print(f"SQLite, {count} messages", flush=True)
        await measure(f"sqlite:///{folder}/measured.db", count)
        with running_postgres(Path(folder)) as database:
            print(f"PostgreSQL, {count} messages", flush=True)
            await measure(database, count)


if __name__ == "__main__":
    asyncio.run(main())
