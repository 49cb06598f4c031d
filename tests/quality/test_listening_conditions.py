"""Each condition does to the sound what it says, measured on the sound, without time passing."""

from __future__ import annotations

import io
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import numpy as np
import pytest
import soundfile

from voicebot.errors import EvalFileError
from voicebot.quality.carried_call import FRAME_SAMPLES
from voicebot.quality.listening.audio_calls import BABBLE_LINES, BABBLE_VOICES, with_pauses
from voicebot.quality.listening.codecs import Pass, codec_pass, gsm_coded, through_a_law
from voicebot.quality.listening.conditions import (
    Codec,
    Condition,
    Echo,
    Jitter,
    Loss,
    Noise,
    NoiseKind,
    read_suite,
)
from voicebot.quality.listening.line_damage import Network
from voicebot.quality.listening.noises import speech_rms
from voicebot.quality.listening.telephone import Telephone
from voicebot.quality.loudness import audible_spans, rms
from voicebot.settings import shipped
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ, Pcm

SILENT = np.zeros(FRAME_SAMPLES, np.int16)


@pytest.fixture(scope="module")
def speech() -> Pcm:
    said = EspeakVoice("fr+m3", 150, repeatable=True).synthesise("bonjour, je n'ai plus d'eau chaude depuis ce matin")
    return said[: len(said) // FRAME_SAMPLES * FRAME_SAMPLES]


@pytest.fixture(scope="module")
def talkers() -> list[Pcm]:
    return [EspeakVoice(v, 165, repeatable=True).synthesise(t) for v, t in zip(BABBLE_VOICES, BABBLE_LINES, strict=True)]


def taken_up(condition: Condition, said: Pcm, heard: Pcm | None = None, talkers: list[Pcm] | None = None) -> Pcm:
    telephone = Telephone(condition, speech_rms(said) or 3000.0, 7, talkers or ())
    heard = np.zeros_like(said) if heard is None else heard
    frames = zip(said.reshape(-1, FRAME_SAMPLES), heard.reshape(-1, FRAME_SAMPLES), strict=True)
    return np.concatenate([telephone.take_up(mine, hers) for mine, hers in frames])


def passed(codec: Pass, pcm: Pcm) -> Pcm:
    return np.concatenate([codec(f.astype(np.float64)) for f in pcm.reshape(-1, FRAME_SAMPLES)]).astype(np.int16)


def share_between(pcm: Pcm, low_hz: float, high_hz: float) -> float:
    power = np.abs(np.fft.rfft(pcm.astype(np.float64))) ** 2
    at_hz = np.fft.rfftfreq(len(pcm), 1 / RATE_HZ)
    return float(power[(at_hz >= low_hz) & (at_hz < high_hz)].sum() / power.sum())


def test_clean_changes_no_sample(speech: Pcm) -> None:
    assert np.array_equal(taken_up(Condition(name="clean"), speech), speech)


@pytest.mark.parametrize("kind", list(NoiseKind))
@pytest.mark.parametrize("snr_db", [20.0, 15.0, 10.0, 5.0])
def test_noise_is_as_far_below_the_voice_as_written(speech: Pcm, talkers: list[Pcm], kind: NoiseKind, snr_db: float) -> None:
    condition = Condition(name="noisy", noise=Noise(kind=kind, snr_db=snr_db))
    quiet = np.zeros(20 * RATE_HZ, np.int16)
    telephone = Telephone(condition, speech_rms(speech), 7, talkers)
    noise = np.concatenate([telephone.take_up(frame, SILENT) for frame in quiet.reshape(-1, FRAME_SAMPLES)])
    assert 20 * np.log10(speech_rms(speech) / rms(noise)) == pytest.approx(snr_db, abs=0.5)


def test_noise_lies_under_the_voice_and_is_the_same_each_time(speech: Pcm) -> None:
    condition = Condition(name="noisy", noise=Noise(kind=NoiseKind.HISS, snr_db=10))
    noisy = taken_up(condition, speech)
    noise = noisy.astype(np.float64) - speech
    assert 20 * np.log10(speech_rms(speech) / np.sqrt(np.mean(noise**2))) == pytest.approx(10, abs=0.5)
    assert np.array_equal(noisy, taken_up(condition, speech))


def test_street_is_low_and_hiss_is_not() -> None:
    quiet = np.zeros(20 * RATE_HZ, np.int16)
    low = {
        k: share_between(taken_up(Condition(name="n", noise=Noise(kind=k, snr_db=5)), quiet), 0, 500)
        for k in list(NoiseKind)[:2]
    }
    assert low[NoiseKind.STREET] > 0.8
    assert low[NoiseKind.HISS] < 0.2


@pytest.mark.parametrize("rate", [0.01, 0.03, 0.05])
def test_frames_are_lost_at_this_rate_and_in_bursts_of_this_length(rate: float) -> None:
    loss = Network(Loss(rate=rate, burst_frames=3), seed=5)
    arrived = [bool(loss.carry(SILENT)) for _ in range(100_000)]
    bursts = [len(list(run)) for came, run in groupby(arrived) if not came]
    assert arrived.count(False) / len(arrived) == pytest.approx(rate, rel=0.15)
    assert np.mean(bursts) == pytest.approx(3, rel=0.1)
    assert loss.lost == arrived.count(False)


def numbered(count: int) -> list[Pcm]:
    return [np.full(FRAME_SAMPLES, number, np.int16) for number in range(count)]


def test_jitter_changes_when_frames_come_and_neither_their_order_nor_their_content() -> None:
    network = Network(jitter=Jitter(mean_ms=60, most_ms=400), seed=3)
    came = [frame for sent in numbered(2000) for frame in network.carry(sent)]
    numbers = [int(frame[0]) for frame in came]
    assert numbers == list(range(len(numbers)))
    assert len(numbers) > 1950
    assert all(np.array_equal(frame, np.full(FRAME_SAMPLES, n)) for n, frame in zip(numbers, came, strict=True))
    assert max(network.delays_ms) <= 420
    assert np.mean(network.delays_ms) > 60


def test_late_frames_come_at_once_and_none_is_missing() -> None:
    network = Network(Loss(rate=0.03, burst_frames=3, late_ms=300), seed=3)
    at_once = [network.carry(sent) for sent in numbered(3000)]
    assert network.lost == 0
    assert max(network.delays_ms) == pytest.approx(300, abs=20)
    assert max(map(len, at_once)) > 10


def test_without_damage_every_frame_comes_at_once() -> None:
    network = Network()
    assert all(len(network.carry(frame)) == 1 for frame in numbered(50))


def test_gsm_frame_by_frame_is_gsm_of_the_whole(speech: Pcm) -> None:
    assert np.array_equal(passed(codec_pass(Codec.GSM), speech), gsm_coded(speech))


def test_gsm_is_a_lossy_likeness(speech: Pcm) -> None:
    coded = gsm_coded(speech)
    assert 0.9 < np.corrcoef(speech, coded)[0, 1] < 0.99


def test_a_law_is_that_of_the_library(speech: Pcm) -> None:
    file = io.BytesIO()
    soundfile.write(file, speech, RATE_HZ, subtype="ALAW", format="WAV")
    file.seek(0)
    assert np.array_equal(through_a_law(speech), soundfile.read(file, dtype="int16")[0])


def test_band_keeps_300_to_3400_hz() -> None:
    hiss = np.clip(np.random.default_rng(1).standard_normal(4 * RATE_HZ) * 3000, -32768, 32767).astype(np.int16)
    banded = passed(codec_pass(Codec.BAND), hiss)
    assert share_between(banded, 300, 3400) > 0.97
    assert rms(banded) == pytest.approx(rms(hiss) * np.sqrt(3100 / 4000), rel=0.05)


@pytest.mark.parametrize(("return_db", "delay_ms"), [(30.0, 120.0), (15.0, 180.0)])
def test_echo_comes_back_this_much_later_and_softer(speech: Pcm, return_db: float, delay_ms: float) -> None:
    heard = np.concatenate([speech, np.zeros(RATE_HZ // 2, np.int16)])
    heard = heard[: len(heard) // FRAME_SAMPLES * FRAME_SAMPLES]
    condition = Condition(name="echo", echo=Echo(return_db=return_db, delay_ms=delay_ms, room_ms=80))
    back = taken_up(condition, np.zeros_like(heard), heard).astype(np.float64)
    lag = int(np.argmax(np.correlate(back, heard.astype(np.float64), "full"))) - (len(heard) - 1)
    assert lag * 1000 / RATE_HZ == pytest.approx(delay_ms, abs=1)
    # The room colours speech: of white sound the level is exact, of a voice within 3 dB.
    assert 20 * np.log10(rms(heard) / np.sqrt(np.mean(back**2))) == pytest.approx(return_db, abs=3)


def test_echo_of_white_sound_has_the_written_level() -> None:
    heard = (np.random.default_rng(2).standard_normal(8 * RATE_HZ) * 4000).clip(-32768, 32767).astype(np.int16)
    back = taken_up(Condition(name="e", echo=Echo(return_db=20, delay_ms=100, room_ms=80)), np.zeros_like(heard), heard)
    assert 20 * np.log10(rms(heard) / rms(back)) == pytest.approx(20, abs=0.5)


def test_soft_voice_and_clipping(speech: Pcm) -> None:
    soft = taken_up(Condition(name="soft", gain_db=-20), speech)
    assert 20 * np.log10(rms(speech) / rms(soft)) == pytest.approx(20, abs=0.2)
    clipped = taken_up(Condition(name="clipped", gain_db=12, clip_dbfs=-6), speech)
    assert np.abs(clipped.astype(int)).max() == round(32768 * 10 ** (-6 / 20))
    assert np.mean(np.abs(clipped.astype(int)) > 16000) > 0.05


def test_pauses_lie_between_groups(speech: Pcm) -> None:
    paused = with_pauses([speech, speech, speech], 1200)
    assert len(paused) == 3 * len(speech) + 2 * 1.2 * RATE_HZ
    assert len(audible_spans(paused, join_ms=1000)) == 3


def test_the_shipped_file_can_be_read_and_names_each_condition_by_what_it_changes() -> None:
    suite = read_suite(shipped("evals") / "audio" / "conditions.yaml")
    tags = {condition.name: condition.tags for condition in suite.conditions}
    assert tags["clean"] == {"condition": "clean"}
    assert tags["hiss-10"] == {"condition": "hiss-10", "noise_kind": "hiss", "noise_snr_db": "10.0"}
    assert tags["gsm"] == {"condition": "gsm", "codec": "gsm"}
    assert [c.name for c in suite.only("gsm,echo").conditions] == ["clean", "gsm", "echo-30", "echo-15"]
    with pytest.raises(EvalFileError, match="no condition"):
        suite.only("thunder")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text.replace("snr_db: 20", "snr: 20"), "conditions.4.noise"),
        (
            lambda text: text.replace("- {name: clean, tells: the voice as it is}", "- {name: clean, gain_db: -3}"),
            "first condition",
        ),
        (lambda text: text.replace("name: gsm,", "name: a-law,"), "stands twice"),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(tmp_path: Path, change: Callable[[str], str], told: str) -> None:
    wrong = tmp_path / "conditions.yaml"
    text = (shipped("evals") / "audio" / "conditions.yaml").read_text(encoding="utf-8")
    assert change(text) != text
    wrong.write_text(change(text), encoding="utf-8")
    with pytest.raises(EvalFileError, match=told):
        read_suite(wrong)
