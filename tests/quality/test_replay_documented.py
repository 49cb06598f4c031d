"""The worked example of docs/replay.md: its commands give what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicebot.cli import app
from voicebot.domain.replay import replay_json

ROOT = Path(__file__).parents[2]
EXAMPLE = "evals/examples/replay"
runner = CliRunner(env={"COLUMNS": "100", "TERM": "dumb"})


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path))


def documented() -> list[str]:
    text = (ROOT / "docs" / "replay.md").read_text("utf-8")
    return [
        line.removeprefix("voicebot ") for line in re.findall(r"^    (voicebot eval replay --against evals.*)$", text, re.M)
    ]


def test_three_calls_flip_by_one_instruction(tmp_path: Path) -> None:
    first = documented()[0].split()
    told = runner.invoke(app, [*first, "--json", str(tmp_path / "r.json"), "--html", str(tmp_path / "r.html")])
    assert told.exit_code == 0, told.output
    report = replay_json.validate_json((tmp_path / "r.json").read_bytes())
    assert [call.call for call in report.flipped] == [
        "christmas-closure", "no-hot-water-at-night", "price-question-then-the-breakdown",
    ]  # fmt: skip
    assert {flip.because for call in report.flipped for flip in call.flips} == {"scenarios[no-heating].outside_hours"}
    assert (report.drifted, report.skipped) == ((), ())
    text = (ROOT / "docs" / "replay.md").read_text("utf-8")
    assert "12 calls replayed, 3 flipped: 25.0 %" in told.output
    assert "12 calls replayed, 3 flipped: 25.0 %" in text
    assert "<table>" in (tmp_path / "r.html").read_text("utf-8")


def test_fail_on_stops_a_publication() -> None:
    gated = documented()[1].split()
    assert "--fail-on" in gated
    assert runner.invoke(app, gated).exit_code == 1
    safe = [part.replace("on_call", "safety_script") for part in gated]
    assert runner.invoke(app, safe).exit_code == 0


def test_what_cannot_be_used_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "chauffage-morel.yaml"
    broken.write_text((ROOT / EXAMPLE / "chauffage-morel.yaml").read_text("utf-8").replace("on_call\n", "on_calls\n", 1))
    calls = ["--transcripts", f"{EXAMPLE}/past-calls.jsonl"]
    told = runner.invoke(app, ["eval", "replay", "--against", str(broken), *calls])
    assert told.exit_code == 1
    assert "line 203" in told.output
    told = runner.invoke(
        app, ["eval", "replay", "--against", f"{EXAMPLE}/chauffage-morel.yaml", *calls, "--fail-on", "colour"]
    )
    assert "colour cannot flip" in told.output
