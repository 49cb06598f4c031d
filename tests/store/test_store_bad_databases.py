"""A database that cannot be used is said so, with what to do about it."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from stored_samples import a_call, an_event

import voicebot.store.database
import voicebot.store.open_database
from voicebot.errors import StoreError
from voicebot.store import CallBook
from voicebot.store.quality_tables import metadata


def url(file: Path) -> str:
    return f"sqlite:///{file}"


@pytest.mark.parametrize(
    ("database", "complaint"),
    [
        ("not a url", "not a database URL"),
        ("mysql://host/db", "no book on mysql"),
        ("sqlite:///:memory:", "would forget"),
        ("sqlite://", "would forget"),
    ],
)
async def test_a_database_that_cannot_be_a_book_is_refused(database: str, complaint: str) -> None:
    with pytest.raises(StoreError, match=complaint) as refused:
        await CallBook.open(database)
    assert refused.value.remedy


async def test_a_file_that_is_no_database_is_named_so(tmp_path: Path) -> None:
    file = tmp_path / "voicebot.db"
    file.write_bytes(b"this is a letter, not a database" * 400)

    with pytest.raises(StoreError, match="not a database") as refused:
        await CallBook.open(url(file))

    assert "VOICEBOT_DATABASE_URL" in refused.value.remedy
    assert file.read_bytes().startswith(b"this is a letter")


async def test_a_damaged_database_is_named_so(tmp_path: Path) -> None:
    file = tmp_path / "voicebot.db"
    book = await CallBook.open(url(file), reserve_bytes=4096)
    for number in range(1, 60):
        await book.save(a_call(), [an_event(number, text="x" * 2000)])
    await book.close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)

    with pytest.raises(StoreError, match="damaged") as refused:
        book = await CallBook.open(url(file), reserve_bytes=4096)

    assert "backup" in refused.value.remedy


async def test_a_folder_that_is_a_file_is_named_so(tmp_path: Path) -> None:
    (tmp_path / "house").write_text("no folder")

    with pytest.raises(StoreError, match="folder cannot be used"):
        await CallBook.open(url(tmp_path / "house" / "voicebot.db"))


async def test_a_folder_in_the_databases_place_is_named_so(tmp_path: Path) -> None:
    (tmp_path / "voicebot.db").mkdir()

    with pytest.raises(StoreError, match="cannot be opened") as refused:
        await CallBook.open(url(tmp_path / "voicebot.db"))

    assert "writable" in refused.value.remedy


async def test_a_database_of_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "voicebot.db"
    await (await CallBook.open(url(file), reserve_bytes=4096)).close()
    with sqlite3.connect(file) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(StoreError, match="another version"):
        await CallBook.open(url(file))


async def test_a_database_locked_for_too_long_is_a_store_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voicebot.store.database, "BUSY_LIMIT_S", 0.05)
    file = tmp_path / "voicebot.db"
    book = await CallBook.open(url(file), reserve_bytes=4096)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="locked"):
        await book.save(a_call(), [])
    holder.rollback()
    holder.close()
    await book.save(a_call(), [])

    assert await book.call("call-1") == a_call()
    await book.close()


async def test_one_job_too_many_is_refused_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(voicebot.store.open_database, "WAITING_LIMIT", 3)
    book = await CallBook.open(url(tmp_path / "voicebot.db"), reserve_bytes=4096)

    saves = [book.save(a_call(f"call-{n}"), []) for n in range(5)]
    results = await asyncio.gather(*saves, return_exceptions=True)

    assert sorted(str(result) for result in results if result)[0].startswith("Too many jobs")
    assert len(await book.recent(9)) == results.count(None) == 3
    await book.close()


async def test_a_database_that_does_not_answer_in_time_is_a_store_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "voicebot.db"
    book = await CallBook.open(url(file), reserve_bytes=4096)
    await book.save(a_call("first"), [])
    monkeypatch.setattr(voicebot.store.open_database, "SAVE_LIMIT_S", 0.05)
    holder = sqlite3.connect(file, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")

    with pytest.raises(StoreError, match="did not answer"):
        await book.save(a_call(), [])

    holder.rollback()
    holder.close()
    await book.close()


async def test_processes_that_open_a_new_database_together_all_get_it(tmp_path: Path) -> None:
    opening = "import asyncio, sys; from voicebot.store import CallBook; asyncio.run(CallBook.open(sys.argv[1]))"
    children = [
        await asyncio.create_subprocess_exec(
            sys.executable, "-c", opening, url(tmp_path / "voicebot.db"), stderr=asyncio.subprocess.PIPE
        )
        for _ in range(4)
    ]

    ends = [(await child.communicate(), child.returncode) for child in children]

    assert [(code, error) for (_, error), code in ends] == [(0, b"")] * 4


async def test_the_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    await (await CallBook.open(url(tmp_path / "voicebot.db"), reserve_bytes=4096)).close()

    with sa.create_engine(url(tmp_path / "voicebot.db")).connect() as connection:
        # The durable engine keeps its own tables beside ours.
        ours = {"include_object": lambda thing, name, kind, *_: _table_of(thing, name, kind) in metadata.tables}
        differences = compare_metadata(MigrationContext.configure(connection, opts=ours), metadata)

    assert differences == []


def _table_of(thing: Any, name: str, kind: str) -> str:
    return name if kind == "table" else thing.table.name
