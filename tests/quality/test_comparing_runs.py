"""Two runs compared: what is a regression, with and without chance; baselines that come back as they went."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from voicebot.errors import EvalFileError
from voicebot.quality.comparing.baseline import read_baseline, write_baseline
from voicebot.quality.comparing.compare import compare, passes_by_case
from voicebot.quality.judging.verdict import Area, JudgedCase, Quantity, Verdict
from voicebot.quality.running.result import RunResult

SCRIPT = "emergency.script"


def case(number: int, *failed: str, attempt: int = 1, wait_ms: float = 500.0, digest: str = "d") -> JudgedCase:
    verdicts = (
        Verdict("message.reason", Area.MESSAGE, "message.reason" not in failed, "a leak", "nothing"),
        Verdict(SCRIPT, Area.EMERGENCY, SCRIPT not in failed, critical=True),
    )
    waits = (Quantity("wait_ms", "ms", (wait_ms, wait_ms + 2)),)
    name = f"call-{number}"
    return JudgedCase(f"f.yaml/{name}", name, "morel", "leak", "fr", digest, "message", attempt, verdicts, waits)


def run(*cases: JudgedCase, understanding: str = "rules", attempts: int = 1) -> RunResult:
    began = datetime(2026, 11, 23, tzinfo=UTC)
    return RunResult("smoke", began, 1.5, "0.1", understanding, cases, {"morel": "ab12"}, attempts)


def test_without_chance_every_lost_call_shuts_the_gate_and_is_named() -> None:
    before = run(*(case(n) for n in range(50)))
    after = run(*(case(n, *(["message.reason"] if n == 7 else [])) for n in range(50)))
    found = compare(before, after)
    assert found.lost == ("call-7",)
    assert [told.split(" ")[0] for told in found.regressions] == ["case", "message.reason"]
    assert all("call-7" in told for told in found.regressions)
    assert compare(after, before).regressions == ()
    assert compare(after, before).gained == ("call-7",)


def test_with_chance_one_lost_call_is_no_proof_and_many_are() -> None:
    before = run(*(case(n) for n in range(50)), understanding="a model")
    one = run(*(case(n, *(["message.reason"] if n < 1 else [])) for n in range(50)), understanding="a model")
    many = run(*(case(n, *(["message.reason"] if n < 9 else [])) for n in range(50)), understanding="a model")
    assert compare(before, one).regressions == ()
    assert any(told.startswith("message.reason") for told in compare(before, many).regressions)


def test_critical_check_that_is_lost_shuts_the_gate_whatever_chance_says() -> None:
    before = run(*(case(n) for n in range(50)), understanding="a model")
    after = run(*(case(n, *([SCRIPT] if n == 3 else [])) for n in range(50)), understanding="a model")
    assert [told for told in compare(before, after).regressions if told.startswith(SCRIPT)] != []


def test_gains_outweigh_losses_where_chance_plays() -> None:
    before = run(*(case(n, *(["message.reason"] if n < 12 else [])) for n in range(60)), understanding="a model")
    after = run(*(case(n, *(["message.reason"] if 12 <= n < 15 else [])) for n in range(60)), understanding="a model")
    found = compare(before, after)
    assert (len(found.lost), len(found.gained)) == (3, 12)
    assert found.regressions == ()


def test_only_cases_of_both_runs_are_compared() -> None:
    found = compare(run(case(1), case(2)), run(case(2, digest="other"), case(3, SCRIPT)))
    assert (found.pairs, found.only_before, found.only_after, found.changed) == (1, ("call-1",), ("call-3",), ("call-2",))
    assert found.regressions == ()


def test_case_passes_when_every_attempt_does() -> None:
    before = run(case(1), case(1, attempt=2), attempts=2)
    after = run(case(1), case(1, "message.reason", attempt=2), attempts=2)
    assert compare(before, after).lost == ("call-1",)
    assert passes_by_case(after) == {"f.yaml/call-1": (True, False)}


def test_case_that_could_not_be_judged_has_not_passed() -> None:
    after = run(replace(case(1), trouble="the worker died", verdicts=()))
    assert compare(run(case(1)), after).lost == ("call-1",)


def test_quantities_are_compared_by_the_mean_of_each_case() -> None:
    before = run(*(case(n, wait_ms=500 + n) for n in range(30)))
    after = run(*(case(n, wait_ms=520 + n + n % 3) for n in range(30)))
    (waits,) = compare(before, after).quantities
    assert (waits.name, waits.unit, waits.pairs) == ("wait_ms", "ms", 30)
    assert waits.before == pytest.approx(515.5)
    assert waits.difference == pytest.approx(21.0)
    assert waits.low <= waits.difference <= waits.high
    assert waits.p < 0.01


def test_baseline_comes_back_as_it_went(tmp_path: Path) -> None:
    result = run(case(1), case(2, SCRIPT), replace(case(3), trouble="not held", tags={"noise_db": "10"}), attempts=1)
    path = tmp_path / "baselines" / "smoke.json"
    write_baseline(path, result)
    again = read_baseline(path)
    assert compare(result, again).lost == compare(again, result).lost == ()
    assert [(c.case, c.passed, c.quantities, c.tags, c.trouble) for c in again.cases] == [
        (c.case, c.passed, c.quantities, c.tags, c.trouble) for c in result.cases
    ]
    assert {(v.check, v.area, v.passed, v.critical) for v in again.cases[1].verdicts} == {
        (v.check, v.area, v.passed, v.critical) for v in result.cases[1].verdicts
    }


def test_equal_runs_give_equal_baselines_and_each_call_one_line(tmp_path: Path) -> None:
    one, other = tmp_path / "one.json", tmp_path / "other.json"
    write_baseline(one, run(case(1), case(2)))
    write_baseline(other, replace(run(case(1), case(2)), took_s=99.0, cached=2, began_at=datetime(2027, 1, 1, tzinfo=UTC)))
    assert one.read_bytes() == other.read_bytes()
    assert sum('"name":"call-' in line for line in one.read_text().splitlines()) == 2


@pytest.mark.parametrize("text", ["", "{", '{"suite": "smoke"}', "[1]"])
def test_broken_baseline_names_the_file_and_the_remedy(tmp_path: Path, text: str) -> None:
    path = tmp_path / "smoke.json"
    path.write_text(text)
    with pytest.raises(EvalFileError, match=r"smoke\.json.*--update-baseline"):
        read_baseline(path)
    with pytest.raises(EvalFileError, match="cannot be read"):
        read_baseline(tmp_path / "missing.json")
