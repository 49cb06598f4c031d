"""kill -9 in the middle of a ladder: the next process goes on, nobody's telephone rings twice for one try, and it ends."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from on_call_house import N1, NIGHT, a_house, save_urgent_call, until, urgent_call

from tests.fakes.people_on_call import Does
from tests.fakes.postgres import running_postgres
from voicebot.domain.ladder import LadderStatus
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook

CHILD = Path(__file__).with_name("climbing_child.py")
ROOT = Path(__file__).parents[2]


async def run_child(database: str, folder: Path, began: float, dies_at: str, kill_after_s: float | None = None) -> int:
    """Returns: how it ended; -9 when it was killed, by itself or after kill_after_s."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(CHILD),
        database,
        str(folder),
        str(began),
        dies_at,
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
    )
    if kill_after_s is not None:
        try:
            async with asyncio.timeout(kill_after_s):
                return await child.wait()
        except TimeoutError:
            child.send_signal(signal.SIGKILL)
    return await child.wait()


async def check_it_ended_well(database: str, folder: Path, *, how: set[str] | None = None) -> None:
    """how: ways to end that are right here; acknowledged unless told. What the carrier tells a dead process is lost."""
    book = await CallBook.open(database, now=lambda: NIGHT)
    ladder = await LadderBook(book.database).of_call("call-1")
    events = await book.after_call("call-1")
    await book.close()
    rung = (folder / "rung").read_text().splitlines()
    sent = (folder / "sent").read_text().splitlines()
    assert ladder is not None
    assert ladder.over
    assert ladder.status.value in (how or {"acknowledged"})
    assert [e.data["how"] for e in events if e.kind is Kind.LADDER_ENDED] == [ladder.status.value]
    if ladder.status is LadderStatus.ALARM:
        assert [e.data["why"] for e in events if e.kind is Kind.ALARM_RAISED] == ["exhausted"]
    else:
        assert [e.data["first"] for e in events if e.kind is Kind.ACKNOWLEDGED] == [True]
    assert max(Counter(rung).values()) == 1, "somebody was rung twice for the same try"
    assert {e.data["attempt"] for e in events if e.kind is Kind.CONTACT_RUNG} == {line.split()[0] for line in rung}
    assert max(Counter(sent).values()) == 1, "a letter was sent twice"


@pytest.mark.timeout(120)
@pytest.mark.parametrize("point", ["after_save", "after_ring", "after_letter", "after_pass", "after_claim"])
async def test_a_ladder_killed_at_its_worst_moment_goes_on(tmp_path: Path, point: str) -> None:
    database, began = f"sqlite:///{tmp_path / 'voicebot.db'}", time.time()

    assert await run_child(database, tmp_path, began, point) == -signal.SIGKILL
    assert await run_child(database, tmp_path, began, "") == 0

    await check_it_ended_well(database, tmp_path)


@pytest.mark.timeout(120)
@pytest.mark.parametrize("point", ["after_ring", "after_claim"])
async def test_a_ladder_on_postgresql_goes_on_after_its_death(tmp_path: Path, point: str) -> None:
    began = time.time()
    with running_postgres(tmp_path / "server") as database:
        assert await run_child(database, tmp_path, began, point) == -signal.SIGKILL
        assert await run_child(database, tmp_path, began, "") == 0

        await check_it_ended_well(database, tmp_path)


@pytest.mark.timeout(150)
async def test_a_ladder_killed_at_random_moments_ends(tmp_path: Path) -> None:
    database, began = f"sqlite:///{tmp_path / 'voicebot.db'}", time.time()
    chance = random.Random(20261123)
    for _ in range(5):
        await run_child(database, tmp_path, began, "", kill_after_s=chance.uniform(1.5, 4.0))

    assert await run_child(database, tmp_path, began, "") == 0

    await check_it_ended_well(database, tmp_path, how={"acknowledged", "alarm"})


async def test_a_house_that_is_stopped_goes_on_where_it_stood(tmp_path: Path) -> None:
    database, began, slow = f"sqlite:///{tmp_path / 'voicebot.db'}", time.time(), 5.0
    phones = {N1: (Does.CARRIER_SILENT,)}
    async with a_house(database, phones, speed=slow, began=began) as house:
        await save_urgent_call(house.book, urgent_call(), house.instructions)
        await until(lambda: house.told(Kind.CONTACT_RUNG))
    async with a_house(database, phones, speed=slow, began=began) as house:
        assert (await house.on_call.desk.ladder("call-1-on-call")).status is LadderStatus.CLIMBING
        await house.on_call.desk.by_operator("call-1-on-call", "Inès")
        ladder = await house.until_over()

        assert ladder.acknowledged_by == "operator:Inès"
        assert house.telephone.rung == [], "the call of the first house was not placed again"
        assert [e.data["how"] for e in await house.told(Kind.LADDER_ENDED)] == ["acknowledged"]
