"""Speech of a synthetic caller: espeak-ng through its library, in this process."""

import ctypes

import espeakng_loader
import numpy as np
import numpy.typing as npt

RATE_HZ = 22_050
_OUTPUT_SYNCHRONOUS = 2  # AUDIO_OUTPUT_SYNCHRONOUS, speak_lib.h
_RATE, _PITCH = 1, 3  # espeak_PARAMETER, speak_lib.h
_UTF8 = 1  # espeakCHARS_UTF8, speak_lib.h
_Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)


class UnknownVoice(ValueError):
    """The library has no voice of this name."""


class Synthesiser:
    """The one espeak-ng of a process. Not for use from two threads: the library is not re-entrant."""

    def __init__(self, data: str | None = None) -> None:
        self._chunks: list[npt.NDArray[np.int16]] = []
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        self._callback = _Callback(self._take)  # kept: the library calls it later
        folder = (data or str(espeakng_loader.get_data_path())).encode()
        rate_hz = self._library.espeak_Initialize(_OUTPUT_SYNCHRONOUS, 0, folder, 0)
        if rate_hz != RATE_HZ:
            raise RuntimeError(f"espeak-ng started at {rate_hz} Hz, expected {RATE_HZ}")
        self._library.espeak_SetSynthCallback(self._callback)

    def _take(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, _events: object) -> int:
        if count > 0 and samples:
            self._chunks.append(np.ctypeslib.as_array(samples, shape=(count,)).copy())
        return 0

    def speak(self, text: str, voice: str = "fr", words_per_minute: int = 150, pitch: int = 50) -> npt.NDArray[np.int16]:
        """Speech, int16 mono, shape (n_samples,), 22,050 Hz. pitch: 0-99. Raises UnknownVoice."""
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise UnknownVoice(voice)
        self._library.espeak_SetParameter(_RATE, words_per_minute, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        self._chunks.clear()
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 0, 0, _UTF8, None, None)
        self._library.espeak_Synchronize()
        return np.concatenate(self._chunks) if self._chunks else np.zeros(0, np.int16)
