import hashlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from voicebot.errors import SpeechError
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ

SENTENCE = "Bonjour, vous êtes bien au cabinet médical. Que puis-je faire pour vous ?"


def test_speech_is_telephone_sound_at_a_sane_level_without_silent_ends():
    pcm = EspeakVoice("fr+f2").synthesise(SENTENCE)
    assert pcm.dtype == np.int16
    assert pcm.ndim == 1
    assert 3 < len(pcm) / RATE_HZ < 6
    peak_dbfs = 20 * np.log10(np.abs(pcm.astype(int)).max() / 32768)
    assert -6 <= peak_dbfs <= -3
    loud = np.flatnonzero(np.abs(pcm.astype(int)) > 200)
    assert loud[0] <= 0.035 * RATE_HZ
    assert len(pcm) - loud[-1] <= 0.035 * RATE_HZ


def test_pace_and_pitch_are_obeyed():
    slow, fast = (len(EspeakVoice("fr+f2", pace).synthesise(SENTENCE)) for pace in (120, 200))
    assert slow > 1.3 * fast
    low, high = (EspeakVoice("fr+m3", pitch=pitch, repeatable=True).synthesise("bonjour madame") for pitch in (20, 80))
    assert _power_below(low, 110) > 3 * _power_below(high, 110), "the fundamental of a low voice lies below 110 Hz"


def _power_below(pcm: np.ndarray, limit_hz: float) -> float:
    power = np.abs(np.fft.rfft(pcm.astype(float))) ** 2
    return float(power[np.fft.rfftfreq(len(pcm), 1 / RATE_HZ) < limit_hz].sum() / power.sum())


def test_repeatable_speech_is_the_same_after_other_speech_and_in_another_process():
    voice = EspeakVoice("fr+m3", repeatable=True)
    first = voice.synthesise(SENTENCE)
    EspeakVoice("en+f4", 190).synthesise("something else, in between")
    assert np.array_equal(voice.synthesise(SENTENCE), first)
    program = (
        "import hashlib; from voicebot.speech.espeak import EspeakVoice;"
        f"print(hashlib.sha256(EspeakVoice('fr+m3', repeatable=True).synthesise({SENTENCE!r}).tobytes()).hexdigest())"
    )
    elsewhere = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60)
    assert elsewhere.stdout.strip() == hashlib.sha256(first.tobytes()).hexdigest()


def test_eight_threads_with_eight_voices_do_not_disturb_each_other():
    variants = ("f1", "f2", "f3", "f4", "m1", "m2", "m3", "m4")
    voices = [EspeakVoice(f"fr+{v}", 130 + 10 * n, repeatable=True) for n, v in enumerate(variants)]
    alone = [voice.synthesise(SENTENCE) for voice in voices]
    with ThreadPoolExecutor(8) as pool:
        for _ in range(3):
            together = list(pool.map(lambda voice: voice.synthesise(SENTENCE), voices))
            assert all(np.array_equal(a, b) for a, b in zip(alone, together, strict=True))


def test_threads_of_the_shared_library_speak_whole_sentences_of_their_own():
    voices = [EspeakVoice("fr+f2", pace) for pace in (120, 140, 160, 180, 200)]
    alone = [len(voice.synthesise(SENTENCE)) for voice in voices]
    with ThreadPoolExecutor(5) as pool:
        together = list(pool.map(lambda voice: len(voice.synthesise(SENTENCE)), voices))
    # The flutter of the voice moves a length by some samples.
    assert all(abs(a - b) < 0.02 * a for a, b in zip(alone, together, strict=True))


@pytest.mark.parametrize("name", ["fr+zz9", "tlh+f2", "", "../fr"])
def test_a_voice_that_espeak_has_not_is_refused_by_name(name):
    with pytest.raises(SpeechError, match="no voice") as refused:
        EspeakVoice(name)
    assert "fr+f2" in refused.value.remedy


@pytest.mark.parametrize("text", ["", "   ", "…", "!?", "[[]]", "\x00\x07"])
def test_nothing_to_say_is_no_sound(text):
    assert len(EspeakVoice().synthesise(text)) == 0


def test_a_text_without_end_is_refused():
    with pytest.raises(SpeechError, match="too long"):
        EspeakVoice().synthesise("bonjour " * 300)


def test_markup_and_phoneme_codes_are_spoken_of_not_obeyed():
    plain = len(EspeakVoice(repeatable=True).synthesise("bonjour madame"))
    dressed = len(EspeakVoice(repeatable=True).synthesise("[[bonjour]] <madame>"))
    assert dressed == plain
