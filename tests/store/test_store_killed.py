"""kill -9 at any moment: what was acknowledged is there, in order, and no transaction is half done."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from pathlib import Path

import pytest
from saving_child import EVENTS_PER_SAVE

from voicebot.store import CallBook

KILLS = 15


@pytest.mark.timeout(150)
async def test_nothing_acknowledged_is_lost_when_the_process_is_killed(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'voicebot.db'}"
    chance = random.Random(20260312)
    acknowledged: dict[str, int] = {}

    for kill in range(KILLS):
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("saving_child.py")),
            database,
            f"round-{kill}",
            stdout=asyncio.subprocess.PIPE,
        )
        assert child.stdout is not None
        told = [await child.stdout.readline() for _ in range(chance.randint(2, 120))]
        child.send_signal(signal.SIGKILL)
        told += (await child.stdout.read()).splitlines()
        for line in told:
            # Other lines are the log's.
            if line.startswith(b"saved "):
                _, call_id, turn = line.decode().split()
                acknowledged[call_id] = int(turn)
        assert await child.wait() == -signal.SIGKILL

    book = await CallBook.open(database)
    for call_id, turns in acknowledged.items():
        call = await book.call(call_id)
        numbers = [event.number for event in await book.events(call_id)]
        message = await book.message(call_id)
        assert call.turns in (turns, turns + 1), "a turn that was acknowledged is missing"
        assert numbers == list(range(1, call.turns * EVENTS_PER_SAVE + 1))
        assert message is not None
        assert len(message.verbatim) == call.turns
    await book.close()
    assert len(acknowledged) >= KILLS
