"""The practice ears that are shipped: loaded by plain faster-whisper, they understand espeak callers over the telephone."""

from pathlib import Path

import numpy as np
import pytest
from faster_whisper import WhisperModel
from numpy.typing import NDArray

import voicebot.speech
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.sound import as_float, resample
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw

FOLDER = Path(voicebot.speech.__file__).parent / "practice_ears"
LINE_HZ, EARS_HZ = 8_000, 16_000
LARGEST_BYTES = 10_000_000

CALLERS = [
    ("fr+m3", "bonjour, je n'ai plus d'eau chaude depuis ce matin", ["n'ai", "plus", "d'eau", "chaude"]),
    ("fr+f4", "ça sent le gaz dans ma cuisine", ["gaz", "cuisine"]),
    ("fr+f2", "je suis coincé dans l'ascenseur", ["dans", "l'ascenseur"]),
    ("fr", "je n'arrive plus à respirer", ["n'arrive", "respirer"]),
    ("fr+m1", "je veux parler à quelqu'un", ["parler", "quelqu'un"]),
    ("fr+f1", "je refuse l'enregistrement", ["refuse", "l'enregistrement"]),
    ("fr+m3", "je m'appelle paul martin", ["paul", "martin"]),
    ("fr+f2", "dites-lui de me rappeler", ["dites", "rappeler"]),
    ("fr+m2", "oui c'est ça", ["oui"]),
    ("fr+f3", "non merci, au revoir", ["non", "merci", "revoir"]),
    ("en+m3", "i want to speak to a human", ["speak", "human"]),
]
NUMBERS = [
    ("fr+m3", "zéro six, trente-neuf, quatre-vingt-dix-huit, douze, trente-quatre"),
    ("fr+f4", "zéro six, trente-neuf, quatre-vingt-dix-huit, cinquante-cinq, soixante-six"),
    ("fr+f2", "zéro un, quarante-deux, soixante-quinze, quatre-vingt-huit, onze"),
]


@pytest.fixture(scope="module")
def ears() -> WhisperModel:
    return WhisperModel(str(FOLDER), device="cpu", compute_type="int8", cpu_threads=1)


def heard(ears: WhisperModel, sound: NDArray[np.float32]) -> list[str]:
    """Words that the ears write for sound at 16 kHz."""
    segments, _ = ears.transcribe(sound, language="en", beam_size=1, temperature=0.0, without_timestamps=True)
    return [word for segment in segments for word in segment.text.split()]


def over_the_telephone(voice: str, text: str) -> NDArray[np.float32]:
    """Speech at 16 kHz that came through 8 kHz µ-law, with half a second of silence around it."""
    said = EspeakVoice(voice, repeatable=True).synthesise(text)
    line = as_float(decode_ulaw(encode_ulaw(said)))
    return np.pad(resample(line, LINE_HZ, EARS_HZ), EARS_HZ // 2).astype(np.float32)


def test_practice_ears_are_small() -> None:
    assert sum(file.stat().st_size for file in FOLDER.iterdir()) <= LARGEST_BYTES


@pytest.mark.parametrize(("voice", "text", "key_words"), CALLERS)
def test_practice_ears_hear_the_key_words_of_a_caller(
    ears: WhisperModel, voice: str, text: str, key_words: list[str]
) -> None:
    words = heard(ears, over_the_telephone(voice, text))

    assert [word for word in key_words if word not in words] == []


@pytest.mark.parametrize(("voice", "text"), NUMBERS)
def test_practice_ears_hear_a_dictated_number_exactly(ears: WhisperModel, voice: str, text: str) -> None:
    words = heard(ears, over_the_telephone(voice, text))

    assert words == text.replace(",", "").replace("-", " ").split()


@pytest.mark.parametrize("level", [0.0, 0.001, 0.01])
def test_practice_ears_write_nothing_where_nobody_speaks(ears: WhisperModel, level: float) -> None:
    hiss = np.random.default_rng(1).standard_normal(2 * LINE_HZ).astype(np.float32) * np.float32(level)

    assert heard(ears, resample(hiss, LINE_HZ, EARS_HZ)) == []
