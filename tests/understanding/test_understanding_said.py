"""Wordings of callers by topic, held to figures: requests, humans, who calls, what is never told, yes and no."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.clients.directory import Clients, load_clients
from voicebot.quality.labelled_utterances import read_labelled
from voicebot.quality.understanding_evals import Report, judge
from voicebot.understanding.rules import Rules

_HERE = Path(__file__).parent


@pytest.fixture(scope="module")
def clients() -> Clients:
    return load_clients(_HERE.parent.parent / "client_configs")


async def _report(clients: Clients, *names: str) -> Report:
    return await judge(read_labelled(_HERE / f"said_{name}.yaml" for name in names), clients, Rules())


def _precision_and_recall(report: Report, what: str) -> tuple[float, float]:
    counts = report.acts[what]
    return counts.right / (counts.right + counts.spurious), counts.right / (counts.right + counts.missed)


@pytest.mark.parametrize(("language", "fewest"), [("fr", 0.95), ("en", 0.9)])
async def test_requests_and_questions_are_recognised_in_other_words(clients: Clients, language: str, fewest: float) -> None:
    report = await _report(clients, f"requests_{language}")
    for what in ("scenario", "faq"):
        precision, recall = _precision_and_recall(report, what)
        assert precision >= 0.95, [f for f in report.failures if f.what == what]
        assert recall >= fewest - 0.05, [f for f in report.failures if f.what == what]


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_wish_for_a_human_is_told_from_talk_about_one(clients: Clients, language: str) -> None:
    report = await _report(clients, f"humans_{language}")
    precision, recall = _precision_and_recall(report, "human")
    assert precision >= 0.98
    assert recall >= 0.97


async def test_who_calls_and_what_is_never_told(clients: Clients) -> None:
    report = await _report(clients, "callers_fr", "callers_en")
    assert min(_precision_and_recall(report, "caller_kind")) >= 0.95
    for what in ("confidential", "language en", "language fr", "robot", "refuse_recording", "repeat", "wait", "do_not_know"):
        assert _precision_and_recall(report, what) == (1.0, 1.0), what


async def test_yes_and_no_in_the_light_of_what_was_asked(clients: Clients) -> None:
    report = await _report(clients, "yes_no")
    precision, recall = _precision_and_recall(report, "answer")
    assert precision >= 0.98
    assert recall >= 0.95
