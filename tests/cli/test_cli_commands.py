"""The commands as an operator and a QA script meet them: output that machines can read, errors that say what to do."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voicebot.call_file.folder import read_call_file
from voicebot.cli import app
from voicebot.settings import settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("OPENAI_API_KEY", "VOICEBOT_LLM_BASE_URL", "VOICEBOT_LLM_API_KEY", "VOICEBOT_TWILIO_AUTH_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(ROOT / "client_configs"))
    monkeypatch.setenv("VOICEBOT_VOICE_ENGINE", "practice")
    settings.cache_clear()
    yield
    settings.cache_clear()


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def objects(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_talk_json_gives_an_object_per_turn_then_the_call_record(tmp_path: Path) -> None:
    typed = "bonjour je n'ai plus de chauffage\nje m'appelle paul martin\n"
    result = run("talk", "chauffage-morel", "--json", "--at", "2026-11-23 22:15", typed=typed)
    assert result.exit_code == 0, result.output
    greeting, first, second, record = objects(result)
    assert greeting["decisions"][0]["action"] == "greet"
    assert first["caller"] == "bonjour je n'ai plus de chauffage"
    assert {act["kind"] for act in first["acts"]} >= {"state_request"}
    assert second["decisions"][0]["subject"] == "callback_number"
    assert all(decision["rule"] and decision["because"] for row in (first, second) for decision in row["decisions"])
    assert record["format"] == "voicebot.call/1"
    assert record["message"]["state"] == "partial"
    assert record["message"]["details"]["caller_name"]["value"] == "Paul Martin"
    (written,) = (tmp_path / "var" / "calls").rglob("call.json")
    assert read_call_file(written).call.id == record["call"]["id"]
    assert (written.parent / "transcript.txt").read_text(encoding="utf-8")


def test_talk_json_is_the_same_each_time() -> None:
    typed = "ça sent le gaz\nau douze rue des lilas\n/silence\n"
    arguments = ("talk", "chauffage-morel", "--json", "--at", "2026-11-23 22:15")
    first, second = (objects(run(*arguments, typed=typed))[:-1] for _ in range(2))
    assert first == second


def test_talk_shows_the_rule_behind_each_decision_and_the_message() -> None:
    result = run("talk", "cabinet-lilas", "--why", "--at", "2026-11-23 22:15", typed="je voudrais un rendez-vous\n")
    assert "opening.greet" in result.stdout
    assert "scenarios[appointment].details" in result.stdout
    assert "cabinet-lilas.yaml:" in result.stdout
    assert "Message partial" in result.stdout


def test_talk_ends_when_the_caller_has_said_goodbye() -> None:
    rows = objects(run("talk", "chauffage-morel", "--json", typed="au revoir\nencore là\n"))
    assert rows[-2]["then"] == "hang_up"
    assert rows[-1]["call"]["ended"] == "goodbye"
    assert len(rows) == 3


def test_understand_reads_days_at_the_time_that_is_told_and_refuses_what_is_never_asked() -> None:
    options = ("--json", "--expecting", "preferred_slot", "--at", "2026-11-25 10:00")
    [french] = objects(run("understand", "chauffage-morel", *options, typed="mardi à quatorze heures trente\n"))
    assert french["acts"][0]["value"] == "2026-12-01T14:30"
    [english] = objects(run("understand", "chauffage-morel", *options, "--language", "en", typed="tomorrow at noon\n"))
    assert english["acts"][0]["value"] == "2026-11-26T12:00"
    refused = run("understand", "chauffage-morel", "--expecting", "nonsense", typed="x\n")
    assert refused.exit_code == 1
    assert "callback_number" in refused.output


def test_understand_json_gives_acts_per_line() -> None:
    typed = "zéro six trente-neuf quatre-vingt-dix-huit douze trente-quatre\nje ne sais pas\n"
    rows = objects(run("understand", "chauffage-morel", "--json", "--expecting", "callback_number", typed=typed))
    assert [row["words"] for row in rows] == typed.splitlines()
    assert rows[0]["acts"][0] | {"words": ""} == {
        "detail": "callback_number",
        "value": "+33639981234",
        "words": "",
        "confidence": "sure",
        "complete": True,
        "correction": False,
        "kind": "give_detail",
    }
    assert rows[1]["acts"][0]["kind"] == "do_not_know"


@pytest.mark.parametrize(
    "command", [("talk", "nobody"), ("understand", "nobody"), ("call", "--client", "nobody", "--say", "a")]
)
def test_unknown_client_is_told_with_the_known_ones(command: tuple[str, ...]) -> None:
    result = run(*command)
    assert result.exit_code == 1
    assert "unknown_client" in result.stderr
    assert "chauffage-morel" in result.stderr
    assert "Traceback" not in result.output


def test_broken_client_file_is_told_with_line_and_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = (ROOT / "client_configs" / "chauffage-morel.yaml").read_text(encoding="utf-8")
    (tmp_path / "chauffage-morel.yaml").write_text(good.replace("  sector:", "  sectr:"), encoding="utf-8")
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(tmp_path))
    settings.cache_clear()
    result = run("clients", "check")
    assert result.exit_code == 1
    line = next(n for n, text in enumerate(good.splitlines(), 1) if text.startswith("  sector:"))
    assert f"line {line}, identity.sectr" in result.stdout


def test_clients_are_listed_and_checked() -> None:
    assert run("clients", "check", "--no-examples").exit_code == 0
    assert "+33199001001" in run("clients", "list").stdout


def test_port_in_use_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = run("serve", "--port", str(taken.getsockname()[1]))
    assert result.exit_code == 1
    assert "address_in_use" in result.stderr
    assert "--port" in result.stderr


def test_missing_ears_are_told_with_the_command_that_gets_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_EARS_MODEL", "medium")
    settings.cache_clear()
    result = run("serve", "--port", "0")
    assert result.exit_code == 1
    assert "model_missing" in result.stderr
    assert "voicebot models pull medium" in result.stderr


def test_wrong_setting_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_MAX_CALLS", "many")
    settings.cache_clear()
    result = run("talk", "chauffage-morel")
    assert result.exit_code == 1
    assert "VOICEBOT_MAX_CALLS" in result.stderr


def test_data_folder_that_cannot_be_made_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "file" / "var"))
    settings.cache_clear()
    result = run("talk", "chauffage-morel")
    assert result.exit_code == 1
    assert "VOICEBOT_DATA_DIR" in result.stderr


def test_call_without_words_or_server_is_told() -> None:
    assert "--say" in run("call", "--client", "chauffage-morel").stderr
    result = run("call", "--client", "chauffage-morel", "--say", "allô", "--server", "http://127.0.0.1:9")
    assert result.exit_code == 1


def test_call_with_a_broken_wav_is_told(tmp_path: Path) -> None:
    (tmp_path / "x.wav").write_bytes(b"RIFF")
    result = run("call", "--client", "chauffage-morel", "--wav", str(tmp_path / "x.wav"))
    assert result.exit_code == 1
    assert "x.wav" in result.stderr
