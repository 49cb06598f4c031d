"""voicebot clients new and show, as somebody meets them who takes on a client."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voicebot.cli import app
from voicebot.settings import settings

ANSWERS = {
    "id": "erables",
    "name": "Les Érables",
    "author": "Anne Roy",
    "sector": "general",
    "dialled_numbers": ["01 99 00 33 33"],
    "fallback_number": "06 39 98 33 33",
    "hours": "mon-fri 09:00-12:00 14:00-18:00",
    "people": [{"name": "Anne Roy", "phone": "06 39 98 33 34", "email": "anne@erables.example", "on_call": True}],
}
TYPED = [
    "Les Érables",
    "",
    "les Érables",
    "Anne Roy",
    "boulangerie",
    "general",
    "",
    "",
    "fr",
    "12",
    "01 99 00 33 33",
    "06 39 98 33 33",
    "de temps en temps",
    "lun-ven 9h-12h 14h-18h",
    "FR-57",
    "Anne Roy",
    "gérante",
    "06 39 98 33 34",
    "anne@erables.example",
    "y",
    "n",
    "",
]


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(tmp_path / "clients"))
    settings.cache_clear()
    (tmp_path / "clients").mkdir()
    yield
    settings.cache_clear()


def run(*arguments: str, typed: str = "") -> Result:
    return CliRunner().invoke(app, list(arguments), input=typed)


def write_answers(tmp_path: Path, **changes: object) -> str:
    path = tmp_path / "answers.json"
    path.write_text(json.dumps(ANSWERS | changes), encoding="utf-8")
    return str(path)


def test_answers_of_a_file_become_a_client_that_passes_the_check(tmp_path: Path) -> None:
    assert run("clients", "new", "--answers", write_answers(tmp_path)).exit_code == 0
    checked = run("clients", "check", "--no-examples")
    assert checked.exit_code == 0, checked.output
    assert "0 warnings" in checked.stdout


def test_questions_are_asked_again_until_they_can_be_used(tmp_path: Path) -> None:
    result = run("clients", "new", typed="\n".join(TYPED) + "\n")
    assert result.exit_code == 0, result.output
    text = (tmp_path / "clients" / "les-erables.yaml").read_text(encoding="utf-8")
    assert "holidays_region: FR-57" in text
    assert "+33199003333" in text
    assert run("clients", "check", "--no-examples").exit_code == 0


def test_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "clients" / "erables.yaml"
    path.write_text("mine", encoding="utf-8")
    result = run("clients", "new", "--answers", write_answers(tmp_path))
    assert result.exit_code == 1
    assert "there already" in result.stderr
    assert path.read_text(encoding="utf-8") == "mine"


def test_wrong_answers_are_told_by_field(tmp_path: Path) -> None:
    result = run("clients", "new", "--answers", write_answers(tmp_path, dialled_numbers=["12"]))
    assert result.exit_code == 1
    assert "dialled_numbers.0" in result.stderr
    assert run("clients", "new", "--answers", str(tmp_path / "none.yaml")).exit_code == 1


def test_client_is_shown_as_text_and_as_one_html_file(tmp_path: Path) -> None:
    run("clients", "new", "--answers", write_answers(tmp_path))
    text = run("clients", "show", "erables").stdout
    assert "FICHE DE CONSIGNES — Les Érables" in text
    assert "Je suis une intelligence artificielle" in text
    html = tmp_path / "page.html"
    assert run("clients", "show", "erables", "--html", str(html)).exit_code == 0
    assert "<h1>Les Érables</h1>" in html.read_text(encoding="utf-8")
    assert run("clients", "show", "nobody").exit_code == 1
    assert run("clients", "show", "erables", "--html", str(tmp_path / "no" / "page.html")).exit_code == 1


def test_cases_are_printed(tmp_path: Path) -> None:
    run("clients", "new", "--answers", write_answers(tmp_path))
    shown = run("clients", "check", "erables", "--cases", "--no-examples").stdout
    assert "holiday" in shown
    assert "monday (line " in shown
    assert "on call: anne-roy" in shown
