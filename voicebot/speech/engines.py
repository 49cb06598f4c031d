"""The ears and voices of one process, chosen from settings and from what is on this machine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

import structlog

from voicebot.domain.identity import VoiceChoice
from voicebot.domain.language import Language
from voicebot.errors import ModelMissing, VoicebotError
from voicebot.settings import Settings
from voicebot.speech.ears import WhisperEars
from voicebot.speech.engine_queue import EngineQueue
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.models import ModelShelf
from voicebot.speech.piper_voice import PiperSpeech
from voicebot.speech.ports import Priority, Transcriber, Voice
from voicebot.speech.shared_voice import SharedVoice
from voicebot.speech.voice_cache import VoiceCache

log = structlog.get_logger()

PRACTICE_EARS = Path(__file__).with_name("practice_ears")
PRACTICE_EARS_NAME = "practice ears"
PRACTICE_VOICE_NAME = "practice voice"
_PRACTICE_EARS_PLAINLY = " (made for synthetic callers; they do not understand people well: voicebot models pull small)"
_PRACTICE_VOICE_PLAINLY = " (espeak-ng; a natural one: voicebot models pull fr_FR-siwis-medium)"
_WARMING_S = 120.0
_WARMING_WORDS = {Language.FRENCH: "Bonjour.", Language.ENGLISH: "Hello."}


@dataclass(frozen=True, slots=True)
class EnginesInUse:
    """ears, voice: in words, for operators. practice: one of them at least is of the practice pair."""

    ears: str
    voice: str
    practice: bool


class SpeechEngines:
    """Engines shared by all calls of this process. Build it once; close it at the end.

    Nothing is loaded here: models load in worker threads, by warm() or by the first job.

    Raises: ModelMissing, from here and from voice(), for a model that settings name and this machine has not.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._shelf = ModelShelf(settings.data_dir / "models")
        self._cache = VoiceCache(settings.data_dir / "voice_cache")
        # First: it may refuse, and no worker of another engine would then be closed.
        self._ears = self._choose_ears()
        room, limit_s = settings.voice_queue, settings.voice_limit_s
        self._piper_queue = EngineQueue("piper", room=room, limit_s=limit_s)
        # espeak-ng is not re-entrant: a second worker would only wait for its lock.
        self._practice_queue = EngineQueue("practice voice", room=room, limit_s=limit_s)
        self._voices: dict[tuple[str, str, int], SharedVoice] = {}
        self._chosen: dict[tuple[str, str, int], SharedVoice] = {}

    @property
    def ears(self) -> Transcriber:
        return self._ears

    def voice(self, choice: VoiceChoice, language: Language) -> Voice:
        """A client's voice in a language: Piper where its files are here, else espeak-ng. The same object each time.

        Raises: ModelMissing when the settings insist on Piper and the voice is not here; SpeechError when espeak-ng
            has no voice of this name.
        """
        wanted = (choice.piper, choice.practice, choice.words_per_minute)
        if wanted not in self._chosen:
            self._chosen[wanted] = self._choose_voice(choice, language)
        return self._chosen[wanted]

    def describe(self) -> EnginesInUse:
        """What is used now, practice said plainly."""
        practice_ears = self._ears.name == PRACTICE_EARS_NAME
        # Not self._voices: the spares are among them, and the log tells when one speaks.
        spoken = list(self._chosen.values())
        names = ", ".join(dict.fromkeys(v.name for v in spoken)) or "none asked for yet"
        practice_voice = any(v.name.startswith(PRACTICE_VOICE_NAME) for v in spoken)
        return EnginesInUse(
            ears=self._ears.name + (_PRACTICE_EARS_PLAINLY if practice_ears else ""),
            voice=names + (_PRACTICE_VOICE_PLAINLY if practice_voice else ""),
            practice=practice_ears or practice_voice,
        )

    async def warm(self) -> None:
        """Load and run everything asked for so far, so that the first caller does not pay for it.

        A voice that fails here is told in the log and has its spare; ears that fail are an error.
        """
        await self._ears.warm()
        for (_, name, _), voice in self._voices.items():
            language = Language.ENGLISH if name.startswith("en") else Language.FRENCH
            try:
                await voice.say(_WARMING_WORDS[language], priority=Priority.BACKGROUND, limit_s=_WARMING_S)
            except VoicebotError as failed:
                log.error("voice_cannot_be_used", voice=voice.name, error=failed.code, what=failed.what)

    async def close(self) -> None:
        """Refuse what waits and stop the workers. Idempotent."""
        await asyncio.gather(self._ears.close(), self._piper_queue.close(), self._practice_queue.close())

    def _choose_ears(self) -> WhisperEars:
        s = self._settings
        named = s.ears_model
        best = self._shelf.best_ears() if not named else None
        practice = named == "practice" or (not named and best is None)
        if practice:
            folder, name = PRACTICE_EARS, PRACTICE_EARS_NAME
        elif best is not None:
            folder, name = self._shelf.place(best), f"faster-whisper {best.name}"
        else:
            folder, name = self._named_ears(named)
        short = s.ears_short_context
        return WhisperEars(
            folder,
            name=name,
            short_context=practice if short is None else short,
            device=s.ears_device,
            compute_type=s.ears_compute_type,
            threads=s.ears_threads,
            beam_size=5,
            room=s.ears_queue,
            limit_s=s.ears_limit_s,
        )

    def _named_ears(self, named: str) -> tuple[Path, str]:
        if Path(named).is_dir():
            return Path(named), f"faster-whisper {Path(named).name}"
        return self._shelf.need(named), f"faster-whisper {named}"

    def _choose_voice(self, choice: VoiceChoice, language: Language) -> SharedVoice:
        engine = self._settings.voice_engine
        practice = self._practice_voice(choice)
        if engine == "practice":
            return practice
        try:
            folder = self._shelf.need(choice.piper)
        except ModelMissing:
            if engine == "piper":
                raise
            log.info("practice_voice_chosen", language=str(language), wanted=choice.piper)
            return practice
        key = ("piper", choice.piper, 0)
        if key not in self._voices:
            speech = PiperSpeech(folder, choice.piper)
            self._voices[key] = SharedVoice(speech, self._piper_queue, self._cache, spare=practice)
        return self._voices[key]

    def _practice_voice(self, choice: VoiceChoice) -> SharedVoice:
        key = ("practice", choice.practice, choice.words_per_minute)
        if key not in self._voices:
            speech = EspeakVoice(choice.practice, choice.words_per_minute)
            self._voices[key] = SharedVoice(speech, self._practice_queue, self._cache)
        return self._voices[key]
