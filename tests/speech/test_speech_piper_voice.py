import json
import threading

import numpy as np
import pytest
from tiny_models import SAMPLES_PER_PHONEME, build_piper_voice

from voicebot.errors import ModelMissing, SpeechError
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.piper_voice import PiperSpeech
from voicebot.speech.ports import RATE_HZ

NAME = "fr_FR-tiny-low"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return build_piper_voice(tmp_path_factory.mktemp("voices"), NAME)


def test_a_sentence_goes_through_phonemes_and_the_model_to_telephone_sound(folder):
    voice = PiperSpeech(folder, NAME)
    short, long = voice.synthesise("Bonjour."), voice.synthesise("Bonjour, je vous écoute, que puis-je faire ?")
    assert short.dtype == np.int16
    assert len(long) > 3 * len(short)
    # Piper says « Bonjour. » with 7 phonemes (b ɔ̃ ʒ u ʁ .), pads between them and marks at the ends.
    samples_at_22050 = len(short) * 22050 / RATE_HZ
    assert 12 <= samples_at_22050 / SAMPLES_PER_PHONEME <= 24
    assert -6 <= 20 * np.log10(np.abs(long.astype(int)).max() / 32768) <= -3


def test_sentences_of_one_text_are_joined(folder):
    voice = PiperSpeech(folder, NAME)
    both = len(voice.synthesise("Bonjour. Au revoir."))
    apart = len(voice.synthesise("Bonjour.")) + len(voice.synthesise("Au revoir."))
    assert abs(both - apart) < 0.1 * RATE_HZ


def test_a_withdrawn_text_stops_between_its_sentences(folder):
    asked = []

    def withdrawn() -> bool:
        asked.append(True)
        return len(asked) >= 2

    assert len(PiperSpeech(folder, NAME).synthesise("Un. Deux. Trois. Quatre. Cinq.", withdrawn)) == 0
    assert len(asked) == 2


def test_one_synthesis_takes_one_core(folder):
    voice = PiperSpeech(folder, NAME)
    before = threading.active_count()
    voice.synthesise("Bonjour.")
    assert voice._voice().session.get_session_options().intra_op_num_threads == 1
    assert threading.active_count() == before


def test_piper_and_the_practice_voice_live_in_one_process(folder):
    practice, piper = EspeakVoice("en+f2", repeatable=True), PiperSpeech(folder, NAME)
    alone = practice.synthesise("hello there"), piper.synthesise("Bonjour à tous.")
    again = practice.synthesise("hello there"), piper.synthesise("Bonjour à tous.")
    assert np.array_equal(alone[0], again[0])
    assert np.array_equal(alone[1], again[1])


def test_raw_phonemes_in_a_text_are_not_obeyed(folder):
    voice = PiperSpeech(folder, NAME)
    assert np.array_equal(voice.synthesise("[[abc]]"), voice.synthesise("abc"))


@pytest.mark.parametrize("text", ["", " … ", "[[ ]]"])
def test_nothing_to_say_is_no_sound(folder, text):
    assert len(PiperSpeech(folder, NAME).synthesise(text)) == 0


def test_a_missing_file_is_named_with_the_command_that_fetches_it(tmp_path):
    build_piper_voice(tmp_path, NAME)
    (tmp_path / f"{NAME}.onnx.json").unlink()
    with pytest.raises(ModelMissing, match=r"fr_FR-tiny-low\.onnx\.json") as missing:
        PiperSpeech(tmp_path, NAME)
    assert missing.value.remedy == f"Run: voicebot models pull {NAME}"


@pytest.mark.parametrize("broken", ["onnx", "json", "config"])
def test_a_damaged_voice_is_a_speech_error_with_a_remedy(tmp_path, broken):
    build_piper_voice(tmp_path, NAME)
    if broken == "onnx":
        (tmp_path / f"{NAME}.onnx").write_bytes(b"\x08\x07garbage")
    else:
        config = "{" if broken == "json" else json.dumps({"audio": {}})
        (tmp_path / f"{NAME}.onnx.json").write_text(config)
    with pytest.raises(SpeechError, match="cannot be loaded") as failed:
        PiperSpeech(tmp_path, NAME).synthesise("Bonjour.")
    assert f"voicebot models pull {NAME}" in failed.value.remedy
