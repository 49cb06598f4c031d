"""voicebot oncall ladders and take: what nobody has is seen, and taken once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voicebot.cli.app import app
from voicebot.domain.call import Call
from voicebot.domain.ladder import Contact, Ladder, LadderPlan, LadderStatus, Role, Way
from voicebot.domain.language import Language
from voicebot.settings import settings
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook

NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
CALL = "20261123-211500-abcdef"


@pytest.fixture(autouse=True)
def own_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    url = f"sqlite:///{tmp_path / 'voicebot.db'}"
    monkeypatch.setenv("VOICEBOT_DATABASE_URL", url)
    settings.cache_clear()
    yield url
    settings.cache_clear()


def oncall(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["oncall", *arguments])


async def _begin(url: str, status: LadderStatus) -> None:
    book = await CallBook.open(url, reserve_bytes=4096)
    ladders = LadderBook(book.database)
    await book.save(Call(CALL, "ascenseurs-vertex", 1, "", "+33199004455", NIGHT, Language.FRENCH), ())
    contact = Contact("sonia", "Sonia Lemaire", Role.ON_CALL, 1, "+33639981233")
    await ladders.begin(LadderPlan(f"{CALL}-on-call", CALL, "ascenseurs-vertex", (contact,), NIGHT), NIGHT)
    if status is LadderStatus.ALARM:
        await ladders.finish(f"{CALL}-on-call", status, NIGHT)
    await book.close()


async def _ladder(url: str) -> Ladder:
    book = await CallBook.open(url, reserve_bytes=4096)
    try:
        return await LadderBook(book.database).ladder(f"{CALL}-on-call")
    finally:
        await book.close()


def test_an_alarm_that_nobody_has_is_seen_and_taken_once(own_database: str) -> None:
    asyncio.run(_begin(own_database, LadderStatus.ALARM))

    seen = oncall("ladders")
    assert seen.exit_code == 1
    assert CALL in seen.stdout
    assert "alarm" in seen.stdout

    taken = oncall("take", CALL, "--as", "Marie")
    assert taken.exit_code == 0, taken.output
    ladder = asyncio.run(_ladder(own_database))
    assert (ladder.acknowledged_name, ladder.acknowledged_way) == ("Marie", Way.CONSOLE)

    late = oncall("take", f"{CALL}-on-call", "--as", "Paul")
    assert late.exit_code == 1
    assert "Marie has it already" in late.stdout
    assert "No ladder waits" in oncall("ladders").stdout
    assert "Marie has it" in oncall("ladders", "--all").stdout


def test_a_ladder_that_is_climbed_is_no_alarm(own_database: str) -> None:
    asyncio.run(_begin(own_database, LadderStatus.CLIMBING))

    assert oncall("ladders").exit_code == 0


def test_an_unknown_call_is_said_so() -> None:
    assert oncall("take", "nothing").exit_code != 0
