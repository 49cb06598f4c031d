"""Reads the records of calls for the truth check, from the call book or from the folders that calls left."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path

from voicebot.call_file.folder import CALL_JSON, read_call_file
from voicebot.errors import StoreError
from voicebot.quality.call_receipts import CallRecord
from voicebot.store.call_book import CallBook

MOST_CALLS = 1_000_000


async def record_of(book: CallBook, call_id: str) -> CallRecord:
    """One call as the store has it now. Raises: UnknownCall, StoreError."""
    call = await book.call(call_id)
    return CallRecord(
        call,
        await book.message(call_id),
        tuple(await book.events(call_id)),
        tuple(await book.after_call(call_id)),
        await book.work(call_id),
    )


async def records_since(book: CallBook, since: datetime | None) -> AsyncIterator[CallRecord]:
    """Calls that began at `since` (aware) or later, newest first; None means all. Raises: StoreError."""
    for call in await book.recent(MOST_CALLS):
        if since is not None and call.started_at < since:
            return
        yield await record_of(book, call.id)


def records_in(folder: Path, since: datetime | None = None) -> Iterator[CallRecord]:
    """Calls of a folder of call folders, as they stood when each was last written. Raises: StoreError."""
    paths = sorted(folder.rglob(CALL_JSON))
    if not paths:
        raise StoreError(f"{folder} holds no {CALL_JSON}.", "Name the folder of calls, <VOICEBOT_DATA_DIR>/calls.")
    for path in paths:
        filed = read_call_file(path)
        if since is None or filed.call.started_at >= since:
            yield CallRecord(filed.call, filed.message, filed.events, filed.after_call)
