"""Holds a node's name and does its durable work until its parent kills it; prints what becomes of it."""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from dbos import DBOS

from voicebot.domain.work import WorkKind
from voicebot.errors import NodeTaken
from voicebot.store import CallBook
from voicebot.store.durable import durable_engine
from voicebot.store.nodes import node_presence, watch_nodes

LOOK_S = 0.02


async def work(database: str, node: str, gate: Path) -> None:
    """The work of a call: tells that it has begun, waits for the file `gate`, tells that it is done."""

    def tell(what: str) -> None:
        # One write: the parent never reads half a line as a whole one.
        sys.stdout.write(f"{what}\n")
        sys.stdout.flush()

    def stand_before_gate() -> None:
        while not gate.exists():
            time.sleep(LOOK_S)

    async def begin(call: str) -> None:
        tell(f"begun {call}")

    async def wait(call: str) -> None:
        tell(f"waits {call}")
        await asyncio.to_thread(stand_before_gate)

    def register() -> None:
        steps = [DBOS.step(name=step.__name__)(step) for step in (begin, wait)]

        async def deliver(argument: dict[str, Any]) -> None:
            for step in steps:
                await step(argument["call"])
            tell(f"done {argument['call']}")

        DBOS.workflow(name=WorkKind.DELIVER.value)(deliver)

    book = await CallBook.open(database, reserve_bytes=0)
    try:
        async with (
            node_presence(book.database, node, patience_s=0.0),
            durable_engine(book.database, register, node=node, queue_poll_s=0.05),
        ):
            tell("working")
            await watch_nodes(book.database, node, every_s=0.2)
    except NodeTaken as taken:
        tell(f"refused {taken.remedy}")


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], sys.argv[2], Path(sys.argv[3])))
