import asyncio
import shutil
import threading

import numpy as np
import pytest
from structlog.testing import capture_logs
from tiny_models import build_piper_voice

from voicebot.domain.identity import VoiceChoice
from voicebot.domain.language import Language
from voicebot.errors import ModelMissing, SpeechError
from voicebot.settings import Settings
from voicebot.speech.engines import PRACTICE_EARS, SpeechEngines
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import Priority

FRENCH = Language.FRENCH
SIWIS = VoiceChoice(piper="fr_FR-siwis-medium", practice="fr+f2")


class Opened:
    """Engines of a test, closed at its end."""

    def __init__(self, data_dir) -> None:
        self.data_dir = data_dir
        self.open: list[SpeechEngines] = []

    def __call__(self, **settings) -> SpeechEngines:
        engines = SpeechEngines(Settings(data_dir=self.data_dir, ears_limit_s=60, voice_limit_s=60, **settings))
        self.open.append(engines)
        return engines


@pytest.fixture
async def opened(tmp_path):
    opened = Opened(tmp_path)
    yield opened
    for engines in opened.open:
        await engines.close()


def put_piper_voice(data_dir):
    return build_piper_voice(data_dir / "models" / "voices" / SIWIS.piper, SIWIS.piper)


async def test_without_downloads_the_practice_pair_works_and_says_so_plainly(opened):
    engines = opened()
    voice = engines.voice(SIWIS, FRENCH)
    await engines.warm()
    in_use = engines.describe()
    assert in_use.practice
    assert "practice" in in_use.ears
    assert "do not understand people well" in in_use.ears
    assert "practice voice fr+f2" in in_use.voice
    assert "espeak-ng" in in_use.voice
    heard = await engines.ears.transcribe(await voice.say("bonjour"), FRENCH)
    assert heard.text == "bonjour"


async def test_the_best_ears_on_this_machine_are_chosen(opened, tmp_path):
    for name in ("tiny", "small"):
        shutil.copytree(PRACTICE_EARS, tmp_path / "models" / "ears" / name)
    assert opened().ears.name == "faster-whisper small"
    assert opened(ears_model="tiny").ears.name == "faster-whisper tiny"
    assert opened(ears_model="practice").ears.name == "practice ears"
    folder = shutil.copytree(PRACTICE_EARS, tmp_path / "elsewhere" / "ours")
    assert opened(ears_model=str(folder)).ears.name == "faster-whisper ours"


@pytest.mark.parametrize("short_context", [None, True, False])
async def test_chosen_ears_hear_whatever_the_context_setting(opened, tmp_path, short_context):
    shutil.copytree(PRACTICE_EARS, tmp_path / "models" / "ears" / "small")
    ears = opened(ears_short_context=short_context).ears
    assert (await ears.transcribe(EspeakVoice().synthesise("bonjour"), FRENCH)).text == "bonjour"


def test_named_ears_that_are_not_here_stop_the_start(tmp_path):
    with pytest.raises(ModelMissing, match='"medium" is not in') as missing:
        SpeechEngines(Settings(data_dir=tmp_path, ears_model="medium"))
    assert missing.value.remedy == "Run: voicebot models pull medium"


async def test_a_refused_start_leaves_no_threads(tmp_path):
    before = threading.active_count()
    with pytest.raises(ModelMissing):
        SpeechEngines(Settings(data_dir=tmp_path, ears_model="medium"))
    assert threading.active_count() == before


async def test_piper_speaks_where_its_voice_is_here(opened, tmp_path):
    put_piper_voice(tmp_path)
    engines = opened()
    voice = engines.voice(SIWIS, FRENCH)
    await engines.warm()
    assert voice.name == "piper fr_FR-siwis-medium"
    assert len(await voice.say("Bonjour, je vous écoute.")) > 4000
    assert "piper fr_FR-siwis-medium" in engines.describe().voice
    assert "espeak" not in engines.describe().voice


