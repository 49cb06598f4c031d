import numpy as np
import pytest

from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ
from voicebot.speech.sound import as_float, as_pcm, at_peak, has_pitch, resample, trimmed, voiced_ms


def noise(seconds: float, level: float) -> np.ndarray:
    return (np.random.default_rng(20).normal(size=int(RATE_HZ * seconds)) * level).clip(-32768, 32767).astype(np.int16)


def tone(seconds: float, *pitches_hz: float, on_s: float = 10.0, off_s: float = 0.0) -> np.ndarray:
    time_s = np.arange(int(RATE_HZ * seconds)) / RATE_HZ
    sound = sum(np.sin(2 * np.pi * hz * time_s) for hz in pitches_hz) * 6000
    return np.where(time_s % (on_s + off_s) < on_s, sound, 0).astype(np.int16)


@pytest.mark.parametrize("seconds", [0.0, 0.005, 0.2, 1.0, 8.0])
@pytest.mark.parametrize("level", [0, 3, 100, 3000])
def test_silence_and_steady_noise_have_no_voice(seconds, level):
    assert voiced_ms(noise(seconds, level)) == 0


def test_tones_of_the_telephone_network_have_no_voice():
    assert voiced_ms(tone(3, 440)) == 0, "dialling tone"
    assert voiced_ms(tone(3, 440, on_s=0.5, off_s=0.5)) == 0, "busy tone, France"
    assert voiced_ms(tone(6, 440, on_s=1.5, off_s=3.5)) == 0, "ringing tone, France"
    assert voiced_ms(tone(1, 697, 1209, on_s=0.1, off_s=0.1)) == 0, "keypad"


def test_rumble_and_mains_hum_have_no_voice():
    brown = np.cumsum(np.random.default_rng(20).normal(size=3 * RATE_HZ))
    rumble = (brown - brown.mean()) / np.abs(brown).max() * 20000
    assert voiced_ms(rumble.astype(np.int16)) == 0
    assert voiced_ms(tone(3, 50, 100, 150)) == 0


@pytest.mark.parametrize("word", ["oui", "non", "un", "deux", "allô", "hmm", "no"])
@pytest.mark.parametrize("voice", ["fr+f2", "fr+m7", "fr"])
@pytest.mark.parametrize("pace", [125, 200])
def test_a_short_word_has_voice_cut_close_or_amid_silence_and_noise(word, voice, pace):
    said = EspeakVoice(voice, pace).synthesise(word)
    amid = np.concatenate([np.zeros(2000, np.int16), said, np.zeros(3000, np.int16)])
    assert voiced_ms(said) >= 80
    assert voiced_ms(amid) >= 80
    assert voiced_ms((amid * 0.5 + noise(len(amid) / RATE_HZ, 150)).astype(np.int16)) >= 80


def swelling_noise(seconds: float) -> np.ndarray:
    samples = np.arange(int(RATE_HZ * seconds))
    return (noise(seconds, 1500) * 10 ** (-1 + np.sin(samples / 2500) ** 2)).astype(np.int16)


@pytest.mark.parametrize("seconds", [1, 4, 10])
def test_swelling_noise_has_no_pitch(seconds):
    assert not has_pitch(swelling_noise(seconds))
    assert not has_pitch(noise(seconds, 1000))


@pytest.mark.parametrize("voice", ["fr+f2", "fr+f5", "fr+m3", "fr+m7", "en+m1"])
def test_speech_has_pitch(voice):
    said = EspeakVoice(voice).synthesise("oui, bonjour madame")
    noisy = (said * 0.5 + noise(len(said) / RATE_HZ, 300)[: len(said)]).astype(np.int16)
    assert has_pitch(said)
    assert has_pitch(noisy)


def test_voice_is_measured_to_a_tenth_of_a_second():
    said = EspeakVoice("fr+f2").synthesise("bonjour madame")
    amid = np.concatenate([np.zeros(RATE_HZ, np.int16), said, np.zeros(RATE_HZ, np.int16)])
    assert abs(voiced_ms(amid) - len(said) / 8) < 150


def test_resampling_there_and_back_keeps_length_and_sound():
    speech = as_float(EspeakVoice("fr+m3").synthesise("bonjour"))
    back = resample(resample(speech, 8000, 22050), 22050, 8000)
    assert abs(len(back) - len(speech)) <= 1
    shared = min(len(back), len(speech))
    assert np.corrcoef(back[:shared], speech[:shared])[0, 1] > 0.995


def test_level_is_set_by_the_peak_and_silence_stays_silent():
    quiet = as_float(tone(1, 440)) * np.float32(0.01)
    assert np.abs(at_peak(quiet, -6)).max() == pytest.approx(10 ** (-6 / 20), rel=1e-4)
    assert not at_peak(np.zeros(100, np.float32), -6).any()
    assert as_pcm(np.array([2.0, -2.0], np.float32)).tolist() == [32767, -32768]


def test_trimming_keeps_thirty_milliseconds_around_the_sound():
    sound = np.concatenate([np.zeros(8000, np.int16), tone(0.5, 440), np.zeros(8000, np.int16)])
    assert abs(len(trimmed(sound)) / 8 - 560) < 10
    assert len(trimmed(np.zeros(8000, np.int16))) == 0
