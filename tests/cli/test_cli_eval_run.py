"""voicebot eval run: what it tells, its exit status, and what a killed run leaves."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voicebot.cli import app
from voicebot.settings import settings

CALLS = """
client: chauffage-morel
at: "2026-11-23 22:15"
calls:
  - {{name: gas, turns: ça sent le gaz dans ma cuisine, expect: {{message: {{urgency: {urgency}}}}}}}
  - {{name: cold, turns: je n'ai plus de chauffage, expect: {{}}}}
"""
PATIENCE_S = 60.0


def command(*given: str) -> list[str]:
    return [sys.executable, "-m", "voicebot", "eval", "run", *given]


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "suite.yaml").write_text("name: tried\ncases: {conversations: calls.yaml}\n", encoding="utf-8")
    expect(tmp_path, "p0")
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def expect(house: Path, urgency: str) -> None:
    (house / "calls.yaml").write_text(CALLS.format(urgency=urgency), encoding="utf-8")


def run(house: Path, *given: str) -> Result:
    """In this process: starting Python costs more than judging."""
    return CliRunner().invoke(app, ["eval", "run", str(house / "suite.yaml"), "--jobs", "1", *given])


def test_baseline_is_written_kept_and_a_regression_names_the_call(house: Path) -> None:
    baseline = house / "baseline.json"
    assert run(house, "--baseline", str(baseline)).exit_code == 2
    good = run(house, "--baseline", str(baseline), "--update-baseline")
    assert good.exit_code == 0, good.stderr
    assert "100.0 %" in good.stdout
    same = run(house, "--baseline", str(baseline), "--json", str(house / "result.json"))
    assert (same.exit_code, "2 from the cache" in same.stdout, "No regression" in same.stdout) == (0, True, True)
    assert len(json.loads((house / "result.json").read_bytes())["cases"]) == 2
    expect(house, "p3")
    bad = run(house, "--baseline", str(baseline))
    assert bad.exit_code == 1
    assert "Regression" in bad.stdout
    assert "gas" in bad.stdout
    assert "cold" not in bad.stdout.split("Regression", 1)[1].splitlines()[0]


def test_unusable_input_is_status_two(house: Path) -> None:
    assert run(house, "--update-baseline", "--only", "gas", "--baseline", str(house / "b.json")).exit_code == 2
    (house / "suite.yaml").write_text("name: tried\n", encoding="utf-8")
    refused = run(house)
    assert refused.exit_code == 2
    assert "cases: Field required" in refused.stderr


def test_killed_run_goes_on_where_it_was(house: Path) -> None:
    calls = "client: chauffage-morel\ncalls:\n" + "".join(
        f"  - {{name: call-{n}, turns: je n'ai plus de chauffage, expect: {{}}}}\n" for n in range(40)
    )
    (house / "calls.yaml").write_text(calls, encoding="utf-8")
    given = (str(house / "suite.yaml"), "--jobs", "1", "--no-cache")
    process = subprocess.Popen(command(*given), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    folder = house / "var" / "evals" / "tried"
    deadline = time.monotonic() + PATIENCE_S
    while not any(file.read_bytes().count(b"\n") > 2 for file in folder.glob("*/finished.jsonl")):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    (left,) = folder.glob("*/finished.jsonl")
    judged = left.read_bytes().count(b"\n")
    resumed = run(house, "--no-cache")
    assert f"{judged} cases were judged before" in resumed.stdout
    whole = run(house, "--no-cache", "--fresh")
    assert whole.exit_code == resumed.exit_code == 0
    first, second = sorted(folder.glob("*/cases.jsonl"))
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().count(b"\n") == 40