async def test_the_voice_engine_setting_is_obeyed(opened, tmp_path):
    with pytest.raises(ModelMissing) as missing:
        opened(voice_engine="piper").voice(SIWIS, FRENCH)
    assert missing.value.remedy == "Run: voicebot models pull fr_FR-siwis-medium"
    put_piper_voice(tmp_path)
    assert opened(voice_engine="piper").voice(SIWIS, FRENCH).name.startswith("piper")
    assert opened(voice_engine="practice").voice(SIWIS, FRENCH).name == "practice voice fr+f2"


async def test_calls_share_one_voice_per_name_and_pace(opened):
    engines = opened()
    assert engines.voice(SIWIS, FRENCH) is engines.voice(SIWIS, FRENCH)
    slow = SIWIS.model_copy(update={"words_per_minute": 120})
    assert engines.voice(slow, FRENCH) is not engines.voice(SIWIS, FRENCH)
    quick, slowly = [await engines.voice(c, FRENCH).say("Bonjour madame.") for c in (SIWIS, slow)]
    assert len(slowly) > 1.15 * len(quick)


async def test_a_practice_voice_that_does_not_exist_is_refused(opened):
    with pytest.raises(SpeechError, match='no voice "fr\\+f99"'):
        opened().voice(VoiceChoice(piper="none", practice="fr+f99"), FRENCH)


async def test_fixed_sentences_are_kept_across_restarts_and_others_are_not(opened, tmp_path):
    voice = opened().voice(SIWIS, FRENCH)
    fixed = await voice.say("Bonjour, je vous écoute.", fixed=True)
    assert await voice.say("Bonjour, je vous écoute.", fixed=True) is fixed
    await voice.say("Vous êtes madame Martin.")
    assert len(list((tmp_path / "voice_cache").rglob("*.pcm"))) == 1
    restarted = opened().voice(SIWIS, FRENCH)
    # The flutter of espeak-ng makes every synthesis another: equal sound came from the disk.
    assert np.array_equal(await restarted.say("Bonjour, je vous écoute.", fixed=True), fixed)


async def test_eight_calls_asking_for_one_fixed_sentence_get_the_same_sound(opened):
    voice = opened().voice(SIWIS, FRENCH)
    sounds = await asyncio.gather(*(voice.say("Ne quittez pas.", fixed=True) for _ in range(8)))
    assert all(sound is sounds[0] for sound in sounds)


async def test_a_spare_voice_speaks_when_piper_cannot(opened, tmp_path):
    folder = put_piper_voice(tmp_path)
    (folder / f"{SIWIS.piper}.onnx").write_bytes(b"damaged")
    engines = opened()
    voice = engines.voice(SIWIS, FRENCH)
    with capture_logs() as told:
        spoken = await voice.say("Bonjour, je vous écoute.")
    assert (await engines.ears.transcribe(spoken, FRENCH)).text.startswith("bonjour")
    assert [entry["event"] for entry in told if entry["log_level"] == "warning"] == ["spare_voice_used"]
    assert "écoute" not in str(told)
    with pytest.raises(SpeechError):
        await voice.say("Remplir le cache.", priority=Priority.BACKGROUND)


async def test_a_voice_that_fails_to_warm_is_told_and_the_house_opens(opened, tmp_path):
    folder = put_piper_voice(tmp_path)
    (folder / f"{SIWIS.piper}.onnx").write_bytes(b"damaged")
    engines = opened()
    engines.voice(SIWIS, FRENCH)
    with capture_logs() as told:
        await engines.warm()
    assert "voice_cannot_be_used" in [entry["event"] for entry in told]


async def test_closing_ends_every_worker(tmp_path):
    before = threading.active_count()
    engines = SpeechEngines(Settings(data_dir=tmp_path, ears_model="practice"))
    voice = engines.voice(SIWIS, FRENCH)
    assert threading.active_count() > before
    await engines.close()
    await engines.close()
    assert sum(t.name.startswith(("ears-", "piper-", "practice voice-")) for t in threading.enumerate()) == 0
    with pytest.raises(SpeechError, match="closing"):
        await voice.say("Trop tard.")
