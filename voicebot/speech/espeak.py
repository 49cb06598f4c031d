"""The practice voice: espeak-ng through its library, in process, without any download."""

from __future__ import annotations

import _ctypes
import ctypes
import threading
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import espeakng_loader
import numpy as np
from numpy.typing import NDArray

from voicebot.errors import SpeechError
from voicebot.speech.engine_queue import Withdrawn
from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.speech.sound import as_float, as_pcm, at_peak, resample, trimmed
from voicebot.speech.speakable import speakable

PEAK_DBFS = -4.0
LONGEST_CHARACTERS = 2000

# espeak-ng/src/include/espeak-ng/speak_lib.h
_AUDIO_OUTPUT_SYNCHRONOUS = 2
_CHARS_UTF8 = 1
_RATE, _VOLUME, _PITCH, _RANGE, _WORD_GAP = 1, 2, 3, 4, 7
_SEED = 1

_Samples = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


@dataclass(frozen=True, slots=True)
class _Manner:
    """voice as espeak names it, words per minute, pitch and its range 0-100, gap between words in 10 ms."""

    voice: str
    words_per_minute: int
    pitch: int
    pitch_range: int
    word_gap: int


class _Library:
    """espeak-ng's one set of global variables: every use of it in this process goes through the one lock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: ctypes.CDLL | None = None
        self._rate_hz = 0
        self._heard: list[NDArray[np.int16]] = []
        self._take = _Samples(self._take_samples)

    def say(self, text: str, manner: _Manner, repeatable: bool) -> tuple[NDArray[np.int16], int]:
        """Samples of text and their rate. repeatable: from a library as fresh as in a new process."""
        with self._lock:
            if repeatable:
                self._unload()
            library = self._load()
            try:
                return self._synthesise(library, text, manner), self._rate_hz
            finally:
                if repeatable:
                    self._unload()

    def version(self) -> str:
        with self._lock:
            library = self._load()
            library.espeak_Info.restype = ctypes.c_char_p
            return library.espeak_Info(None).decode().split()[0]

    def _load(self) -> ctypes.CDLL:
        if self._loaded is None:
            library = ctypes.CDLL(espeakng_loader.get_library_path())
            data = espeakng_loader.get_data_path().encode()
            rate_hz = library.espeak_Initialize(_AUDIO_OUTPUT_SYNCHRONOUS, 0, data, 0)
            if rate_hz <= 0:
                raise SpeechError("espeak-ng cannot read its voices.", "Reinstall the package espeakng-loader.")
            library.espeak_SetSynthCallback(self._take)
            library.espeak_ng_SetRandSeed(ctypes.c_long(_SEED))
            self._loaded, self._rate_hz = library, rate_hz
        return self._loaded

    def _unload(self) -> None:
        # The phase of the voice's flutter is a static variable that only unloading the library resets.
        if self._loaded is not None:
            self._loaded.espeak_Terminate()
            _ctypes.dlclose(self._loaded._handle)
            self._loaded = None

    def _synthesise(self, library: ctypes.CDLL, text: str, manner: _Manner) -> NDArray[np.int16]:
        if library.espeak_SetVoiceByName(manner.voice.encode()) != 0:
            raise _unknown_voice(manner.voice)
        # Parameters are global too, and choosing a voice resets some of them.
        library.espeak_SetParameter(_RATE, manner.words_per_minute, 0)
        library.espeak_SetParameter(_VOLUME, 80, 0)
        library.espeak_SetParameter(_PITCH, manner.pitch, 0)
        library.espeak_SetParameter(_RANGE, manner.pitch_range, 0)
        library.espeak_SetParameter(_WORD_GAP, manner.word_gap, 0)
        written = text.encode()
        self._heard.clear()
        failed = library.espeak_Synth(written, len(written) + 1, 0, 0, 0, _CHARS_UTF8, None, None)
        heard = np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)
        self._heard.clear()
        if failed:
            raise SpeechError(f"espeak-ng gave no sound (code {failed}).")
        return heard

    def _take_samples(self, samples: ctypes._Pointer[ctypes.c_short], count: int, _events: int) -> int:
        if count > 0 and samples:
            self._heard.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0


_library = _Library()


class EspeakVoice:
    """One espeak-ng voice. Safe to use from any thread; about 2 ms of CPU for 2.5 s of speech.

    Args:
        voice: language and variant as espeak-ng names them: "fr+f2", "en+m3", "fr-be".
        words_per_minute: 80-400. pitch, pitch_range: 0-100. word_gap: pause between words, in 10 ms.
        repeatable: the same text gives the same samples in every process, at 4 ms and 2 kB of memory that is never
            given back, per sentence: for synthetic callers, not for a server that runs for weeks.

    Raises: SpeechError when espeak-ng has no such voice.
    """

    engine = "espeak"

    def __init__(
        self,
        voice: str = "fr+f2",
        words_per_minute: int = 155,
        pitch: int = 50,
        *,
        pitch_range: int = 60,
        word_gap: int = 0,
        repeatable: bool = False,
    ) -> None:
        variant = voice.partition("+")[2]
        # espeak-ng itself silently ignores a variant that it has not.
        if variant and variant not in variants():
            raise _unknown_voice(voice)
        self._manner = _Manner(voice, words_per_minute, pitch, pitch_range, word_gap)
        self._repeatable = repeatable
        if voice.partition("+")[0] not in languages():
            raise _unknown_voice(voice)

    @property
    def name(self) -> str:
        return f"practice voice {self._manner.voice}"

    @property
    def version(self) -> str:
        """What cached audio depends on besides the text."""
        m = self._manner
        spoken = f"{m.voice} {m.words_per_minute} {m.pitch} {m.pitch_range} {m.word_gap}"
        return f"espeak-ng {_library.version()}; {spoken}; {PEAK_DBFS} dBFS"

    def synthesise(self, text: str, withdrawn: Withdrawn = lambda: False) -> Pcm:
        """Audio of text: int16 mono 8 kHz, peak -4 dBFS, at most 30 ms of silence at its ends; empty for no words.

        Raises: SpeechError, also for a text of more than 2,000 characters.
        """
        line = speakable(text)
        if len(line) > LONGEST_CHARACTERS:
            raise SpeechError(f"A sentence of {len(line)} characters is too long to be said at once.")
        if withdrawn() or not any(c.isalnum() for c in line):
            return np.zeros(0, np.int16)
        samples, rate_hz = _library.say(line, self._manner, self._repeatable)
        sound = resample(as_float(samples), rate_hz, RATE_HZ)
        return trimmed(as_pcm(at_peak(sound, PEAK_DBFS)))


@cache
def variants() -> frozenset[str]:
    """Names that may follow "+" in a voice: "f1" … "f5", "m1" … "m8" and named ones."""
    folder = Path(espeakng_loader.get_data_path()) / "voices" / "!v"
    return frozenset(path.name for path in folder.iterdir())


@cache
def languages() -> frozenset[str]:
    """Languages that a voice may begin with: "fr", "fr-be", "en", "en-us", …"""
    folder = Path(espeakng_loader.get_data_path()) / "lang"
    lines = (line for path in folder.rglob("*") if path.is_file() for line in path.read_text("utf-8").splitlines())
    return frozenset(line.split()[1].lower() for line in lines if line.startswith("language "))


def _unknown_voice(voice: str) -> SpeechError:
    return SpeechError(f'espeak-ng has no voice "{voice}".', 'Write one as "fr+f2" or "en+m3".')
