"""Does a model of this machine really work? It is loaded and run once on speech made here."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from voicebot.domain.language import Language
from voicebot.errors import SpeechError
from voicebot.settings import Settings
from voicebot.speech.catalogue import ModelKind
from voicebot.speech.ears import WhisperEars
from voicebot.speech.engines import PRACTICE_EARS, PRACTICE_EARS_NAME, PRACTICE_VOICE_NAME
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.models import ModelShelf
from voicebot.speech.piper_voice import PiperSpeech
from voicebot.speech.ports import RATE_HZ

_SAID = {Language.FRENCH: "bonjour je voudrais un rendez-vous demain matin", Language.ENGLISH: "i would like an appointment"}
_CHECKING_S = 300.0


@dataclass(frozen=True, slots=True)
class CheckedModel:
    """load_ms: from disk to ready. work_ms: one decoding or synthesis after that. audio_s: of the speech in it.

    result: the words heard in a known sentence, or the length of the speech made.
    """

    name: str
    kind: ModelKind
    load_ms: float
    work_ms: float
    audio_s: float
    result: str


def checkable(settings: Settings) -> list[str]:
    """Names that check_model knows: the practice pair and every model that is here."""
    shelf = ModelShelf(settings.data_dir / "models")
    return [PRACTICE_EARS_NAME, PRACTICE_VOICE_NAME, *(m.files.name for m in shelf.list_models() if m.here)]


async def check_model(name: str, settings: Settings) -> CheckedModel:
    """Load the model, and decode or say one sentence. Raises: ModelMissing, SpeechError when it does not work."""
    if name in (PRACTICE_EARS_NAME, "practice"):
        return await _check_ears(PRACTICE_EARS_NAME, PRACTICE_EARS, settings, practice=True)
    if name == PRACTICE_VOICE_NAME:
        return await asyncio.to_thread(_check_voice, name, EspeakVoice(), Language.FRENCH)
    folder = ModelShelf(settings.data_dir / "models").need(name)
    if list(folder.glob("*.onnx")):
        language = Language.ENGLISH if name.startswith("en") else Language.FRENCH
        return await asyncio.to_thread(_check_voice, name, PiperSpeech(folder, name), language)
    return await _check_ears(name, folder, settings, practice=False)


async def _check_ears(name: str, folder: Path, settings: Settings, *, practice: bool) -> CheckedModel:
    language = Language.ENGLISH if name.endswith(".en") else Language.FRENCH
    speech = EspeakVoice("en+f2" if language is Language.ENGLISH else "fr+f2").synthesise(_SAID[language])
    ears = WhisperEars(
        folder,
        name=name,
        short_context=practice,
        device=settings.ears_device,
        compute_type=settings.ears_compute_type,
        threads=settings.ears_threads,
        beam_size=1 if practice else 5,
        limit_s=_CHECKING_S,
    )
    try:
        load_ms = await ears.warm()
        heard = await ears.transcribe(speech, language)
    finally:
        await ears.close()
    audio_s = len(speech) / RATE_HZ
    return CheckedModel(name, ModelKind.EARS, load_ms, heard.took_ms, audio_s, heard.text or f"({heard.dropped})")


def _check_voice(name: str, voice: EspeakVoice | PiperSpeech, language: Language) -> CheckedModel:
    began_s = time.monotonic()
    voice.synthesise("a")
    loaded_s = time.monotonic()
    speech = voice.synthesise(_SAID[language])
    done_s = time.monotonic()
    if not len(speech):
        raise SpeechError(f"{voice.name} gave no sound.")
    audio_s = len(speech) / RATE_HZ
    load_ms, work_ms = (loaded_s - began_s) * 1000, (done_s - loaded_s) * 1000
    return CheckedModel(name, ModelKind.VOICE, load_ms, work_ms, audio_s, f"{audio_s:.1f} s of speech")
