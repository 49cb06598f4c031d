"""Nodes: a name belongs to one living process; what a killed one left is done by another, or by itself when it returns."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from stored_samples import a_call, a_message, an_event

from tests.fakes.postgres import running_postgres
from voicebot.domain.work import Work, WorkKind
from voicebot.errors import NodeTaken
from voicebot.store import CallBook
from voicebot.store.nodes import dead_nodes, node_presence, take_over_dead_nodes

PATIENCE_S = 30.0
HELD = (
    "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("postgres")
    with running_postgres(folder):
        yield folder


@pytest.fixture
def postgres(server: Path) -> Iterator[str]:
    with running_postgres(server) as url:
        yield url


class Child:
    """voicebot's durable work in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def says(self, *beginnings: str) -> str:
        """The next line that begins with one of these; other lines are the log's."""
        assert self._process.stdout is not None
        async with asyncio.timeout(PATIENCE_S):
            while line := (await self._process.stdout.readline()).decode().rstrip():
                if line.startswith(beginnings):
                    return line
        raise AssertionError(f"the child ended before it said {beginnings}")

    async def kill(self) -> None:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGKILL)
        await self._process.wait()


@asynccontextmanager
async def working(database: str, node: str, gate: Path) -> AsyncIterator[Child]:
    child = Child(
        await asyncio.create_subprocess_exec(
            sys.executable,
            str(Path(__file__).with_name("working_child.py")),
            database,
            node,
            str(gate),
            stdout=asyncio.subprocess.PIPE,
        )
    )
    try:
        yield child
    finally:
        await child.kill()


async def owe(database: str, call_id: str) -> None:
    """A call ends and its message is to be delivered."""
    book = await CallBook.open(database, reserve_bytes=0)
    work = Work(f"{call_id}-deliver-final", WorkKind.DELIVER, call_id)
    await book.save(a_call(call_id), [an_event(1)], a_message(call_id), [work])
    await book.close()


async def test_another_node_does_what_a_killed_node_left(postgres: str, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    async with working(postgres, "north", gate) as north, working(postgres, "south", gate) as south:
        await asyncio.gather(north.says("working"), south.says("working"))
        await owe(postgres, "call-1")
        first, second = (north, south) if await _begins(north, south, "begun call-1") == "north" else (south, north)
        await first.says("waits call-1")
        await first.kill()
        # What was done once is not done again; what was cut off is.
        assert await second.says("begun", "waits") == "waits call-1"
        gate.touch()
        assert await second.says("done") == "done call-1"


async def _begins(north: Child, south: Child, line: str) -> str:
    """Which of the two takes the work up. The other must not wait for a line that never comes."""
    says = {asyncio.create_task(north.says(line)): "north", asyncio.create_task(south.says(line)): "south"}
    done, waiting = await asyncio.wait(says, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return says[done.pop()]


async def test_name_of_a_living_node_is_refused_and_free_once_it_is_killed(postgres: str, tmp_path: Path) -> None:
    book = await CallBook.open(postgres)
    async with working(postgres, "east", tmp_path / "gate") as east:
        await east.says("working")
        with pytest.raises(NodeTaken, match=r'"east".*VOICEBOT_NODE'):
            async with node_presence(book.database, "east", patience_s=0.0):
                pass
        async with node_presence(book.database, "west", patience_s=0.0):
            pass
        await east.kill()
        async with node_presence(book.database, "east"):
            pass
    await book.close()


async def test_name_is_free_at_once_when_it_is_given_back(postgres: str) -> None:
    book = await CallBook.open(postgres)
    with book.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watching:
        for _ in range(50):
            async with node_presence(book.database, "brief", patience_s=0.0):
                assert watching.exec_driver_sql(HELD).scalar_one() == 1
            assert watching.exec_driver_sql(HELD).scalar_one() == 0
    await book.close()


async def test_work_of_a_living_node_is_left_alone(postgres: str, tmp_path: Path) -> None:
    book, gate = await CallBook.open(postgres), tmp_path / "gate"
    async with working(postgres, "living", gate) as living:
        await living.says("working")
        await owe(postgres, "call-2")
        await living.says("waits call-2")
        assert await dead_nodes(book.database, "other") == set()
        assert await take_over_dead_nodes(book.database, "other") == []
        await living.kill()
        async with asyncio.timeout(PATIENCE_S), node_presence(book.database, "living"):
            # The server has noticed the death once the name is free.
            pass
        assert await dead_nodes(book.database, "other") == {"living"}
        assert await take_over_dead_nodes(book.database, "other", {"somebody else"}) == []
        assert await take_over_dead_nodes(book.database, "other") == ["call-2-deliver-final"]
        assert await take_over_dead_nodes(book.database, "other") == []
    await book.close()


async def test_lock_that_the_server_forgot_is_taken_again(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebot.store.nodes.KEEP_S", 0.05)
    book = await CallBook.open(postgres)
    async with node_presence(book.database, "shaken"):
        await book.database.write(_cut_off_locks)
        await asyncio.sleep(0)
        for _ in range(200):
            try:
                async with node_presence(book.database, "shaken", patience_s=0.0):
                    await asyncio.sleep(0)
            except NodeTaken:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("the lock was not taken again")
    await book.close()


def _cut_off_locks(connection: object) -> None:
    connection.exec_driver_sql(  # type: ignore[attr-defined]
        "SELECT pg_terminate_backend(pid) FROM pg_locks"
        " WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )


async def test_file_has_one_worker_whatever_its_name(tmp_path: Path) -> None:
    database, gate = f"sqlite:///{tmp_path / 'voicebot.db'}", tmp_path / "gate"
    async with working(database, "house", gate) as first:
        await first.says("working")
        await owe(database, "call-3")
        await first.says("waits call-3")
        async with working(database, "second", gate) as second:
            assert "stop it" in await second.says("refused", "working")
        await first.kill()
        async with working(database, "second", gate) as second:
            await second.says("working")
            # Its name is another one, and yet it goes on with what the dead worker of this file left.
            assert await second.says("begun", "waits") == "waits call-3"
            gate.touch()
            assert await second.says("done") == "done call-3"
