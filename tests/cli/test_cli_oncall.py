"""voicebot oncall: who would be woken, and the ladder with its clock, without a telephone ringing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from voicebot.cli import app
from voicebot.settings import settings

ROOT = Path(__file__).parents[2]
NIGHT = ("--at", "2026-11-23 22:15")


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(ROOT / "client_configs"))
    monkeypatch.delenv("VOICEBOT_AGENTS_NUMBER", raising=False)
    monkeypatch.setenv("COLUMNS", "140")
    settings.cache_clear()
    yield
    settings.cache_clear()


def oncall(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["oncall", *arguments])


def rung(result: Result) -> list[tuple[str, str]]:
    """(time since the call, who) of every call."""
    rows = [[cell.strip() for cell in line.split("│")] for line in result.stdout.splitlines() if "│" in line]
    found, after = [], ""
    for row in rows:
        after = row[2] or after
        if row[4].startswith("rings"):
            found.append((after, row[3].split()[0]))
    return found


def with_duty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, **changes: str) -> None:
    """chauffage-morel with other lines under on_call."""
    text = (ROOT / "client_configs" / "chauffage-morel.yaml").read_text(encoding="utf-8")
    for line, other in changes.items():
        text, times = re.subn(rf"(?m)^  {line}: .*$", other, text)
        assert times == 1
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "chauffage-morel.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("VOICEBOT_CLIENTS_DIR", str(tmp_path / "clients"))
    settings.cache_clear()


def test_who_names_the_duty_its_end_and_who_follows() -> None:
    result = oncall("who", "chauffage-morel", *NIGHT)
    assert result.exit_code == 0, result.output
    assert "on call: Ahmed Brahimi, Julien Petit, until Mon 2026-11-30 08:00" in result.stdout
    assert "then: Julien Petit, Ahmed Brahimi" in result.stdout
    assert "in use" in result.stdout
    assert "VOICEBOT_AGENTS_NUMBER is not set" in result.stdout


def test_who_shows_numbers_only_when_asked() -> None:
    assert "+336" not in oncall("who", "chauffage-morel", *NIGHT).stdout
    assert "+33639981003" in oncall("who", "chauffage-morel", *NIGHT, "--numbers").stdout
    assert "+336" not in oncall("simulate", "chauffage-morel", *NIGHT).stdout
    assert "+33639981003" in oncall("simulate", "chauffage-morel", *NIGHT, "--numbers").stdout


def test_who_says_that_the_roster_is_asleep_while_the_client_is_open() -> None:
    result = oncall("who", "chauffage-morel", "--at", "2026-11-23 10:00")
    assert "the roster is asleep until Mon 2026-11-23 12:00" in result.stdout


def test_who_tells_a_hole_and_its_remedy() -> None:
    result = oncall("who", "chauffage-morel", "--at", "2029-01-01 22:00")
    assert result.exit_code == 0
    assert "the roster has a hole" in result.stdout
    assert "on_call.shifts" in result.stdout
    assert "Monsieur Morel" in result.stdout


def test_who_tells_quiet_hours(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_duty(tmp_path, monkeypatch, ring_s='  quiet: "21:00-07:00"')
    result = oncall("who", "chauffage-morel", *NIGHT)
    assert "p1 waits until Tue 2026-11-24 07:00" in result.stdout


def test_simulate_prints_the_worst_case_with_its_clock() -> None:
    result = oncall("simulate", "chauffage-morel", *NIGHT)
    assert result.exit_code == 0, result.output
    assert rung(result)[:5] == [("0:00", "n1"), ("0:30", "n1"), ("0:55", "n2"), ("1:20", "n3"), ("31:45", "n1")]
    assert len(rung(result)) == 12
    assert "22:15:30" in result.stdout
    assert "rings …03 for 25 s" in result.stdout
    assert result.stdout.count("everybody was tried") == 3
    assert "round 2 of 3" in result.stdout
    assert "nobody acknowledges" in result.stdout


def test_simulate_takes_answers() -> None:
    result = oncall("simulate", "chauffage-morel", *NIGHT, "--answers", "n1=machine,busy julien-petit=passed manager=ack")
    assert result.exit_code == 0, result.output
    assert [who for _, who in rung(result)] == ["n1", "n1", "n2", "n3"]
    assert "voicemail" in result.stdout
    assert "told that Monsieur Morel has it" in result.stdout
    assert "acknowledged by Monsieur Morel" in result.stdout
    assert "no alarm" in result.stdout


def test_simulate_tells_a_call_that_is_given_up_and_a_carrier_that_is_down() -> None:
    result = oncall("simulate", "chauffage-morel", *NIGHT, "--answers", "n1=lost,down n2=ack")
    assert "the call is given up" in result.stdout
    assert "the carrier cannot be reached" in result.stdout


def test_simulate_waits_for_the_end_of_quiet_hours_unless_there_is_danger(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_duty(tmp_path, monkeypatch, ring_s='  quiet: "21:00-07:00"')
    later, at_once = (
        oncall("simulate", "chauffage-morel", *NIGHT),
        oncall("simulate", "chauffage-morel", *NIGHT, "--urgency", "p0"),
    )
    assert rung(later)[0] == ("8:45:00", "n1")
    assert "left in peace until 07:00" in later.stdout
    assert rung(at_once)[0] == ("0:00", "n1")


def test_our_own_agents_are_the_last_rung(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_AGENTS_NUMBER", "+33199001099")
    settings.cache_clear()
    assert [who for _, who in rung(oncall("simulate", "chauffage-morel", *NIGHT))][:5] == ["n1", "n1", "n2", "n3", "n4"]
    assert "n4=ack" not in oncall("simulate", "chauffage-morel", *NIGHT, "--answers", "agents=ack").stderr


def test_nobody_at_all_is_told_and_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_duty(tmp_path, monkeypatch, manager="  agents: false")
    for command in ("who", "simulate"):
        result = oncall(command, "chauffage-morel", "--at", "2029-01-01 22:00")
        assert result.exit_code == 1
        assert "hole" in result.stdout
    assert "alarm" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("who", "nobody"), "unknown_client"),
        (("who", "cabinet-lilas"), "Write on_call: with its shifts."),
        (("simulate", "chauffage-morel", "--at", "tonight"), '"tonight" is not a time'),
        (("simulate", "chauffage-morel", *NIGHT, "--answers", "n9=ack"), "nobody on this ladder"),
        (("simulate", "chauffage-morel", *NIGHT, "--answers", "n1=perhaps"), "no_answer, busy"),
    ],
)
def test_what_cannot_be_answered_is_told_with_a_remedy(arguments: tuple[str, ...], told: str) -> None:
    result = oncall(*arguments)
    assert result.exit_code == 1
    assert told in result.stderr
    assert "Traceback" not in result.output


def clients_with_a_duty() -> list[str]:
    files = sorted((ROOT / "client_configs").glob("*.yaml"))
    return [file.stem for file in files if "\non_call:" in file.read_text(encoding="utf-8")]


@pytest.mark.parametrize("client", clients_with_a_duty())
def test_every_client_with_a_duty_has_a_ladder_tonight(client: str) -> None:
    result = oncall("simulate", client, *NIGHT, "--urgency", "p0")
    assert result.exit_code == 0, result.output
    assert "nobody acknowledges" in result.stdout
