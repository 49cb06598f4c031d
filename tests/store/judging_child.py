"""Judges shards for its parent until it is killed; the first one waits at a gate when one is named."""

from __future__ import annotations

import asyncio
import sys
import time
import zlib
from pathlib import Path

from voicebot.store.eval_shards import eval_lane, judging_node
from voicebot.store.open_database import OpenDatabase


def stand_before(gate: Path) -> None:
    while not gate.exists():
        time.sleep(0.02)


async def work(database_url: str, node: str, gate: Path) -> None:
    async def judge(_run: str, common: bytes, content: bytes) -> bytes:
        sys.stdout.write("judging\n")
        sys.stdout.flush()
        await asyncio.to_thread(stand_before, gate)
        return zlib.compress(zlib.decompress(common) + zlib.decompress(content).upper())

    database = await OpenDatabase.open(database_url)
    async with judging_node(database, eval_lane("tested"), node, judge, queue_poll_s=0.05, watch_s=0.2):
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
