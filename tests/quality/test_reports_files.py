"""Reports as files: JUnit XML that known tools read, the JSON summary, and the HTML file's policy and size."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import pytest
from junitparser import Error, Failure, JUnitXml, TestCase
from typer.testing import CliRunner

from tests.quality.reports_samples import made_case, made_run, made_transcript, verdict
from voicebot.cli import app
from voicebot.quality.comparing.baseline import write_baseline
from voicebot.quality.comparing.compare import compare
from voicebot.quality.judging.verdict import Evidence, Quantity
from voicebot.quality.reports import embedded
from voicebot.quality.reports.html import html_report
from voicebot.quality.reports.junit import junit_report
from voicebot.quality.reports.summary import Summary, summary, summary_schema
from voicebot.quality.running.result import RunResult, run_json

NAME, ADVICE = "message.details.caller_name", "forbidden.advice"
TALK = made_transcript("t", "Bonjour, à quel nom ?", "paul & martin <\x00\x1b>")
PROOF = (Evidence(2, 0, 4, "le nom"),)


def _before() -> RunResult:
    return made_run(*(made_case(f"call-{n}", verdict(NAME, True), verdict(ADVICE, n != 2, critical=True)) for n in range(3)))


def _after() -> RunResult:
    waits = (Quantity("wait_ms", "ms", (400.0, 900.0)),)
    return made_run(
        made_case(
            "call-0", verdict(NAME, False, evidence=PROOF), transcript=TALK, quantities=waits, tags={"noise_db": "10"}
        ),
        made_case("call-1", verdict(NAME, True), verdict(ADVICE, True, critical=True), quantities=waits),
        made_case("call-2", verdict(ADVICE, False, critical=True)),
        made_case("call-3", trouble="no such client"),
    )


def _read(xml: str) -> dict[str, TestCase]:
    suites = list(JUnitXml.fromstring(xml.encode()))
    assert len(suites) == 1
    return {case.name: case for case in suites[0]}


def test_junit_is_read_again_with_every_call() -> None:
    xml = junit_report(_after(), compare(_before(), _after()))
    suite = next(iter(JUnitXml.fromstring(xml.encode())))
    assert (suite.tests, suite.failures, suite.errors, suite.time) == (4, 2, 1, 1.5)
    cases = _read(xml)
    assert cases["call-0"].classname == "made.cabinet-lilas"
    assert cases["call-0"].time == 7.0
    lost = cases["call-0"].result[0]
    assert isinstance(lost, Failure)
    assert lost.type == "regression"
    told = lost.text or ""
    assert "expected: Paul Martin" in told
    assert "rule: details.ask_missing ← house" in told
    assert "turn 2: le nom" in told
    assert cases["call-2"].result[0].type == "critical"
    assert isinstance(cases["call-3"].result[0], Error)
    assert cases["call-1"].is_passed
    assert "caller: paul & martin <\ufffd\ufffd>" in (cases["call-0"].system_out or "")
    properties = {p.name: p.value for p in cases["call-0"].child(_properties())}
    assert (properties["digest"], properties["scenario"], properties["tag.noise_db"]) == ("d-call-0", "appointment", "10")


def _properties():
    from junitparser import Properties

    return Properties


def test_summary_has_stable_keys_and_obeys_its_schema() -> None:
    made = summary(_after(), compare(_before(), _after()))
    told = json.loads(made.model_dump_json())
    assert set(told) == set(summary_schema()["required"])
    assert Summary.model_validate(told) == made
    assert told["passed"] | {"low": 0, "high": 0} == {"value": 0.25, "low": 0, "high": 0, "successes": 1, "trials": 4}
    assert told["checks"][ADVICE]["held"]["trials"] == 2
    assert told["tags"] == {"noise_db": {"10": told["tags"]["noise_db"]["10"]}}
    assert (told["quantities"]["wait_ms"]["p50"], told["quantities"]["wait_ms"]["p95"]) == (400.0, 900.0)
    assert told["comparison"]["checks"][NAME]["lost"] == ["call-0"]
    assert told["decision"]["verdict"] == "stop"
    assert told["failed"] == ["call-0", "call-2", "call-3"]


def test_policy_allows_the_one_style_and_the_one_script() -> None:
    html = html_report(_after())
    for tag, directive in (("style", "style-src"), ("script", "script-src")):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", html, re.DOTALL)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{directive} 'sha256-{digest}'" in html
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", html)


def test_pass_hat_k_is_shown_where_calls_are_held_several_times() -> None:
    cases = [made_case(f"c{n}", verdict(NAME, n + k < 6), attempt=k) for n in range(4) for k in (1, 2, 3)]
    run = made_run(*cases, attempts=3)
    assert summary(run).pass_hat["1"] == pytest.approx(11 / 12)
    assert "chart-pass-hat" in html_report(run)
    assert "chart-pass-hat" not in html_report(_after())


def test_long_runs_are_capped_worst_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedded, "MOST_LINES", 3)
    monkeypatch.setattr(embedded, "STORIES_BYTES", 700)
    cases = [made_case(f"c{n}", verdict(NAME, n != 4), transcript=TALK) for n in range(6)]
    found = embedded.embedded_calls(cases, None, None)
    lines = json.loads(found.json)
    assert (found.listed, found.calls) == (3, 6)
    assert [line["name"] for line in lines] == ["c4", "c0", "c1"]
    assert [("story" in line) for line in lines] == [True, True, False]
    assert "result.json" in html_report(made_run(*cases))


def test_command_writes_what_is_asked(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(run_json.dump_json(_after()))
    write_baseline(tmp_path / "baseline.json", _before())
    asked = [
        "--baseline",
        str(tmp_path / "baseline.json"),
        "--junit",
        str(tmp_path / "r.xml"),
        "--json",
        str(tmp_path / "r.json"),
    ]
    ran = CliRunner().invoke(app, ["eval", "report", str(tmp_path), *asked])
    assert ran.exit_code == 0, ran.output
    assert ran.output.startswith("Stop: ")
    assert len(_read((tmp_path / "r.xml").read_text("utf-8"))) == 4
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["comparison"]["pairs"] == 3
    ran = CliRunner().invoke(app, ["eval", "report", str(tmp_path / "result.json")])
    assert (tmp_path / "report.html").read_text("utf-8").startswith("<!doctype html>")


def test_command_names_a_file_that_is_no_run(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    ran = CliRunner().invoke(app, ["eval", "report", str(tmp_path)])
    assert ran.exit_code == 1
    assert "result.json" in ran.output
