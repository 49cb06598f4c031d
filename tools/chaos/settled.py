"""Looks at the database until nothing is under way any more."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

from dbos import DBOSClient

from tools.chaos.story import Story
from voicebot.store.call_book import CallBook
from voicebot.store.outbox import APPLICATION, SERIALIZER

LOOK_EVERY_S = 0.5
UNDER_WAY = ["PENDING", "ENQUEUED", "DELAYED"]
_ALL_TIME = timedelta(days=-3650)


async def wait_until_settled(database: str, story: Story, limit_s: float) -> list[str]:
    """Returns: what is still under way after limit_s; empty when all has come to its end."""
    book = await CallBook.open(database, reserve_bytes=0)
    deadline = time.monotonic() + limit_s
    try:
        while True:
            left = await under_way(book, story)
            if not left or time.monotonic() > deadline:
                return left
            await asyncio.sleep(LOOK_EVERY_S)
    finally:
        await book.close()


async def under_way(book: CallBook, story: Story) -> list[str]:
    """Calls that have not ended, and workflows that are not over."""
    calls = await book.unfinished(story.now() - _ALL_TIME)
    workflows = await asyncio.to_thread(_workflows, book, UNDER_WAY)
    return [f"call {call.id}" for call in calls] + [f"work {workflow}" for workflow in workflows]


async def failed_work(book: CallBook) -> list[str]:
    """Workflows that ended by an error: nobody goes on with them."""
    return await asyncio.to_thread(_workflows, book, ["ERROR", "MAX_RECOVERY_ATTEMPTS_EXCEEDED", "CANCELLED"])


def _workflows(book: CallBook, status: list[str]) -> list[str]:
    client = DBOSClient(
        system_database_engine=book.database.engine, serializer=SERIALIZER, application_name=APPLICATION, lazy=True
    )
    listed = client.list_workflows(status=status, load_input=False, load_output=False)
    return [f"{workflow.workflow_id} ({workflow.status})" for workflow in listed]
