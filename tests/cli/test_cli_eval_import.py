"""voicebot eval import and export, as QA staff type them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from voicebot.cli.app import app
from voicebot.clients.client_file import read_client_file
from voicebot.quality.conversation_evals import hold_call
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.records.transcript import transcript_json
from voicebot.settings import settings, shipped
from voicebot.store.call_book import CallBook
from voicebot.understanding.rules import Rules

EXAMPLES = "evals/examples/calls"


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    clients = tmp_path / "clients"
    clients.mkdir()
    file = shipped("client_configs") / "chauffage-morel.yaml"
    (clients / file.name).write_bytes(file.read_bytes())
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(clients))
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()
    yield
    settings.cache_clear()


def typed(*words: str) -> Result:
    return CliRunner().invoke(app, ["eval", *words])


def test_folder_becomes_one_list(tmp_path: Path) -> None:
    done = typed("import", EXAMPLES, "--to", str(tmp_path / "out"))
    assert done.exit_code == 0, done.output
    lines = (tmp_path / "out" / "calls.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 7
    assert "7 calls" in done.output
    assert "1 without client" in done.output


def test_report_for_machines_and_pseudonyms(tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    done = typed("import", EXAMPLES, "--pseudonymise", "--client", "chauffage-morel", "--to", str(out), "--json")
    report = json.loads(done.stdout)
    assert (report["read"], report["lost"], report["without_client"], report["masked"]) == (7, 0, 0, {})
    assert "martin" not in out.read_text(encoding="utf-8").lower()
    assert "douze trente-quatre" not in out.read_text(encoding="utf-8")


def test_nothing_readable_is_a_failure_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "bad.jsonl").write_text('{"turns": [{"speaker": "Q", "text": "a"}]}\n')
    done = typed("import", str(tmp_path / "bad.jsonl"))
    assert done.exit_code == 1
    assert "bad.jsonl:1" in done.output
    assert "--speakers" in done.output


def test_schema_is_printed() -> None:
    assert json.loads(typed("import", "--schema").stdout)["required"] == ["turns"]


@pytest.mark.parametrize("words", [("--format", "word"), ("--speakers", "A=boss")])
def test_wrong_options_are_explained(words: tuple[str, str]) -> None:
    done = typed("import", EXAMPLES, *words)
    assert done.exit_code == 1
    assert words[0] in done.output


async def _fill(names: tuple[str, ...]) -> None:
    current = settings()
    current.data_dir.mkdir(parents=True, exist_ok=True)
    book = await CallBook.open(current.database, reserve_bytes=4096)
    written = [w for w in read_conversations([Path("evals/conversations/heating.yaml")]) if w.conversation.name in names]
    instructions = read_client_file(current.clients_dir / "chauffage-morel.yaml")
    try:
        for number, one in enumerate(written):
            await hold_call(one, instructions, Rules(), book, number)
    finally:
        await book.close()


def test_calls_of_the_store_are_exported_of_invented_people(tmp_path: Path) -> None:
    names = tuple(w.conversation.name for w in read_conversations([Path("evals/conversations/heating.yaml")])[:6])
    asyncio.run(_fill(names))
    out, real = tmp_path / "out.jsonl", tmp_path / "real.jsonl"
    done = typed("export", "--to", str(out), "--json")
    assert json.loads(done.stdout)["calls"] == 6, done.output
    assert typed("export", "--to", str(real), "--identifying", "--newest", "4").exit_code == 0
    invented, original = (file.read_text(encoding="utf-8") for file in (out, real))
    assert "paul martin" in original
    assert "paul martin" not in invented.lower()
    assert len(original.splitlines()) == 4
    assert out.stat().st_mode & 0o077 == 0
    first = transcript_json.validate_json(invented.splitlines()[0])
    assert first.record is not None
    assert first.record.call.id == first.id
    again = typed("export", "--to", str(tmp_path / "again.jsonl"))
    assert again.exit_code == 0
    assert (tmp_path / "again.jsonl").read_text(encoding="utf-8") == invented


def test_export_of_nothing_is_a_failure(tmp_path: Path) -> None:
    assert typed("export", "--to", str(tmp_path / "out.jsonl"), "--client", "nobody").exit_code == 1
    assert typed("export", "--to", str(tmp_path / "out.jsonl"), "--since", "soon").exit_code == 1
