"""Shards of evaluations: what a killed node had begun is judged by another, and nobody else's work is touched."""

from __future__ import annotations

import asyncio
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes.postgres import running_postgres
from voicebot.errors import StoreError
from voicebot.store.eval_shards import DoneShard, EvalShards, eval_lane
from voicebot.store.open_database import OpenDatabase

PATIENCE_S = 60.0


@pytest.fixture
def postgres(tmp_path: Path) -> Iterator[str]:
    with running_postgres(tmp_path) as url:
        yield url


async def child(database: str, node: str, gate: Path) -> asyncio.subprocess.Process:
    program = Path(__file__).with_name("judging_child.py")
    return await asyncio.create_subprocess_exec(
        sys.executable, str(program), database, node, str(gate), stdout=asyncio.subprocess.PIPE
    )


async def begins(process: asyncio.subprocess.Process) -> None:
    assert process.stdout is not None
    async with asyncio.timeout(PATIENCE_S):
        while (line := await process.stdout.readline()) != b"judging\n":
            assert line, "the child ended"


@pytest.mark.alone
async def test_shard_of_a_killed_node_is_judged_by_another(postgres: str, tmp_path: Path) -> None:
    database = await OpenDatabase.open(postgres)
    shards = EvalShards(database, eval_lane("tested"))
    other = EvalShards(database, eval_lane("other program"))
    await shards.begin("run", zlib.compress(b"judged "))
    await other.begin("other", zlib.compress(b"never "))
    await other.hand_out("other", 0, 1, zlib.compress(b"case"))
    for number, case in enumerate((b"one", b"two", b"three")):
        await shards.hand_out("run", number, 1, zlib.compress(case))
    north = await child(postgres, "north", tmp_path / "never")
    south: asyncio.subprocess.Process | None = None
    try:
        await begins(north)
        south = await child(postgres, "south", tmp_path)
        done: list[DoneShard] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(done) < 2:
                done += await shards.collect("run")
            assert {shard.node for shard in done} == {"south"}
            north.kill()
            await north.wait()
            while len(done) < 3:
                done += await shards.collect("run")
        found = {shard.number: zlib.decompress(shard.result) for shard in done}
        assert found == {0: b"judged ONE", 1: b"judged TWO", 2: b"judged THREE"}
        assert await shards.collect("run") == []
        assert await other.collect("other") == []
    finally:
        for process in (north, south):
            if process is not None and process.returncode is None:
                process.kill()
                await process.wait()
        await database.close()


async def test_a_file_cannot_be_shared(tmp_path: Path) -> None:
    database = await OpenDatabase.open(f"sqlite:///{tmp_path / 'voicebot.db'}")
    with pytest.raises(StoreError, match="PostgreSQL"):
        EvalShards(database, eval_lane("tested"))
    await database.close()
