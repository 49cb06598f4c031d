"""kill -9 between sending and writing it down, and two processes on one database: an idempotent receiver sees each once."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from delivering_child import SECRET
from delivery_house import CLIENT, a_message, client_with, delivery_house, eventually

from tests.fakes.postgres import running_postgres
from tests.fakes.webhook_sink import Answers, WebhookSink
from voicebot.channels.webhook import webhook_key

HERE = Path(__file__).parent
KEY = webhook_key(SECRET, CLIENT, "crm")


@asynccontextmanager
async def delivering(database: str, sink: WebhookSink, node: str, moment: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A process that delivers; killed when the block ends."""
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        str(HERE / "delivering_child.py"),
        *(database, sink.url, node, moment),
        stdout=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent)},
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


@pytest.mark.parametrize(("moment", "requests"), [("die_after_send", 2), ("die_before_send", 1)])
async def test_a_process_killed_while_it_sends_loses_nothing_and_doubles_nothing(
    tmp_path: Path, moment: str, requests: int
) -> None:
    database = f"sqlite:///{tmp_path / 'voicebot.db'}"
    async with WebhookSink(key=KEY) as sink, delivery_house(database, {}, client_with(), working=False) as house:
        await house.hang_up(a_message("c1"))
        async with delivering(database, sink, "house", moment) as child:
            assert await asyncio.wait_for(child.wait(), 40) == -signal.SIGKILL
        assert await house.statuses("c1") == {"crm webhook": "queued"}
        async with delivering(database, sink, "house", "live"):
            await house.until("c1", crm_webhook="delivered")

    assert len(sink.requests) == requests
    assert len({hook.id for hook in sink.requests}) == 1
    assert len(sink.taken) == 1
    assert all(hook.verified for hook in sink.requests)


async def test_two_processes_share_a_database_and_send_each_message_once(tmp_path: Path) -> None:
    calls = [f"c{n}" for n in range(30)]
    with running_postgres(tmp_path / "pg") as database:
        async with (
            WebhookSink(*[Answers(503)] * 10, key=KEY) as sink,
            delivery_house(database, {}, client_with(), working=False) as house,
            delivering(database, sink, "node-1", "live"),
            delivering(database, sink, "node-2", "live"),
        ):
            await house.hang_up(*(a_message(call) for call in calls))

            async def all_delivered() -> bool:
                return all([await house.statuses(call) == {"crm webhook": "delivered"} for call in calls])

            await eventually(all_delivered, limit_s=60)

    assert Counter(hook.json["call"] for hook in sink.taken.values()) == Counter(calls)
    assert sink.doubles == 0
