"""Suites as people write them, and the cases that they stand for."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.errors import EvalFileError
from voicebot.quality.judging.verdict import Area, JudgedCase, Quantity, Verdict
from voicebot.quality.running.cases import CaseKind, cases_of
from voicebot.quality.running.result import RunResult
from voicebot.quality.running.suite import Suite, find_suite, read_suite
from voicebot.quality.running.targets import missed_targets
from voicebot.settings import shipped

SUITES = shipped("evals") / "suites"


def written(folder: Path, text: str) -> Suite:
    (folder / "calls.yaml").write_text(
        "client: chauffage-morel\ncalls:\n"
        + "".join(f"  - {{name: {name}, turns: bonjour, expect: {{}}}}\n" for name in ("one", "two", "three")),
        encoding="utf-8",
    )
    (folder / "suite.yaml").write_text(text, encoding="utf-8")
    return read_suite(folder / "suite.yaml")


def test_shipped_suites_hold_every_client_and_every_kind() -> None:
    smoke, full = (read_suite(find_suite(name, SUITES)) for name in ("smoke", "full"))
    all_cases, some = list(cases_of(full)), list(cases_of(smoke))
    assert len({case.id for case in all_cases}) == len(all_cases)
    assert sum(case.kind is CaseKind.CONVERSATION for case in all_cases) >= 180
    assert sum(case.kind is CaseKind.UTTERANCE for case in all_cases) > 4000
    clients = {case.client for case in all_cases if case.kind is CaseKind.CONVERSATION}
    assert {case.client for case in some} == clients


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name: x\ncases: {conversations: calls.yaml}\ncolour: red\n", r"line 3, colour: Extra inputs"),
        ("name: x\ncases:\n  conversations: nowhere\n", r"nowhere is no file"),
        ("name: x\ncases:\n  conversation: calls.yaml\n", r"line 3, cases.conversation: Extra"),
        ("name: x\ncases: {conversations: calls.yaml}\ntargets:\n  case: {}\n", r"line 4, targets.case: write either"),
        ("name: x\ncases: {}\n", r"line 2, cases: name conversations:"),
        ("name: Big One\ncases: {conversations: calls.yaml}\n", r"line 1, name: String should match"),
        ("name: [\n", r"line \d"),
        ("- one\n", r"line 1, a suite is a mapping"),
    ],
)
def test_suite_that_cannot_be_used_names_file_line_and_remedy(tmp_path: Path, text: str, problem: str) -> None:
    with pytest.raises(EvalFileError, match=problem) as refused:
        list(cases_of(written(tmp_path, text)))
    assert refused.value.file.endswith("suite.yaml")
    assert refused.value.remedy


def test_attempts_stand_side_by_side_and_only_filters(tmp_path: Path) -> None:
    suite = written(tmp_path, "name: x\ncases: {conversations: calls.yaml}\ntags: {set: mine}\n")
    held = [(case.number, case.name, case.attempt) for case in cases_of(suite, attempts=2)]
    assert held[:3] == [(0, "one", 1), (1, "one", 2), (2, "two", 1)]
    assert [case.name for case in cases_of(suite, only="t")] == ["two", "three"]
    assert dict(next(cases_of(suite)).tags) == {"file": "calls.yaml", "set": "mine"}


def test_unknown_suite_names_the_known_ones() -> None:
    with pytest.raises(EvalFileError) as refused:
        find_suite("nothing", SUITES)
    assert "full, smoke" in refused.value.remedy


def test_transcript_without_id_names_its_line(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_text('{"id": "a", "client": "x", "turns": []}\n{"turns": []}\n', encoding="utf-8")
    with pytest.raises(EvalFileError, match=r"line 2"):
        list(cases_of(written(tmp_path, "name: x\ncases: {transcripts: calls.jsonl}\n")))


def run_of(right: int, wrong: int, *, attempts: int = 1, turns: float = 4.0) -> RunResult:
    def case(number: int, *, passed: bool) -> JudgedCase:
        verdict = Verdict("urgency.recall", Area.URGENCY, passed)
        measured = (Quantity("caller_turns", "turns", (turns,)),)
        name = f"call-{number}"
        return JudgedCase(name, name, "c", "", "fr", "d", verdicts=(verdict,), quantities=measured)

    cases = [case(number, passed=number >= wrong) for number in range(right + wrong)]
    from datetime import UTC, datetime

    return RunResult("x", datetime(2026, 11, 23, tzinfo=UTC), 1.0, "code", "rules", tuple(cases), attempts=attempts)


@pytest.mark.parametrize(
    ("result", "missed", "sure"),
    [
        (run_of(98, 2), True, True),
        (run_of(99, 1), False, True),
        (run_of(98, 2, attempts=4), True, False),
        (run_of(80, 20, attempts=4), True, True),
    ],
    ids=["fixed-below", "fixed-at", "chance-within-interval", "chance-surely-below"],
)
def test_target_is_missed_by_the_figure_or_by_its_interval(
    tmp_path: Path, result: RunResult, missed: bool, sure: bool
) -> None:
    suite = written(tmp_path, "name: x\ncases: {conversations: calls.yaml}\ntargets: {urgency.recall: {at_least: 0.99}}\n")
    found = missed_targets(result, suite)
    assert bool(found) is missed
    assert all(target.sure is sure and "call-0" in target.cases for target in found)


def test_target_of_a_quantity_and_target_of_nothing(tmp_path: Path) -> None:
    targets = "targets: {caller_turns: {at_most: 5}, never.judged: {at_least: 1}}\n"
    suite = written(tmp_path, f"name: x\ncases: {{conversations: calls.yaml}}\n{targets}")
    assert [target.name for target in missed_targets(run_of(3, 0), suite)] == ["never.judged"]
    assert missed_targets(run_of(3, 0), suite, partial=True) == []
    slow = {target.name for target in missed_targets(run_of(3, 0, turns=9.0), suite)}
    assert slow == {"caller_turns", "never.judged"}
