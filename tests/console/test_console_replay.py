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
from voicebot.clients.directory import load_clients
from voicebot.console.frame import Frame
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages import clients
from voicebot.console.pages.clients_replay_shown import FlipShower
from voicebot.domain.agent import Role
from voicebot.domain.call import EndReason
from voicebot.domain.language import Language
from voicebot.domain.message import MessageState
from voicebot.domain.replay import Flip, ReplayedCall, ReplayedTurn, ReplayReport
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
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


async def nobody(_request: Any) -> None:
    """A seat that nobody takes."""


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
        assert "24/11/2026 10:20" in told["html"]
        assert "fuite d&#39;eau\xa0:" in told["html"]
        assert "urgence <del>P1 Urgent</del> → <ins>P2 Le jour même</ins>" in told["html"]
        assert "promesse <del>aucune</del>" in told["html"]
        assert "avez-vous votre numéro de contrat, en haut de la facture ?" in told["html"]
        await state_of(console, asking)
        noted = [(who, deed, subject) for who, deed, _, subject, _ in console.audit.entries]
        assert noted == [
            ("claire", "replayed", "chauffage-morel"), ("claire", "opened", "call-1"), ("claire", "opened", "call-2"),
        ]  # fmt: skip
        assert replay.asked == [("chauffage-morel", 200)]


FRENCH_AND_ENGLISH = [
    ("urgency", "p3", "P3 Normal", "P3 Normal"),
    ("scenario", "leak", "fuite d'eau", "water leak"),
    ("outcome", "on_call", "Astreinte et message", "On call and message"),
    ("to", "morel", "Monsieur Morel", "Monsieur Morel"),
    ("filter", "canvassers", "démarcheurs", "canvasser"),
    ("handoff", "callback", "rappel promis", "callback promised"),
    ("on_call", "woken", "appelée", "rung"),
    ("message", "partial", "incomplet", "partial"),
    ("missing", "caller_name, address", "nom · adresse", "name · address"),
    ("missing", "water_is_off", "avez-vous pu couper l'arrivée d'eau ?", "were you able to turn the water off?"),
    ("safety_script", "gas_smell, fire", "odeur de gaz · feu, fumée", "smell of gas · fire, smoke"),
    ("answer", "hours", "je voudrais savoir vos horaires", "what are your opening hours"),
    ("answer", "scenario:leak, filter:press", "fuite d'eau · presse", "water leak · press"),
    ("end", "goodbye", "Au revoir dit", "Goodbye said"),
    ("on_call", "none", "aucune", "none"),
    ("message", "none", "aucun", "none"),
    ("promise", "Demain à huit heures.", "Demain à huit heures.", "Demain à huit heures."),
    ("scenario", "gone-since", "gone-since", "gone-since"),
]


@pytest.mark.parametrize(("what", "value", "french", "english"), FRENCH_AND_ENGLISH)
def test_both_sides_are_told_in_words(what: str, value: str, french: str, english: str) -> None:
    frame, morel = Frame(nobody), load_clients(CLIENTS).of("chauffage-morel")
    told = [FlipShower([morel], to, frame.words("clients", to)).value(what, value) for to in Language]
    assert told == [french, english]


def test_every_word_of_an_outcome_is_known_in_both_languages() -> None:
    frame = Frame(nobody)
    for language in Language:
        said = frame.words("clients", language)
        assert {f"outcome.{one}" for one in Outcome} | {f"ended.{one}" for one in EndReason} <= said.keys()
        assert {f"level.{one}" for one in UrgencyLevel} <= said.keys()
        assert {f"clients.replay.message.{one}" for one in MessageState} <= said.keys()


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
