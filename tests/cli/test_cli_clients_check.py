"""voicebot clients check as an operator meets it: lines, remedies, exit status."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voicebot.cli import app
from voicebot.settings import settings

GOOD = (Path(__file__).parents[1] / "clients" / "chauffage-morel.yaml").read_text(encoding="utf-8")
BARE = GOOD[: GOOD.index("\nexamples:")] + "\n"
"""The same without its examples."""


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


def check(tmp_path: Path, text: str, *options: str) -> Result:
    (tmp_path / "chauffage-morel.yaml").write_text(text, encoding="utf-8")
    return CliRunner().invoke(app, ["clients", "check", *options])


def line_of(text: str, piece: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if piece in line)


def test_warning_has_file_line_field_and_remedy_and_refuses_nothing(tmp_path: Path) -> None:
    result = check(tmp_path, BARE)
    assert result.exit_code == 0
    assert "✓" in result.stdout
    assert "the file has no examples" in result.stdout
    assert f"warning line {line_of(BARE, 'scenarios:')}, scenarios: " in result.stdout
    assert "→ write examples:" in result.stdout
    assert check(tmp_path, BARE, "--strict").exit_code == 1


def test_error_refuses_the_file(tmp_path: Path) -> None:
    broken = re.sub(r'fallback_number: "[^"]*"', 'fallback_number: "+33199001001"', BARE)
    result = check(tmp_path, broken, "chauffage-morel")
    assert result.exit_code == 1
    line = line_of(broken, "fallback_number:")
    assert f"error line {line}, identity.fallback_number: is one of the dialled numbers" in result.stdout


def test_example_that_fails_is_told_with_its_line(tmp_path: Path) -> None:
    text = BARE + "examples:\n  - say: je voudrais un devis\n    then: {scenario: leak}\n"
    result = check(tmp_path, text)
    assert result.exit_code == 1
    assert f"chauffage-morel.yaml:{len(text.splitlines()) - 1}" in result.stdout
    assert "expected scenario: leak — found: quote" in result.stdout
    assert check(tmp_path, text, "--no-examples").exit_code == 0


def test_example_that_holds_is_counted(tmp_path: Path) -> None:
    text = BARE + "examples:\n  - say: je voudrais un devis\n    then: {scenario: quote}\n"
    result = check(tmp_path, text)
    assert result.exit_code == 0
    assert "1 examples" in result.stdout


def test_unknown_client_is_told(tmp_path: Path) -> None:
    result = check(tmp_path, BARE, "nobody")
    assert result.exit_code == 1
    assert "chauffage-morel" in result.stderr
