"""Replaying past calls from the publish dialog, over HTTP: who may, what is noted, what is told, and how it ends."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.open_console import CLIENTS, OpenConsole, open_console, user
from voicebot.clients.client_file import ClientFile
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages import clients
from voicebot.domain.agent import Role
from voicebot.domain.replay import Flip, ReplayedCall, ReplayedTurn, ReplayReport
from voicebot.errors import StoreError

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
MOREL = "/clients/chauffage-morel"
PEOPLE = (
    user("claire", Role.SUPERVISOR),
    user("paul", Role.AGENT, "chauffage-morel"),
    user("quentin", Role.QA),
    user("vera", Role.CLIENT_VIEWER, "chauffage-morel"),
    user("sam", Role.SUPERVISOR, "cabinet-lilas"),
)
WORSE = ReplayedCall(
    "call-1",
    NOW,
    "leak",
    (Flip("urgency", "p1", "p2", 4, "details.ask_missing", "scenarios[leak].details"),),
    (
        ReplayedTurn("", ("Bonjour.",), ("Bonjour.",)),
        ReplayedTurn("au 12 <rue>", ("Avez-vous pu couper l'eau ?",), ("Je récapitule.",)),
    ),
    ("contract_number",),
)
OTHER = ReplayedCall(
    "call-2",
    NOW,
    "quote",
    (Flip("promise", "none", "demain", 2, "leave.take_leave", "scenarios[quote].promise"),),
    (ReplayedTurn("un devis", ("D'accord.",), ("Demain.",)),),
)


def report_of(*flipped: ReplayedCall) -> ReplayReport:
    return ReplayReport("chauffage-morel", "chauffage-morel 2", "chauffage-morel 3", 12, flipped)


@dataclass
class ReplayThatWaits:
    """A DraftReplay that a test lets go."""

    report: ReplayReport = field(default_factory=report_of)
    go: asyncio.Event = field(default_factory=asyncio.Event)
    wrong: Exception | None = None
    asked: list[tuple[str, int]] = field(default_factory=list)
    cancelled: int = 0

    async def __call__(
        self, draft: ClientFile, most: int, progress: Callable[[int, int], None] = lambda _done, _of: None
    ) -> ReplayReport:
        self.asked.append((draft.instructions.id, most))
        progress(5, 12)
        try:
            await self.go.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if self.wrong:
            raise self.wrong
        progress(12, 12)
        return self.report


@asynccontextmanager
async def opened(tmp_path: Path, replay: ReplayThatWaits | None) -> AsyncIterator[tuple[OpenConsole, httpx.AsyncClient]]:
    folder = tmp_path / "clients"
    shutil.copytree(CLIENTS, folder)
    made = open_console(tmp_path, [with_replay(replay)], PEOPLE, clock=lambda: NOW, clients_dir=folder)
    async with made as console, httpx.AsyncClient(base_url=console.address, timeout=60) as asking:
        yield console, asking


def with_replay(replay: ReplayThatWaits | None) -> Any:
    """The page, in a house that can replay."""

    def page(house: ConsoleHouse, frame: Any) -> Any:
        return clients.routes(replace(house, replay=replay), frame)

    return page


def draft(console: OpenConsole) -> dict[str, str]:
    return {"yaml": (console.house.clients_dir / "chauffage-morel.yaml").read_text("utf-8")}


async def state_of(console: OpenConsole, asking: httpx.AsyncClient, name: str = "claire", until: str = "") -> dict[str, Any]:
    async with asyncio.timeout(10):
        while True:
            told = (await asking.get(f"{MOREL}/replay", headers=console.headers(name))).json()
            if not until or told["state"] == until:
                return told
            await asyncio.sleep(0.01)


async def test_progress_then_flips_with_danger_first_and_everything_noted(tmp_path: Path) -> None:
    replay = ReplayThatWaits(report_of(WORSE, OTHER))
    async with opened(tmp_path, replay) as (console, asking):
        begun = await asking.post(f"{MOREL}/replay", json=draft(console), headers=console.headers("claire"))
        assert begun.json()["state"] == "running"
        going = await state_of(console, asking)
        assert (going["state"], going["done"], going["of"]) == ("running", 5, 12)
        replay.go.set()
        told = await state_of(console, asking, until="ready")
        assert told["danger"] == 1
        assert "2 appels sur 12 changent d’issue" in told["html"]
        assert "ligne " in told["html"]
        assert "12 &lt;rue&gt;" in told["html"]
        assert "/calls/call-1" in told["html"]
        assert told["html"].index("call-1") < told["html"].index("call-2")
        await state_of(console, asking)
        noted = [(who, deed, subject) for who, deed, _, subject, _ in console.audit.entries]
        assert noted == [
            ("claire", "replayed", "chauffage-morel"), ("claire", "opened", "call-1"), ("claire", "opened", "call-2"),
        ]  # fmt: skip
        assert replay.asked == [("chauffage-morel", 200)]


async def test_no_flip_is_said_in_words(tmp_path: Path) -> None:
    replay = ReplayThatWaits()
    replay.go.set()
    async with opened(tmp_path, replay) as (console, asking):
        await asking.post(f"{MOREL}/replay", json=draft(console), headers=console.headers("claire"))
        told = await state_of(console, asking, until="ready")
        assert told["danger"] == 0
        assert "Aucun appel ne change d’issue" in told["html"]


@pytest.mark.parametrize("name", ["paul", "quentin", "vera", "sam"])
async def test_only_who_may_publish_and_see_calls_gets_it(tmp_path: Path, name: str) -> None:
    replay = ReplayThatWaits(report_of(WORSE))
    replay.go.set()
    async with opened(tmp_path, replay) as (console, asking):
        await asking.post(f"{MOREL}/replay", json=draft(console), headers=console.headers("claire"))
        await state_of(console, asking, until="ready")
        headers = console.headers(name)
        answers = [
            await asking.post(f"{MOREL}/replay", json=draft(console), headers=headers),
            await asking.get(f"{MOREL}/replay", headers=headers),
            await asking.post(f"{MOREL}/replay/cancel", json={}, headers=headers),
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert all("couper" not in answer.text for answer in answers)
        assert len(replay.asked) == 1


async def test_it_can_be_cancelled_and_begun_again(tmp_path: Path) -> None:
    replay = ReplayThatWaits(report_of(WORSE))
    async with opened(tmp_path, replay) as (console, asking):
        headers = console.headers("claire")
        await asking.post(f"{MOREL}/replay", json=draft(console), headers=headers)
        await asking.post(f"{MOREL}/replay", json=draft(console), headers=headers)
        await state_of(console, asking)
        await asking.post(f"{MOREL}/replay/cancel", json={}, headers=headers)
        assert (await state_of(console, asking))["state"] == "none"
        assert replay.cancelled == len(replay.asked)
        replay.go.set()
        await asking.post(f"{MOREL}/replay", json=draft(console), headers=headers)
        assert (await state_of(console, asking, until="ready"))["danger"] == 1


async def test_a_store_that_refuses_and_a_house_without_calls_are_told(tmp_path: Path) -> None:
    replay = ReplayThatWaits(wrong=StoreError("The database is gone.", "Start it."))
    replay.go.set()
    async with opened(tmp_path, replay) as (console, asking):
        await asking.post(f"{MOREL}/replay", json=draft(console), headers=console.headers("claire"))
        await state_of(console, asking, until="failed")
    async with opened(tmp_path / "without", None) as (console, asking):
        told = await asking.post(f"{MOREL}/replay", json=draft(console), headers=console.headers("claire"))
        assert told.json()["state"] == "unavailable"
        broken = await asking.post(f"{MOREL}/replay", json={"yaml": "id: ["}, headers=console.headers("claire"))
        assert broken.json()["state"] == "unavailable"
