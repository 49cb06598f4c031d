"""Benchmark figures on drawn sound, and one real run of both receptionists on loopback."""

from __future__ import annotations

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from voicebot.cli.bench_tables import show
from voicebot.quality.bench_callers import INSISTS_S, InsistentCaller, callers
from voicebot.quality.bench_figures import as_json, figures
from voicebot.quality.bench_latency import CallMet, ServerWork, TurnMet, late_gaps_ms, meet, paired_ratio, report
from voicebot.quality.bench_run import measure
from voicebot.quality.bench_server import server_under_test
from voicebot.quality.carried_call import FRAME_MS, FRAME_SAMPLES
from voicebot.quality.loudness import Span
from voicebot.quality.script import HangUp, Listen, Manner, PlaySound
from voicebot.speech.ports import RATE_HZ, Pcm

NOTHING = np.zeros(FRAME_SAMPLES, np.int16)
ASKED = {"calls": 1, "together": 1, "seed": 4, "noise_snr_db": None}
SPREAD = {"count", "p50_ms", "p95_ms", "worst_ms"}


def tone(ms: int) -> Pcm:
    return (3000 * np.sin(np.arange(ms * RATE_HZ // 1000) * 0.5) + 500).astype(np.int16)


def line(length_ms: int, *sounds: tuple[int, int]) -> Pcm:
    """Silence with tones from … to … ms."""
    pcm = np.zeros(length_ms * RATE_HZ // 1000, np.int16)
    for start_ms, end_ms in sounds:
        pcm[start_ms * 8 : end_ms * 8] = tone(end_ms - start_ms)
    return pcm


def met(receptionist: Pcm, *turns: tuple[int, int], kinds: tuple[str, ...] | None = None) -> tuple[TurnMet, ...]:
    spans = [Span(float(start), float(end)) for start, end in turns]
    return meet(kinds or ("request",) * len(spans), spans, receptionist).turns


def test_wait_is_from_the_end_of_speech_to_the_first_sound_after_it() -> None:
    (turn,) = met(line(4000, (0, 500), (2300, 3000)), (1000, 2000))
    assert (turn.wait_ms, turn.early, turn.answered) == (300.0, False, True)


def test_early_reply_that_stops_counts_until_the_real_answer() -> None:
    (turn,) = met(line(5000, (1400, 1600), (2700, 3000)), (1000, 2000))
    assert (turn.wait_ms, turn.early, turn.answered) == (700.0, True, True)


def test_early_reply_that_goes_on_is_early_and_no_wait() -> None:
    (turn,) = met(line(5000, (1400, 3000)), (1000, 2000))
    assert (turn.wait_ms, turn.early, turn.answered) == (0.0, True, True)


def test_unanswered_turn_counts_as_the_silence_that_was_endured() -> None:
    first, last = met(line(9000, (6000, 7000)), (1000, 2000), (4500, 5000))
    assert (first.wait_ms, first.answered) == (2500.0, False)
    assert (last.wait_ms, last.answered) == (1000.0, True)


def test_stops_are_of_intended_barge_ins_only() -> None:
    receptionist = line(9000, (500, 1300), (4000, 4200), (6000, 6400))
    cut, other = met(receptionist, (1000, 2000), (4100, 5000), kinds=("barge-in", "yes"))
    assert cut.stopped_ms == 300.0
    assert other.stopped_ms is None


def test_late_audio_is_a_hole_with_loud_edges() -> None:
    spoken = tone(400)
    holed = np.concatenate([spoken[: 10 * FRAME_SAMPLES], NOTHING, NOTHING, spoken[10 * FRAME_SAMPLES :]])
    assert late_gaps_ms(holed) == (40.0,)


def test_silence_between_words_is_no_late_audio() -> None:
    fading = (tone(400) * np.linspace(1, 0, 3200)).astype(np.int16)
    assert late_gaps_ms(np.concatenate([fading, NOTHING, NOTHING, tone(400)])) == ()


def test_report_counts_all_turns_and_shares_the_work_over_live_calls() -> None:
    turns = (TurnMet("yes", 300, False, True), TurnMet("yes", 0, True, True), TurnMet("name", 5000, False, False))
    of = report([CallMet(turns, 4, 10.0, 40.0), CallMet((), 0, 10.0, None)], ServerWork(1.0, 0.5, {"ears": [1.0, 3.0]}))
    assert (of.turns, of.turns_planned, of.early, of.unanswered) == (3, 4, 1, 1)
    assert (of.waits.count, of.waits.worst_ms, of.answered_waits.count) == (3, 5000, 1)
    assert (of.cpu, of.loop_cpu, of.parts["ears"].p50_ms) == (0.05, 0.025, 2.0)


def test_report_of_nothing_is_null_in_json() -> None:
    figures = as_json(report([], ServerWork()))
    assert figures["voice_to_voice_all_turns"]["p50_ms"] is None
    assert figures["early_replies"] == {"count": 0, "of": 0, "share": None}
    json.dumps(figures, allow_nan=False)


def test_ratio_is_of_the_same_turns_that_both_answered_in_time() -> None:
    ours = CallMet(
        (TurnMet("a", 200, False, True), TurnMet("b", 100, True, True), TurnMet("c", 100, False, True)), 3, 9.0, 1.0
    )
    other = CallMet(
        (TurnMet("a", 400, False, True), TurnMet("b", 400, False, True), TurnMet("c", 1000, False, True)), 3, 9.0, 1.0
    )
    assert paired_ratio([ours], [other]) == (pytest.approx(0.3), 2)


def test_callers_are_the_same_for_the_same_seed_and_vary_otherwise() -> None:
    assert callers(8, 1) == callers(8, 1)
    assert {c.lines for c in callers(8, 1)}.isdisjoint({c.lines for c in callers(8, 2)})
    assert len({c.voice for c in callers(8, 1)}) >= 3
    assert callers(8, 1)[:3] == callers(3, 1)


def test_numbers_are_dictated_whole_with_pauses() -> None:
    numbers = [line for caller in callers(8, 3) for line in caller.lines if line.kind == "number"]
    assert len(numbers) == 8
    assert all(len(number.groups) == 5 and len(number.pauses_ms) == 4 for number in numbers)


def test_caller_goes_on_when_nobody_answers() -> None:
    steps = [PlaySound(tone(100), "request"), PlaySound(tone(100), "yes"), Listen(), HangUp()]
    person = InsistentCaller(steps, Manner())
    frames = 0
    while not person.live(NOTHING).hangs_up:
        frames += 1
        assert frames < 5 * INSISTS_S * 1000 / FRAME_MS
    first, second = (turn.span for turn in person.caller.turns)
    assert (second.started_ms - first.ended_ms) / 1000 == pytest.approx(INSISTS_S, abs=0.1)


@pytest.mark.audio
@pytest.mark.timeout(400)
async def test_both_receptionists_are_measured_in_one_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICEBOT_DATA_DIR", str(tmp_path / "data"))
    caller = replace(callers(1, 4)[0], lines=callers(1, 4)[0].lines[:2])
    async with (
        server_under_test(["bench", "server", "ours"]) as ours,
        server_under_test(["bench", "server", "vanilla"]) as other,
    ):
        measured = await measure({"ours": ours, "vanilla": other}, [caller], together=1)
    told = json.loads(json.dumps(figures(measured, {"ears": ours.ears, "voice": ours.voice}, ASKED), allow_nan=False))
    for bot in told["bots"].values():
        waits = bot["voice_to_voice_all_turns"]
        assert bot["turns"] == bot["turns_planned"] == waits["count"] == 2
        assert set(waits) == SPREAD
        assert 0 < waits["p50_ms"] <= waits["p95_ms"] <= waits["worst_ms"]
        assert bot["unanswered_turns"] == {"count": 0, "of": 2, "share": 0.0}
        assert bot["accept_to_first_sound"]["count"] == 1
        assert 0 < bot["cpu_cores_per_live_call_event_loop"] <= bot["cpu_cores_per_live_call"]
        assert not bot["trouble"]
        assert [turn["kind"] for turn in bot["each_call"][0]["turns"]] == ["request", "name"]
    parts = {name: set(bot["breakdown"]) for name, bot in told["bots"].items()}
    assert parts["ours"] >= {"endpoint", "ears", "understanding", "policy", "voice", "wait_ms"}
    assert parts["vanilla"] >= {"ears", "brain", "voice"}
    assert told["ours_by_vanilla"]["voice_to_voice_p50"] > 0
    shown = Console(record=True, width=160, file=StringIO())
    show(shown, told)
    text = shown.export_text()
    assert "voice to voice, all turns" in text
    assert "endpoint" in text
