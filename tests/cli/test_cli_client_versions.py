"""voicebot clients history and diff: versions that were in force, as an operator meets them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voicebot.cli import app
from voicebot.settings import settings

GOOD = (Path(__file__).parents[1] / "clients" / "chauffage-morel.yaml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(tmp_path / "clients"))
    monkeypatch.setenv("COLUMNS", "160")
    settings.cache_clear()
    (tmp_path / "clients").mkdir()
    yield
    settings.cache_clear()


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def in_force(tmp_path: Path, author: str, version: int) -> None:
    """Writes a version and has it taken by a call at the keyboard."""
    text = re.sub(r"^author: .*$", f"author: {author}", GOOD, flags=re.M)
    text = re.sub(r"^version: .*$", f"version: {version}", text, flags=re.M)
    (tmp_path / "clients" / "chauffage-morel.yaml").write_text(text, encoding="utf-8")
    assert run("talk", "chauffage-morel", "--json", typed="au revoir\n").exit_code == 0


def test_history_and_diff_of_versions(tmp_path: Path) -> None:
    in_force(tmp_path, "Anne", 2)
    in_force(tmp_path, "Anne", 2)
    in_force(tmp_path, "Bruno", 3)
    shown = run("clients", "history", "chauffage-morel").stdout
    assert (shown.count("Anne"), shown.count("Bruno"), shown.count("in force")) == (1, 1, 1)
    assert "in force = the file" in shown
    changed = run("clients", "diff", "chauffage-morel", "2", "3").stdout
    assert "-author: Anne" in changed
    assert "+author: Bruno" in changed
    assert "identity:" not in changed
    assert "No difference." in run("clients", "diff", "chauffage-morel").stdout
    path = tmp_path / "clients" / "chauffage-morel.yaml"
    path.write_text(path.read_text(encoding="utf-8") + "# later\n", encoding="utf-8")
    assert "+# later" in run("clients", "diff", "chauffage-morel").stdout
    assert "= the file" not in run("clients", "history", "chauffage-morel").stdout


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("history", "nobody"), "was ever in force"),
        (("diff", "../../etc/passwd"), "was ever in force"),
    ],
)
def test_client_without_versions_is_told(command: tuple[str, ...], said: str) -> None:
    result = run("clients", *command)
    assert result.exit_code == 1
    assert said in result.stderr
    assert "Traceback" not in result.output


def test_unknown_version_is_told(tmp_path: Path) -> None:
    in_force(tmp_path, "Anne", 2)
    result = run("clients", "diff", "chauffage-morel", "7")
    assert result.exit_code == 1
    assert "voicebot clients history" in result.stderr


def test_talk_with_a_broken_file_tells_that_the_last_good_version_answers(tmp_path: Path) -> None:
    in_force(tmp_path, "Anne", 2)
    path = tmp_path / "clients" / "chauffage-morel.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("08:00-12:00", "08:00-12h"), encoding="utf-8")
    result = run("talk", "chauffage-morel", "--json", typed="au revoir\n")
    assert result.exit_code == 0
    assert "last good version answers (version 2" in result.stderr


def test_schema_is_printed_and_written(tmp_path: Path) -> None:
    printed = run("clients", "schema").stdout
    assert '"$id": "voicebot.client-1.schema.json"' in printed
    assert "yaml-language-server" in run("clients", "schema", "--write").stdout
    assert (tmp_path / "clients" / "voicebot.client-1.schema.json").read_text(encoding="utf-8") == printed
