"""On a full disk the reserve is given up and what was said is saved; without one the error says so."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from stored_samples import a_call, a_message, an_event

import voicebot.store.reserve
from tests.fakes.small_disk import mounted_disk
from voicebot.errors import StoreFull
from voicebot.store import CallBook


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'voicebot.db'}"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    with mounted_disk(tmp_path, "5m") as disk:
        yield disk


def fill(disk: Path) -> None:
    with contextlib.suppress(OSError), (disk / "filler").open("ab", buffering=0) as filler:
        while True:
            filler.write(b"x" * 4096)


async def test_a_database_that_may_not_grow_is_full(tmp_path: Path) -> None:
    book = await CallBook.open(url(tmp_path), reserve_bytes=4096)
    await book.save(a_call(), [an_event(1)], a_message())
    with book.database.engine.connect() as connection:
        pages = connection.execute(sa.text("PRAGMA page_count")).scalar_one()
        connection.execute(sa.text(f"PRAGMA max_page_count={pages}"))

    with pytest.raises(StoreFull) as full:
        await book.save(a_call(turns=9), [an_event(n, text="x" * 3000) for n in range(2, 40)])

    assert full.value.code == "store_full"
    assert full.value.remedy
    # The limit was the database's own, so the disk's reserve could not help; what was saved before is whole.
    assert book.reserve_spent
    assert await book.call("call-1") == a_call()
    assert await book.events("call-1") == [an_event(1)]
    await book.close()


async def test_the_reserve_lets_calls_under_way_be_saved_on_a_full_disk(small_disk: Path) -> None:
    book = await CallBook.open(url(small_disk), reserve_bytes=1024 * 1024)
    await book.save(a_call(), [an_event(1)])
    assert not book.reserve_spent
    fill(small_disk)

    for number in range(2, 102):
        await book.save(a_call(turns=number), [an_event(number, text="une phrase " * 20)], a_message())

    assert book.reserve_spent
    assert len(await book.events("call-1")) == 101
    assert await book.message("call-1") == a_message()
    assert not await book.restore_reserve()
    (small_disk / "filler").unlink()
    assert await book.restore_reserve()
    assert not book.reserve_spent
    await book.close()


async def test_a_disk_full_beyond_its_reserve_loses_nothing_that_was_saved(small_disk: Path) -> None:
    book = await CallBook.open(url(small_disk), reserve_bytes=64 * 1024)
    saved = 0
    fill(small_disk)

    async def save_until_full() -> None:
        nonlocal saved
        for number in range(1, 999):
            await book.save(a_call(turns=number), [an_event(number, text="une phrase " * 200)])
            saved = number

    with pytest.raises(StoreFull):
        await save_until_full()

    assert saved > 3
    assert (await book.call("call-1")).turns == saved
    assert len(await book.events("call-1")) == saved
    (small_disk / "filler").unlink()
    await book.save(a_call(turns=saved + 1), [an_event(saved + 1)])
    await book.close()


async def test_a_book_can_be_opened_again_on_a_full_disk(small_disk: Path) -> None:
    book = await CallBook.open(url(small_disk), reserve_bytes=1024 * 1024)
    await book.save(a_call(), [an_event(1)])
    await book.close()
    fill(small_disk)

    again = await CallBook.open(url(small_disk), reserve_bytes=1024 * 1024)
    await again.save(a_call(turns=9), [an_event(2)])

    assert (await again.call("call-1")).turns == 9
    assert again.reserve_spent
    await again.close()


async def test_a_disk_with_no_room_for_the_reserve_is_told_at_the_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_room(_size: int) -> bytes:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(voicebot.store.reserve.os, "urandom", no_room)

    book = await CallBook.open(url(tmp_path), reserve_bytes=4096)

    assert book.reserve_spent
    assert [name for name in os.listdir(tmp_path) if "reserve" in name] == []
    await book.close()


async def test_a_reserve_given_up_by_one_process_is_seen_by_the_other(tmp_path: Path) -> None:
    first = await CallBook.open(url(tmp_path), reserve_bytes=4096)
    second = await CallBook.open(url(tmp_path), reserve_bytes=4096)
    (tmp_path / "voicebot.db.reserve").unlink()

    assert first.reserve_spent
    assert second.reserve_spent
    assert await second.restore_reserve()
    assert not first.reserve_spent
    await asyncio.gather(first.close(), second.close())
