"""The page Clients over HTTP: who may read and publish, drafts, refused and conflicting publications, history, roll back."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.console.open_console import CLIENTS, AuditInMemory, OpenConsole, open_console, user
from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.client_file import digest_of
from voicebot.console.access import clients as access
from voicebot.console.pages import clients
from voicebot.console.scope import Visitor
from voicebot.domain.agent import Role
from voicebot.domain.call import Call
from voicebot.domain.language import Language
from voicebot.errors import InstructionsError, StoreError
from voicebot.wiring.client_register import ClientRegister

NOW = datetime(2026, 11, 24, 9, 20, tzinfo=UTC)
MOREL = "/clients/chauffage-morel"
PEOPLE = (
    user("claire", Role.SUPERVISOR),
    user("paul", Role.AGENT, "chauffage-morel"),
    user("quentin", Role.QA),
    user("vera", Role.CLIENT_VIEWER, "chauffage-morel"),
    user("sam", Role.SUPERVISOR, "cabinet-lilas"),
)


@asynccontextmanager
async def _console(tmp_path: Path) -> AsyncIterator[tuple[OpenConsole, httpx.AsyncClient]]:
    folder = tmp_path / "clients"
    shutil.copytree(CLIENTS, folder)
    async with open_console(tmp_path, [clients.routes], PEOPLE, clock=lambda: NOW, clients_dir=folder) as console:
        for file in console.house.clients().files.values():
            console.house.archive.keep(file, NOW)
        async with httpx.AsyncClient(base_url=console.address, timeout=60) as asking:
            yield console, asking


def _as(console: OpenConsole, name: str) -> dict[str, str]:
    return console.headers(name)


def _text(console: OpenConsole, name: str = "chauffage-morel") -> str:
    return (console.house.clients_dir / f"{name}.yaml").read_text("utf-8")


def _base(console: OpenConsole) -> str:
    return digest_of(_text(console).encode())


async def _publish(console: OpenConsole, asking: httpx.AsyncClient, text: str, base: str = "") -> httpx.Response:
    body = {"yaml": text, "base": base or _base(console)}
    return await asking.post(f"{MOREL}/publish", headers=_as(console, "claire"), json=body)


async def test_everybody_who_may_reads_and_only_supervisors_write(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        draft = {"yaml": _text(console)}
        publication = draft | {"base": _base(console)}
        for name, page, write in (
            ("claire", 200, 200),
            ("paul", 200, 404),
            ("quentin", 200, 404),
            ("vera", 404, 404),
            ("sam", 404, 404),
        ):
            headers = _as(console, name)
            assert (await asking.get(MOREL, headers=headers)).status_code == page
            assert (await asking.get(f"{MOREL}/history", headers=headers)).status_code == page
            assert (await asking.post(f"{MOREL}/draft", headers=headers, json=draft)).status_code == write
            if name != "claire":
                for deed in ("check", "publish"):
                    answer = await asking.post(
                        f"{MOREL}/{deed}", headers=headers, json=publication if deed == "publish" else draft
                    )
                    assert answer.status_code == 404
        listed = (await asking.get("/clients", headers=_as(console, "paul"))).text
        assert "Chauffage Morel" in listed
        assert "Cabinet médical des Lilas" not in listed
        assert (await asking.get("/clients/nobody", headers=_as(console, "claire"))).status_code == 404
        assert (await asking.get("/clients/..%2f..%2fetc", headers=_as(console, "claire"))).status_code == 404
        assert (await asking.get("/clients")).status_code == 401


async def test_a_draft_tells_its_values_problems_with_lines_and_findings(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        headers = _as(console, "claire")
        text = _text(console)
        edit = {"path": ["limits", "call_s"], "value": 700}
        told = (await asking.post(f"{MOREL}/draft", headers=headers, json={"yaml": text, "edits": [edit]})).json()
        assert told["values"]["limits"]["call_s"] == 700
        assert told["yaml"] == text.replace("call_s: 600", "call_s: 700")
        assert told["problems"] == []
        assert "lundi" in told["week"]

        line = next(n for n, one in enumerate(text.splitlines(), 1) if "sector:" in one)
        wrong = text.replace("sector: heating", "sector: heeting")
        told = (await asking.post(f"{MOREL}/draft", headers=headers, json={"yaml": wrong})).json()
        assert [one["line"] for one in told["problems"]] == [line]
        assert told["values"]["identity"]["sector"] == "heeting"

        told = (await asking.post(f"{MOREL}/draft", headers=headers, json={"yaml": "identity: ["})).json()
        assert told["values"] is None
        assert told["problems"]

        holed = text.replace('to: "2026-12-07 08:00"', 'to: "2026-12-06 08:00"', 1)
        told = (await asking.post(f"{MOREL}/draft", headers=headers, json={"yaml": holed})).json()
        assert [one["severity"] for one in told["findings"]] == ["warning"]
        assert "2026-12-07" in holed.splitlines()[told["findings"][0]["line"] - 1]
        assert "Personne" in told["roster"]


async def test_a_publication_is_numbered_signed_archived_noted_and_in_force(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        before = _text(console)
        text = before.replace("silence_s: 7", "silence_s: 8")
        answer = await _publish(console, asking, text)
        assert answer.status_code == 200, answer.text
        version = console.house.archive.history("chauffage-morel")[0].version + 1
        assert answer.json()["version"] == version
        now = console.house.clients().of("chauffage-morel")
        assert (now.version, now.author, now.limits.silence_s) == (version, "Claire", 8)
        published = _text(console)
        assert published.count("#") == before.count("#")
        changed = [b for a, b in zip(before.splitlines(), published.splitlines(), strict=True) if a != b]
        assert changed[0] == f"version: {version}"
        assert changed[1] == "author: Claire"
        assert len(changed) == 3
        assert console.house.archive.history("chauffage-morel")[-1].digest == digest_of(published.encode())
        assert isinstance(console.audit, AuditInMemory)
        assert ("claire", "published", "clients", f"chauffage-morel {version}", "chauffage-morel") in console.audit.entries


async def test_a_draft_with_errors_or_a_failing_example_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        before = _text(console)
        history = console.house.archive.history("chauffage-morel")
        failing = before.replace("then: {scenario: maintenance}", "then: {scenario: quote}", 1)
        shared = before.replace('"+33199001002"', '"+33199001099"').replace('"+33199001001"', _line_of_the_lilas(console))
        for text in (before.replace("to: office", "to: nobody-here", 1), failing, shared, "identity: ["):
            answer = await _publish(console, asking, text)
            assert answer.status_code == 422
            assert answer.json()["problems"][0]["text"]
        line = next(n for n, (a, b) in enumerate(zip(before.splitlines(), failing.splitlines(), strict=True), 1) if a != b)
        refused = await _publish(console, asking, failing)
        assert abs(refused.json()["problems"][0]["line"] - line) <= 1
        assert _text(console) == before
        assert console.house.archive.history("chauffage-morel") == history
        assert console.audit.entries == []


def _line_of_the_lilas(console: OpenConsole) -> str:
    return f'"{console.house.clients().of("cabinet-lilas").identity.dialled_numbers[0]}"'


async def test_a_publication_of_somebody_else_is_a_conflict_and_nothing_is_overwritten(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        old_base = _base(console)
        first = _text(console).replace("silence_s: 7", "silence_s: 8")
        mine = _text(console).replace("hold_s: 60", "hold_s: 90")
        assert (await _publish(console, asking, first, old_base)).status_code == 200
        theirs = _text(console)
        answer = await _publish(console, asking, mine, old_base)
        assert answer.status_code == 409
        assert answer.json()["base"] == _base(console)
        assert _text(console) == theirs


async def test_an_earlier_version_is_read_compared_and_published_again_as_a_new_one(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        headers = _as(console, "claire")
        first = _base(console)
        text = _text(console).replace("silence_s: 7", "silence_s: 8")
        await _publish(console, asking, text, first)
        second = _base(console)
        compared = (await asking.get(f"{MOREL}/history?before={first}&after={second}", headers=headers)).text
        assert "<del>7</del>" in compared
        assert "<ins>8</ins>" in compared
        assert "silence_s: 7" in (await asking.get(f"{MOREL}/history?version={first}", headers=headers)).text
        assert (await asking.get(f"{MOREL}/history?version=../../x", headers=headers)).status_code == 404
        answer = await asking.post(f"{MOREL}/roll-back", headers=headers, json={"digest": first, "base": second})
        assert answer.status_code == 200, answer.text
        history = console.house.archive.history("chauffage-morel")
        assert [one.version for one in history] == [history[0].version + n for n in range(3)]
        assert console.house.clients().of("chauffage-morel").limits.silence_s == 7
        assert console.audit.entries[-1][1] == "rolled_back"


async def test_file_and_archive_are_whole_when_the_folder_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _console(tmp_path) as (console, asking):
        before, history = _text(console), console.house.archive.history("chauffage-morel")
        text = before.replace("silence_s: 7", "silence_s: 8")

        def refuse(_self: Path, _target: Path) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "replace", refuse)
        answer = await _publish(console, asking, text)
        assert answer.status_code == 422
        assert "Permission denied" in answer.json()["problems"][0]["text"]
        assert "Let voicebot write in" in answer.json()["remedy"]
        assert _text(console) == before
        assert console.house.archive.history("chauffage-morel") == history
        assert sorted(path.name for path in console.house.clients_dir.iterdir()) == sorted(
            path.name for path in CLIENTS.iterdir()
        )


async def test_file_and_archive_are_as_they_were_when_the_archive_refuses_or_the_version_cannot_be_served(
    tmp_path: Path,
) -> None:
    async with _console(tmp_path) as (console, _):
        claire = Visitor(PEOPLE[0], "s", "c")
        before = _text(console)
        text = before.replace("silence_s: 7", "silence_s: 8")

        class FullArchive(InstructionsArchive):
            def keep(self, file: Any, now: datetime) -> bool:
                raise StoreError("The disk has no room.")

        full = replace(console.house, archive=FullArchive(tmp_path / "data" / "instructions"))
        with pytest.raises(StoreError):
            await access.publish(full, claire, "chauffage-morel", text, _base(console))
        assert _text(console) == before
        assert console.house.clients().of("chauffage-morel").limits.silence_s == 7

        async def serve_nothing_new() -> None:
            return

        deaf = replace(console.house, read_clients_again=serve_nothing_new)
        with pytest.raises(InstructionsError) as refused:
            await access.publish(deaf, claire, "chauffage-morel", text, _base(console))
        assert "cannot be served" in refused.value.problems[0]
        assert _text(console) == before


async def test_new_calls_obey_what_was_published_and_calls_in_progress_keep_theirs(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, _):
        register = ClientRegister.open(console.house.clients_dir, console.house.archive, lambda: NOW)

        async def take_over() -> None:
            read = register.read_again()
            register.keep(read)
            register.swap(read)

        house = replace(
            console.house,
            clients=lambda: register.clients,
            instructions_of=register.instructions_of,
            read_clients_again=take_over,
        )
        began_with = register.clients.files["chauffage-morel"]
        call = Call(
            "call-1", "chauffage-morel", began_with.instructions.version, "", "", NOW, Language.FRENCH,
            instructions_digest=began_with.digest,
        )  # fmt: skip
        text = _text(console).replace("silence_s: 7", "silence_s: 8")
        file = await access.publish(house, Visitor(PEOPLE[0], "s", "c"), "chauffage-morel", text, _base(console))
        assert house.instructions_of(call).limits.silence_s == 7
        assert house.instructions_of(replace(call, id="call-2", instructions_digest=file.digest)).limits.silence_s == 8
        assert [one.digest for one in house.archive.history("chauffage-morel")][-1] == file.digest


async def test_a_broken_file_is_opened_as_it_lies_there_and_can_be_mended(tmp_path: Path) -> None:
    async with _console(tmp_path) as (console, asking):
        good = _text(console)
        path = console.house.clients_dir / "chauffage-morel.yaml"
        path.write_text(good.replace("sector: heating", "sector: heeting"), "utf-8")
        await console.house.read_clients_again()
        listed = (await asking.get("/clients", headers=_as(console, "claire"))).text
        assert "Fichier refusé" in listed
        shown = (await asking.get(MOREL, headers=_as(console, "claire"))).text
        assert "sector: heeting" in shown
        answer = await _publish(console, asking, good)
        assert answer.status_code == 200, answer.text
        assert console.house.clients().of("chauffage-morel").author == "Claire"
