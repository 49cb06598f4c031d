"""Whole calls by text: a receptionist with a known fault is found out; test_judging_calls.py has the shipped calls hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from voicebot.clients.directory import Clients, load_clients
from voicebot.domain.acts import GiveDetail
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME
from voicebot.errors import EvalFileError
from voicebot.policy import decide as rules
from voicebot.policy.decide import Verdict
from voicebot.quality.conversation_evals import ASKED_TWICE, ConversationReport, run
from voicebot.quality.conversation_file import read_conversations
from voicebot.understanding.ports import Context, Reading
from voicebot.understanding.rules import Rules

ROOT = Path(__file__).parents[2]
CALLS = ROOT / "evals" / "conversations"

A_CALL = """
client: cabinet-lilas
calls:
  - name: appointment
    turns: bonjour je voudrais un rendez-vous
    answers:
      caller_name: je m'appelle paul martin
      callback_number: zéro six trente-neuf quatre-vingt-dix-huit douze trente-quatre
    expect:
      message: {state: complete, scenario: appointment, details: {caller_name: Paul Martin, callback_number: "+33639981234"}}
      ended: goodbye
"""
A_DANGER = """
client: chauffage-morel
calls:
  - name: gas
    turns: ça sent le gaz chez moi
    expect: {decided: [safety_script gas_smell], message: {urgency: p0}}
"""


@pytest.fixture(scope="module")
def clients() -> Clients:
    return load_clients(ROOT / "client_configs")


@pytest.fixture
def calls(tmp_path: Path):
    """Writes a file of calls and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "calls.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def told(report: ConversationReport) -> str:
    return "\n".join(
        f"{c.written.file}:{c.written.line} {c.written.conversation.name}: "
        + "; ".join(f"{w.check}: expected {w.expected}, found {w.found}" for w in c.wrong)
        for c in report.calls
        if not c.right
    )


def facts_of(report: ConversationReport) -> set[str]:
    return set(report.wrong_facts)


def test_shipped_calls_are_enough() -> None:
    written = read_conversations([CALLS])
    names = [w.conversation.name for w in written]
    assert len(written) >= 60
    assert len(set(names)) == len(names)
    assert sum(w.conversation.language == "en" for w in written) >= 12
    assert {w.client for w in written} >= {path.stem for path in (ROOT / "client_configs").glob("*.yaml")}


async def test_whole_call_is_right_and_told(calls, clients: Clients) -> None:
    report = await run([calls(A_CALL)], clients, Rules())
    assert not told(report)
    assert str(report.right).startswith("100.0 %")
    assert any("rendez-vous" in line for line in report.calls[0].transcript)


async def test_policy_that_asks_again_for_what_was_given_is_found(
    calls, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    decide = rules.decide

    def forgetful(call, acts, *rest, **more) -> Verdict:
        verdict = decide(call, acts, *rest, **more)
        first = next((d for d in verdict.decisions if d.action is Action.ASK), None)
        if first is None or CALLER_NAME not in verdict.call.details:
            return verdict
        again = Decision(Action.ASK, "fault.forgets", "house", CALLER_NAME)
        return replace(verdict, decisions=tuple(again if d is first else d for d in verdict.decisions))

    monkeypatch.setattr(rules, "decide", forgetful)
    report = await run([calls(A_CALL)], clients, Rules())
    assert report.asked_twice >= 1
    assert facts_of(report) & ASKED_TWICE


async def test_policy_that_asks_too_often_is_found(calls, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = rules.decide

    def stubborn(call, acts, *rest, **more) -> Verdict:
        verdict = decide(call, acts, *rest, **more)
        return replace(verdict, decisions=(Decision(Action.ASK, "fault.stubborn", "house", "reason"),))

    monkeypatch.setattr(rules, "decide", stubborn)
    report = await run([calls(A_CALL)], clients, Rules())
    assert {"questions.asked_too_often", "questions.loop", "length.ended"} <= facts_of(report)


async def test_policy_without_the_safety_script_is_found(calls, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    decide = rules.decide

    def mute(call, acts, *rest, **more) -> Verdict:
        verdict = decide(call, acts, *rest, **more)
        kept = tuple(d for d in verdict.decisions if d.action is not Action.SAFETY_SCRIPT)
        return replace(verdict, decisions=kept)

    monkeypatch.setattr(rules, "decide", mute)
    report = await run([calls(A_DANGER)], clients, Rules())
    assert {"instructions.decided", "emergency.at_once"} <= facts_of(report)


async def test_ears_that_mishear_a_number_are_found(calls, clients: Clients) -> None:
    class Mishearing(Rules):
        async def read(self, words: str, context: Context) -> Reading:
            reading = await super().read(words, context)
            acts = tuple(
                replace(act, value="+33639980000") if isinstance(act, GiveDetail) and act.detail == CALLBACK_NUMBER else act
                for act in reading.acts
            )
            return replace(reading, acts=acts)

    report = await run([calls(A_CALL)], clients, Mishearing())
    assert "message.details.callback_number" in facts_of(report)


@pytest.mark.parametrize(
    ("expect", "fact"),
    [
        ("{no_message: true}", "message.recorded"),
        ("{message: {scenario: results}}", "message.scenario"),
        ("{message: {urgency: p2}}", "message.urgency"),
        ("{message: {person: docteur-roux}}", "message.person"),
        ("{message: {missing: [caller_name]}}", "message.missing"),
        ("{message: {details: {caller_name: Paul Morin}}}", "message.details.caller_name"),
        ("{outcome: refusal}", "handoff.outcome"),
        ("{decided: [safety_script]}", "instructions.decided"),
        ("{never_decided: [read_back]}", "instructions.never_decided"),
        ("{says: [trente euros]}", "instructions.says"),
        ("{never_says: [intelligence artificielle]}", "instructions.never_says"),
        ("{ended: refused}", "length.ended"),
        ("{most_turns: 2}", "length.most_turns"),
    ],
)
async def test_each_wrong_fact_is_found(expect: str, fact: str, calls, clients: Clients) -> None:
    text = A_CALL[: A_CALL.index("    expect:")] + f"    expect: {expect}\n"
    assert facts_of(await run([calls(text)], clients, Rules())) == {fact}


async def test_lines_after_the_end_are_told(calls, clients: Clients) -> None:
    text = A_CALL.replace("turns: bonjour je voudrais un rendez-vous", "turns: [au revoir, je voudrais un rendez-vous]")
    report = await run([calls(text)], clients, Rules())
    assert "length.caller_heard" in facts_of(report)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("calls: []\n", "list calls"),
        ("client: a\ncalls:\n  - name: x\n    turns: y\n", "line 3, expect"),
        ("client: a\ncalls:\n  - {name: x, turns: y, expect: {ended: never}}\n", "line 3, expect.ended"),
        ("calls:\n  - {name: x, turns: y, expect: {}}\n", "no client"),
        ("client: a\nat: demain\ncalls:\n  - {name: x, turns: y, expect: {}}\n", "local time"),
        ("client: [a\n", "line"),
    ],
)
def test_file_that_cannot_be_used_is_told_with_its_place(text: str, said: str, calls) -> None:
    with pytest.raises(EvalFileError, match=said):
        read_conversations([calls(text)])
