"""The console's replay over a real store: its own process, progress, and a cancellation that leaves nothing behind."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.client_file import client_of
from voicebot.clients.directory import load_clients
from voicebot.domain.orientation import Facilities
from voicebot.quality.conversation_evals import hold_call
from voicebot.quality.conversation_file import read_conversations
from voicebot.settings import Settings
from voicebot.store.call_book import CallBook
from voicebot.understanding.rules import Rules
from voicebot.wiring.draft_replay import ReplayDrafts
from voicebot.wiring.house import archive_of

ROOT = Path(__file__).parents[2]
MOREL = "chauffage-morel"
NAMES = ("no-hot-water-at-night", "everything-in-one-breath", "smell-of-gas")


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[Any]:
    """As much of a House as replaying asks for: store, clients, archive, what can be done now."""
    clients = load_clients(ROOT / "client_configs")
    book = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    settings = Settings(data_dir=tmp_path)
    InstructionsArchive(archive_of(settings)).keep(clients.files[MOREL], datetime.now(UTC))
    for number, written in enumerate(read_conversations([ROOT / "evals" / "conversations" / "heating.yaml"])):
        if written.conversation.name in NAMES:
            await hold_call(written, clients.of(MOREL), Rules(), book, number)
    yield SimpleNamespace(
        settings=settings, book=book, clients=clients, facilities=lambda _call, _client: Facilities(on_call=True)
    )
    await book.close()


def draft(house: Any) -> Any:
    file = house.clients.files[MOREL]
    text = file.content.decode()
    edited = text.replace(
        "    details: [caller_name, callback_number, address]\n    urgency: p2\n",
        "    details: [caller_name, callback_number, address]\n    urgency: p2\n    outside_hours: on_call\n",
    )
    assert edited != text
    return client_of(file.path, edited.encode(), MOREL)


@pytest.mark.alone
async def test_the_newest_calls_of_the_client_are_replayed_and_progress_is_told(house: Any) -> None:
    told: list[tuple[int, int]] = []
    report = await ReplayDrafts(house)(draft(house), 200, lambda done, of: told.append((done, of)))
    assert (report.client, report.calls, report.drifted) == (MOREL, 3, ())
    assert [{flip.what: flip.after for flip in call.flips} for call in report.flipped] == [
        {"outcome": "on_call", "on_call": "woken"}
    ]
    assert told[0] == (0, 3)
    assert told[-1] == (3, 3)


async def test_a_client_without_calls_is_told_so(house: Any) -> None:
    file = house.clients.files["cabinet-lilas"]
    report = await ReplayDrafts(house)(file, 200)
    assert (report.calls, report.flipped) == (0, ())


@pytest.mark.alone
async def test_a_cancelled_replay_ends(house: Any) -> None:
    running = asyncio.create_task(ReplayDrafts(house)(draft(house), 200))
    await asyncio.sleep(0.05)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert multiprocessing.active_children() == []
