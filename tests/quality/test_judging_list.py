"""The list of checks as people read it: the document and the command show every one."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicebot.cli.eval_judge import judge
from voicebot.cli.evals import app
from voicebot.quality.judging.every_check import CHECKS, MEASURES

DOCUMENT = Path(__file__).parents[2] / "docs" / "eval-judges.md"
TALK = (
    "Receptionist: Bonjour, je suis une intelligence artificielle.\nCaller: ça sent le gaz chez moi\nReceptionist: {said}\n"
)


def test_document_has_a_row_for_every_check_and_measure() -> None:
    rows = [line for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    for check in CHECKS:
        name = f"**`{check.id}`**" if check.critical else f"`{check.id}`"
        needs = ", ".join(sorted(check.needs)) or "words"
        assert f"| {name} | {needs} | {check.english} |" in rows
    for measured in MEASURES:
        assert any(all(f"`{name}`" in row for name in measured.names) and measured.english in row for row in rows)
    assert len(rows) == len(CHECKS) + len(MEASURES) + 2


def test_command_lists_every_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "250")
    shown = CliRunner().invoke(app, ["judge", "--list"])
    assert shown.exit_code == 0
    assert all(check.id in shown.output for check in CHECKS)
    assert judge.__doc__


@pytest.mark.parametrize(("said", "status"), [("Sortez et appelez le 18.", 0), ("Quel est votre nom ?", 1)])
def test_command_shows_what_failed(tmp_path: Path, said: str, status: int) -> None:
    file = tmp_path / "call.txt"
    file.write_text(TALK.format(said=said), encoding="utf-8")
    shown = CliRunner().invoke(app, ["judge", str(file)])
    assert shown.exit_code == status, shown.output
    assert ("emergency.number" in shown.output) is bool(status)
