import asyncio
from pathlib import Path

import numpy as np
import pytest
from tiny_models import build_multilingual_ears

from voicebot.domain.language import Language
from voicebot.errors import ModelMissing, SpeechBusy, SpeechError
from voicebot.speech.ears import WhisperEars
from voicebot.speech.engines import PRACTICE_EARS
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import RATE_HZ, Priority

FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH
NUMBER = "zéro six douze trente quatre cinquante six soixante dix huit"


def said(words: str, voice: str = "fr+f2", pace: int = 150) -> np.ndarray:
    speech = EspeakVoice(voice, pace, repeatable=True).synthesise(words)
    return np.concatenate([np.zeros(1600, np.int16), speech, np.zeros(1600, np.int16)])


@pytest.fixture(scope="module")
def speech():
    sentences = [
        "oui",
        "non merci",
        "bonjour je voudrais un rendez-vous",
        NUMBER,
        "je m'appelle marie martin",
        "c'est très urgent",
        "je suis bloqué dans l'ascenseur",
        "au revoir",
    ]
    return [said(sentence, f"fr+{'fm'[n % 2]}{n % 3 + 1}") for n, sentence in enumerate(sentences)]


@pytest.fixture
async def ears():
    ears = WhisperEars(PRACTICE_EARS, name="practice ears", short_context=True, limit_s=60)
    yield ears
    await ears.close()


@pytest.fixture
async def window_ears():
    ears = WhisperEars(PRACTICE_EARS, name="practice ears", short_context=False, limit_s=60)
    yield ears
    await ears.close()


async def test_practice_ears_hear_a_dictated_number_and_say_how_sure_they_are(ears):
    heard = await ears.transcribe(said(NUMBER), FRENCH)
    assert heard.text == NUMBER
    assert heard.confidence > 0.8
    assert heard.dropped == ""
    assert heard.language is FRENCH
    assert heard.took_ms > 0


@pytest.mark.parametrize("word", ["oui", "non", "merci", "bonjour"])
@pytest.mark.parametrize("voice", ["fr+f2", "fr+m3"])
async def test_one_word_is_heard_and_not_taken_for_a_phantom(ears, word, voice):
    assert (await ears.transcribe(said(word, voice), FRENCH)).text == word


async def test_english_is_heard_by_the_same_model(ears):
    assert (await ears.transcribe(said("hello", "en+f2"), ENGLISH)).text == "hello"


async def test_eight_calls_at_once_hear_what_each_hears_alone(speech):
    ears = WhisperEars(PRACTICE_EARS, name="practice ears", short_context=True, workers=2, limit_s=60)
    alone = [(await ears.transcribe(one, FRENCH)).text for one in speech]
    together = await asyncio.gather(*(ears.transcribe(one, FRENCH) for one in speech))
    await ears.close()
    assert [heard.text for heard in together] == alone
    assert len(set(alone)) == 8


async def test_short_context_hears_what_the_whole_window_hears(ears, window_ears, speech):
    short = [(await ears.transcribe(one, FRENCH)).text for one in speech[:4]]
    whole = [(await window_ears.transcribe(one, FRENCH)).text for one in speech[:4]]
    assert short == whole


@pytest.mark.parametrize("seconds", [0.0, 0.02, 0.3, 2.0, 10.0])
@pytest.mark.parametrize("level", [0, 40, 400, 4000])
async def test_silence_and_noise_give_no_words(ears, seconds, level):
    noise = (np.random.default_rng(4).normal(size=int(RATE_HZ * seconds)) * level).astype(np.int16)
    heard = await ears.transcribe(noise, FRENCH)
    assert heard.text == ""
    assert heard.dropped == "no_speech"
    assert heard.confidence == 0


async def test_noise_that_swells_like_speech_gives_no_words(ears):
    chance = np.random.default_rng(4)
    for seconds in (1, 2, 4, 8):
        samples = np.arange(seconds * RATE_HZ)
        swell = 10 ** (-1 + np.interp(samples, samples[::4000], chance.uniform(0, 1, len(samples[::4000]))))
        noise = (chance.normal(size=len(samples)) * 3000 * swell).clip(-32768, 32767).astype(np.int16)
        assert (await ears.transcribe(noise, FRENCH)).text == ""


