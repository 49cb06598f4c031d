"""Synthetic callers against a receptionist of tones, frame by frame without a clock."""

from __future__ import annotations

import wave
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from voicebot.quality.carried_call import FRAME_MS, FRAME_SAMPLES
from voicebot.quality.loudness import rms
from voicebot.quality.script import BreakLine, HangUp, Listen, Manner, Pause, PlaySound, PressKeys, SayWords, Step
from voicebot.quality.synthetic_caller import SyntheticCaller, read_wav
from voicebot.speech.ports import RATE_HZ, Pcm

SILENT = np.zeros(FRAME_SAMPLES, np.int16)
STEADY = Manner(reaction_s=(0.7, 0.7), patience_s=5.0, after_last_s=2.0)


def tone(ms: float) -> Pcm:
    return (8000 * np.sin(2 * np.pi * 440 * np.arange(round(RATE_HZ * ms / 1000)) / RATE_HZ)).astype(np.int16)


class TonalReceptionist:
    """Speaks at given times, in ms since the call was answered."""

    def __init__(self, *speeches: tuple[float, float]) -> None:
        self.speeches = speeches

    def at(self, ms: float) -> Pcm:
        speaking = any(start <= ms < start + length for start, length in self.speeches)
        return tone(FRAME_MS) if speaking else SILENT


def live(steps: Sequence[Step], receptionist: TonalReceptionist, manner: Manner = STEADY, limit_ms: int = 60_000):
    """All moments until the caller hangs up, and the caller."""
    caller = SyntheticCaller(steps, manner)
    moments = []
    for ms in range(0, limit_ms, FRAME_MS):
        moments.append(caller.live(receptionist.at(ms)))
        if moments[-1].hangs_up:
            break
    return moments, caller


def spoken_ms(moments: list) -> list[int]:
    return [i * FRAME_MS for i, m in enumerate(moments) if rms(m.said) > 150]


def test_a_caller_waits_for_the_end_of_the_greeting_and_reacts_like_a_person():
    moments, caller = live([PlaySound(tone(1000), "bonjour")], TonalReceptionist((100, 2000)))
    assert spoken_ms(moments)[0] == pytest.approx(2100 + 700, abs=2 * FRAME_MS)
    (turn,) = caller.turns
    assert turn.text == "bonjour"
    assert turn.span.started_ms == spoken_ms(moments)[0]
    assert turn.span.ended_ms - turn.span.started_ms == pytest.approx(1000, abs=5)


def test_a_pause_between_sentences_is_not_the_end():
    receptionist = TonalReceptionist((0, 1000), (1500, 1000))
    moments, _ = live([PlaySound(tone(200))], receptionist)
    assert spoken_ms(moments)[0] >= 2500 + 600


def test_a_caller_says_nothing_more_before_an_answer():
    receptionist = TonalReceptionist((0, 500), (6000, 500))
    _, caller = live([PlaySound(tone(200)), PlaySound(tone(200))], receptionist, Manner(patience_s=9))
    first, second = caller.turns
    assert first.span.ended_ms < 6000 < 6500 < second.span.started_ms


def test_a_silent_receptionist_is_given_up():
    moments, caller = live([PlaySound(tone(200)), PlaySound(tone(200))], TonalReceptionist((0, 500)))
    assert caller.gave_up
    assert caller.steps_left == 1
    assert len(moments) * FRAME_MS == pytest.approx(500 + 700 + 200 + 5000, abs=100)


def test_a_dead_line_is_given_up():
    _, caller = live([PlaySound(tone(200))], TonalReceptionist())
    assert caller.gave_up
    assert not caller.turns


def test_after_the_script_the_receptionist_is_left_time_to_hang_up():
    moments, caller = live([PlaySound(tone(200))], TonalReceptionist((0, 500), (2000, 1000)))
    assert moments[-1].hangs_up
    assert not caller.gave_up
    assert len(moments) * FRAME_MS == pytest.approx(3000 + 2000, abs=60)


