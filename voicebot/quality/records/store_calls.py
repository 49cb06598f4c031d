"""Finished calls of our own store, whole, page by page, newest first."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from voicebot.call_file.tape import RECORDING
from voicebot.domain.call import RecordingState
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.call_records import record_of
from voicebot.quality.facts import Facts
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.transcript import Transcript
from voicebot.store.call_book import CallBook
from voicebot.store.call_search import CallSearch, WantedCalls
from voicebot.store.message_search import Place

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """client: id, "" all. clients: those that may be read, None all. since, until: begun then, and before; aware.

    ids: these calls alone, in this order. newest: at most so many, None all.
    """

    client: str = ""
    clients: tuple[str, ...] | None = None
    since: datetime | None = None
    until: datetime | None = None
    ids: Collection[str] = ()
    newest: int | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where finished calls are. folder: of call folders, for recordings; None where there is none. facts: by call id."""

    book: CallBook
    folder: Path | None = None
    facts: dict[str, Facts] = field(default_factory=dict)


async def read_store(shelf: Shelf, wanted: Wanted) -> AsyncIterator[Transcript]:
    """Calls that are over. Raises: UnknownCall for an id that is not there, StoreError."""
    count = 0
    async for call_id in _ids(shelf, wanted):
        if wanted.newest is not None and count >= wanted.newest:
            return
        record = await record_of(shelf.book, call_id)
        if record.call.ended is None or not _fits(record, wanted):
            continue
        count += 1
        yield transcript_of(record, expect=shelf.facts.get(call_id), audio=_recording(shelf.folder, record))


def _fits(record: CallRecord, wanted: Wanted) -> bool:
    call = record.call
    return (
        (not wanted.client or call.client == wanted.client)
        and (wanted.clients is None or call.client in wanted.clients)
        and (wanted.since is None or call.started_at >= wanted.since)
        and (wanted.until is None or call.started_at < wanted.until)
    )


async def _ids(shelf: Shelf, wanted: Wanted) -> AsyncIterator[str]:
    if wanted.ids:
        for call_id in wanted.ids:
            yield call_id
        return
    search = CallSearch(shelf.book.database)
    filters = WantedCalls(client=wanted.client, clients=wanted.clients, since=wanted.since, until=wanted.until)
    after: Place | None = None
    while True:
        page = await search.page(filters, _PAGE, after=after)
        for row in page.rows:
            yield row.call.id
        if not page.older or not page.rows:
            return
        after = page.rows[-1].place


def _recording(folder: Path | None, record: CallRecord) -> str:
    if folder is None or record.call.recording is not RecordingState.ON:
        return ""
    path = folder / f"{record.call.started_at:%Y-%m-%d}" / record.call.id / RECORDING
    return str(path) if path.exists() else ""