async def test_tones_and_clicks_give_no_words(ears):
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    busy = np.where(time_s % 1 < 0.5, np.sin(2 * np.pi * 440 * time_s) * 8000, 0).astype(np.int16)
    click = np.zeros(RATE_HZ, np.int16)
    click[4000:4080] = 20000
    for sound in (busy, click):
        heard = await ears.transcribe(sound, FRENCH)
        assert heard.text == ""
        assert heard.dropped in ("no_speech", "too_short")


async def test_speech_longer_than_a_window_is_heard_to_its_end(ears):
    words = ["bonjour", *["oui"] * 3, "au revoir"]
    gap = np.zeros(7 * RATE_HZ, np.int16)
    sound = np.concatenate([piece for word in words for piece in (said(word), gap)])
    assert len(sound) > 30 * RATE_HZ
    heard = await ears.transcribe(sound, FRENCH)
    assert heard.text.startswith("bonjour")
    assert heard.text.endswith("au revoir")


@pytest.mark.parametrize("short_context", [True, False])
async def test_a_multilingual_model_is_told_the_language_of_the_call(tmp_path, short_context):
    folder = build_multilingual_ears(tmp_path / "ears")
    ears = WhisperEars(folder, name="tiny", short_context=short_context, beam_size=5, limit_s=60)
    speech = said("bonjour")
    assert (await ears.transcribe(speech, FRENCH)).text == "bonjour"
    assert (await ears.transcribe(speech, ENGLISH)).text == "hello"
    await ears.close()


async def test_a_cancelled_decoding_leaves_the_ears_to_the_next_call(ears):
    await ears.warm()
    first = asyncio.create_task(ears.transcribe(said(NUMBER), FRENCH, priority=Priority.SPECULATIVE))
    await asyncio.sleep(0)
    first.cancel()
    assert (await ears.transcribe(said("oui"), FRENCH)).text == "oui"
    with pytest.raises(asyncio.CancelledError):
        await first


async def test_speculation_makes_room_for_a_turn(speech):
    ears = WhisperEars(PRACTICE_EARS, name="practice ears", short_context=True, room=1, limit_s=60)
    await ears.warm()
    guesses = [asyncio.create_task(ears.transcribe(s, FRENCH, priority=Priority.SPECULATIVE)) for s in speech[:2]]
    await asyncio.sleep(0)
    turn = await ears.transcribe(said("oui"), FRENCH)
    outcomes = await asyncio.gather(*guesses, return_exceptions=True)
    await ears.close()
    assert turn.text == "oui"
    assert any(isinstance(outcome, SpeechBusy) for outcome in outcomes)


@pytest.mark.parametrize("wrong", [np.zeros(800, np.float32), np.zeros((800, 2), np.int16)])
async def test_sound_of_another_shape_is_refused(ears, wrong):
    with pytest.raises(SpeechError, match="int16 mono"):
        await ears.transcribe(wrong, FRENCH)


async def test_endless_sound_is_refused(ears):
    with pytest.raises(SpeechError, match="at most 120 s"):
        await ears.transcribe(np.zeros(121 * RATE_HZ, np.int16), FRENCH)


def test_a_folder_without_a_model_names_what_it_lacks(tmp_path: Path):
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelMissing, match=r"has no model\.bin, tokenizer\.json"):
        WhisperEars(tmp_path, name="broken")


async def test_a_damaged_model_is_a_speech_error_with_a_remedy(tmp_path: Path):
    for file in PRACTICE_EARS.glob("*.json"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    (tmp_path / "model.bin").write_bytes(b"not a model")
    ears = WhisperEars(tmp_path, name="damaged", limit_s=60)
    with pytest.raises(SpeechError, match="cannot be loaded") as failed:
        await ears.warm()
    assert "Fetch it again" in failed.value.remedy
    await ears.close()