def test_barge_in_begins_while_she_speaks():
    moments, _ = live([PlaySound(tone(300), barge_in_ms=500)], TonalReceptionist((1000, 5000)))
    assert spoken_ms(moments)[0] == pytest.approx(1500, abs=FRAME_MS)


def test_at_once_does_not_wait():
    moments, _ = live([PlaySound(tone(300), at_once=True)], TonalReceptionist())
    assert spoken_ms(moments)[0] == 0


def test_a_number_dictated_with_a_breath_between():
    steps = [PlaySound(tone(300)), Pause(1.0), PlaySound(tone(300), at_once=True)]
    _, caller = live(steps, TonalReceptionist((0, 500)))
    first, second = caller.turns
    assert second.span.started_ms - first.span.ended_ms == pytest.approx(1000, abs=2 * FRAME_MS)


def test_keys_come_one_by_one_after_the_question():
    moments, _ = live([PressKeys("0612#")], TonalReceptionist((0, 1000)))
    pressed = [(i * FRAME_MS, m.keys) for i, m in enumerate(moments) if m.keys]
    assert "".join(key for _, key in pressed) == "0612#"
    assert pressed[0][0] >= 1700
    assert {b[0] - a[0] for a, b in pairwise(pressed)} == {200}


def test_listening_hanging_up_and_breaking_the_line():
    receptionist = TonalReceptionist((0, 500), (3000, 500))
    moments, _ = live([Listen(), BreakLine(), Listen(), HangUp()], receptionist)
    (broken,) = (i * FRAME_MS for i, m in enumerate(moments) if m.breaks_line)
    assert 1200 <= broken < 3000
    assert 4200 <= len(moments) * FRAME_MS <= 4300


def test_words_without_sound_are_a_mistake_of_the_script():
    with pytest.raises(ValueError, match="place_call"):
        live([SayWords("bonjour", at_once=True)], TonalReceptionist())


@pytest.mark.parametrize("brown", [True, False])
def test_noise_is_as_far_under_the_voice_as_asked(brown: bool):
    manner = Manner(reaction_s=(0.7, 0.7), noise_snr_db=10.0, brown=brown, after_last_s=2.0)
    moments, caller = live([PlaySound(tone(1000))], TonalReceptionist((0, 2000)), manner)
    sound = np.concatenate([m.said for m in moments])
    start, end = (round(ms * 8) for ms in (caller.turns[0].span.started_ms, caller.turns[0].span.ended_ms))
    noise = rms(sound[: start - 160])
    voice = np.sqrt(rms(sound[start:end]) ** 2 - noise**2)
    assert 20 * np.log10(voice / noise) == pytest.approx(10, abs=1.5)


def test_the_same_seed_is_the_same_caller():
    def run(seed: int) -> list[int]:
        manner = Manner(seed=seed, after_last_s=2.0)
        return spoken_ms(live([PlaySound(tone(200))], TonalReceptionist((0, 900)), manner)[0])

    assert run(1) == run(1)
    assert len({run(seed)[0] for seed in range(8)}) > 1


def test_a_wav_file_of_another_rate_is_read_at_8_khz(tmp_path: Path):
    path = tmp_path / "words.wav"
    at = np.arange(44_100) / 44_100
    left = (9000 * np.sin(2 * np.pi * 600 * at)).astype("<i2")
    with wave.open(str(path), "wb") as wav:
        wav.setparams((2, 2, 44_100, 0, "NONE", ""))
        wav.writeframes(np.column_stack([left, left]).tobytes())
    pcm = read_wav(path)
    assert len(pcm) == pytest.approx(RATE_HZ, abs=10)
    assert np.argmax(np.abs(np.fft.rfft(pcm[:RATE_HZ]))) == pytest.approx(600, abs=2)


@pytest.mark.parametrize("content", [b"", b"not a wav file", b"RIFF\x00\x00\x00\x00WAVEfmt "])
def test_a_file_that_is_no_wav_is_named(tmp_path: Path, content: bytes):
    path = tmp_path / "words.wav"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"words\.wav"):
        read_wav(path)
