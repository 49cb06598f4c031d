"""pipecat's scenarios against the real receptionist, with pipecat's own verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.cli.eval_pipecat import run
from voicebot.domain.events import CallEvent, EventKind
from voicebot.errors import EvalFileError
from voicebot.quality.judging.verdict import JudgedCase
from voicebot.quality.listening.pipecat_scenarios import read_scenarios
from voicebot.settings import Settings, shipped
from voicebot.voice.eval_line import rtvi_of

WRONG = """
name: wrong
scenarios:
  - name: promises-what-nobody-promised
    turns:
      - expect:
          - {event: llm_response, text_contains: Chauffage Morel, within_ms: 10000}
      - user: ça sent le gaz dans ma cuisine
        expect:
          - {event: llm_response, text_contains: un technicien arrive dans dix minutes, within_ms: 1500}
"""


async def held(paths: list[Path], tmp_path: Path, only: str = "", client: str = "") -> dict[str, JudgedCase]:
    written = [w for w in read_scenarios(paths, client) if only in w.scenario.name]
    result = await run(written, Settings(data_dir=tmp_path / "data"), tmp_path / "out", at="2026-11-23 22:40")
    return {case.name: case for case in result.cases}


async def test_written_scenarios_pass_and_a_wrong_expectation_fails_by_pipecats_own_verdict(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(WRONG, encoding="utf-8")
    messages = shipped("evals") / "pipecat" / "chauffage-morel" / "messages.yaml"
    cases = await held([messages, wrong], tmp_path, client="chauffage-morel")
    assert {name: case.passed for name, case in cases.items()} == {
        "messages/message-taken-at-night": True,
        "messages/smell-of-gas": True,
        "messages/number-by-keypad": True,
        "wrong/promises-what-nobody-promised": False,
    }
    (failed,) = cases["wrong/promises-what-nobody-promised"].failed
    assert failed.check == "pipecat.turn_1.0.llm_response"
    assert "un technicien arrive" in failed.expected
    assert "does not contain" in failed.found
    transcript = cases["messages/number-by-keypad"].transcript
    assert transcript is not None
    assert "".join(turn.keys for turn in transcript.caller_turns).startswith("063998")


@pytest.mark.audio
async def test_a_caller_who_speaks_interrupts_her_and_is_heard(tmp_path: Path) -> None:
    cases = await held([shipped("evals") / "pipecat" / "chauffage-morel"], tmp_path, only="barge-in")
    assert cases["spoken/barge-in"].failed == ()
    assert cases["spoken/barge-in"].passed


@pytest.mark.parametrize(
    ("scenario", "told"),
    [
        ("turns: [{user: bonjour, expect: [{event: image}]}]", "does not tell of image"),
        ("turns: [{user: bonjour, expect: [{event: response, eval: polite}]}]", "needs a judge"),
        ("{persona: an impatient caller, goal: hang up}", ""),
        ("turns: bonjour", "must be a list"),
    ],
)
def test_what_cannot_be_run_here_is_refused_before_a_call(tmp_path: Path, scenario: str, told: str) -> None:
    file = tmp_path / "odd.yaml"
    body = scenario.strip("{}").replace(", goal", "\n    goal") if scenario.startswith("{") else scenario
    file.write_text(f"name: odd\nscenarios:\n  - name: one\n    {body}\n", encoding="utf-8")
    with pytest.raises(EvalFileError) as refused:
        read_scenarios([file])
    assert any(told in problem for problem in refused.value.problems)


def test_decisions_are_told_as_calls_and_sentences_as_text() -> None:
    from datetime import UTC, datetime

    at = datetime(2026, 11, 23, tzinfo=UTC)
    decision = {"action": "ask", "subject": "caller_name", "rule": "details.ask_missing", "because": "house", "values": {}}
    decided = CallEvent(3, at, EventKind.DECIDED, {"turn": 1, "decisions": [decision]})
    called, stopped, started = rtvi_of(decided, {})
    assert called["data"]["function_name"] == "ask"
    assert called["data"]["arguments"] == {"subject": "caller_name", "rule": "details.ask_missing"}
    assert (stopped["type"], started["type"]) == ("llm-function-call-stopped", "bot-llm-started")
    played = CallEvent(4, at, EventKind.SENTENCE_PLAYED, {"sentence": "1.1", "played": "none"})
    assert list(rtvi_of(played, {"1.1": "Bonjour."})) == []
