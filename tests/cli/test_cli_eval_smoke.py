"""The suite that is run at every change: nothing that its baseline holds is lost."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicebot.cli import app
from voicebot.settings import settings


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_smoke_holds_its_baseline(house: Path) -> None:
    ran = CliRunner().invoke(app, ["eval", "run", "smoke", "--no-cache", "--jobs", "1", "--fresh", "--out", str(house)])
    assert ran.exit_code == 0, ran.output
    assert "<svg" in (house / "report.html").read_text(encoding="utf-8")
    assert (house / "junit.xml").read_text(encoding="utf-8").count("<testcase ") >= 60
