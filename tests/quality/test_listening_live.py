"""Two synthetic callers telephone a real house at once, one through a bad line, in real time."""

from __future__ import annotations

import wave
from pathlib import Path

import pytest

from voicebot.cli.eval_audio import house_to_call
from voicebot.domain.call import EndReason
from voicebot.quality.facts import Facts, MessageFacts
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.listening import audio_calls
from voicebot.quality.listening.audio_calls import TelephonedHouse
from voicebot.quality.listening.audio_run import run_audio
from voicebot.quality.listening.by_condition import by_condition
from voicebot.quality.listening.conditions import AudioCaller, AudioSuite, Codec, Condition, Jitter
from voicebot.settings import Settings

CALLER = AudioCaller(
    name="gas",
    client="chauffage-morel",
    opening="ça sent le gaz dans ma cuisine",
    lines={"address": "au quatre avenue de la gare à dijon"},
    expect=Facts(
        decided=("safety_script gas_smell",),
        message=MessageFacts(details={"address": "4 avenue de la gare"}),
        ended=EndReason.CALLER_HUNG_UP,
    ),
)


@pytest.mark.audio
async def test_each_call_is_heard_judged_and_kept_under_its_condition(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Long enough for the safety script to begin; the caller then hangs up.
    monkeypatch.setattr(audio_calls, "CALL_LIMIT_S", 25.0)
    bad = Condition(name="bad-line", codec=Codec.GSM, jitter=Jitter(mean_ms=20, most_ms=100))
    caller = CALLER.model_copy(update={"lines": {**CALLER.lines, "callback_number": "", "caller_name": ""}})
    suite = AudioSuite(at="2026-11-23 22:40", calls=1, callers=(caller,), conditions=(Condition(name="clean"), bad))
    async with house_to_call(Settings(data_dir=tmp_path / "data"), tmp_path / "house", suite.at) as served:
        instructions = {name: served.house.clients.of(name) for name in ("chauffage-morel",)}
        numbers = {name: client.identity.dialled_numbers[0] for name, client in instructions.items()}
        house = TelephonedHouse(served.address, served.house.book, served.house.live, numbers)
        result = await run_audio(suite, house, judge_transcript, instructions, folder=tmp_path / "audio", together=2)
    assert [case.case for case in result.cases] == ["audio/clean/gas-0", "audio/bad-line/gas-0"]
    for case in result.cases:
        assert case.trouble == ""
        assert {v.check: v.passed for v in case.verdicts}["instructions.decided"]
        assert case.transcript is not None
        with wave.open(case.transcript.audio) as sound:
            assert (sound.getnchannels(), sound.getframerate()) == (2, 8000)
            assert sound.getnframes() > 10 * 8000
    clean, damaged = by_condition(result.cases)
    assert clean.waits.count >= 1
    assert clean.word_error_rate is not None
    assert clean.word_error_rate < 0.3
    assert damaged.words_said == clean.words_said
