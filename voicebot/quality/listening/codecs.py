"""Codecs and bands that a voice passes on its way, 20 ms after 20 ms."""

from __future__ import annotations

import io
from collections.abc import Callable
from functools import cache

import numpy as np
import soundfile
from numpy.typing import NDArray
from scipy.signal import butter, sosfilt

from voicebot.quality.carried_call import FRAME_SAMPLES
from voicebot.quality.listening.conditions import Codec
from voicebot.quality.listening.noises import Sound
from voicebot.speech.ports import RATE_HZ, Pcm

BAND_HZ = (300.0, 3400.0)
BAND_ORDER = 4
ENDLESS_BYTES = 33 * 50 * 3600 * 24
"""A day of GSM 06.10, 33 bytes for 20 ms."""

Pass = Callable[[Sound], Sound]


def codec_pass(codec: Codec) -> Pass:
    """What turns each frame of 160 samples into the frame that comes out; it remembers the frames before."""
    match codec:
        case Codec.NONE:
            return lambda sound: sound
        case Codec.A_LAW:
            return lambda sound: through_a_law(as_pcm(sound)).astype(np.float64)
        case Codec.GSM:
            return _Gsm()
        case Codec.BAND:
            return _Band()


def as_pcm(sound: Sound) -> Pcm:
    """Rounded and clipped, never wrapped."""
    return np.clip(np.round(sound), -32768, 32767).astype(np.int16)


def through_a_law(pcm: Pcm) -> Pcm:
    """int16 samples as they come out of ITU-T G.711 A-law, shape kept."""
    return _a_law_table()[pcm.view(np.uint16)]


@cache
def _a_law_table() -> NDArray[np.int16]:
    """Indexed by the sample's two's complement bits, by libsndfile."""
    return _coded(np.arange(65536, dtype=np.uint16).view(np.int16), "ALAW")


def gsm_coded(pcm: Pcm) -> Pcm:
    """A whole piece as it comes out of GSM 06.10, in whole frames of 160 samples, by libsndfile."""
    return _coded(np.concatenate([pcm, np.zeros(-len(pcm) % FRAME_SAMPLES, np.int16)]), "GSM610")


def _coded(pcm: Pcm, subtype: str) -> Pcm:
    file = io.BytesIO()
    soundfile.write(file, pcm, RATE_HZ, subtype=subtype, format="RAW")
    file.seek(0)
    decoded, _ = soundfile.read(file, dtype="int16", samplerate=RATE_HZ, channels=1, subtype=subtype, format="RAW")
    return np.asarray(decoded, np.int16)


class _Wire:
    """A file for libsndfile that never ends: what the coder has written is what the decoder reads."""

    def __init__(self, source: _Wire | None = None) -> None:
        self.written = bytearray()
        self._source = source
        self._at = 0

    def write(self, piece: bytes) -> int:
        self.written += bytes(piece)
        return len(piece)

    def read(self, size: int) -> bytes:
        assert self._source is not None
        piece = bytes(self._source.written[:size])
        del self._source.written[:size]
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        self._at = ENDLESS_BYTES if whence == io.SEEK_END and self._source is not None else offset
        return self._at

    def tell(self) -> int:
        return self._at


class _Gsm:
    """The coder's memory of what was said before goes on from frame to frame, as in a telephone."""

    def __init__(self) -> None:
        self._wire = _Wire()
        form = {"samplerate": RATE_HZ, "channels": 1, "format": "RAW", "subtype": "GSM610"}
        self._coder = soundfile.SoundFile(self._wire, "w", **form)
        self._form = form
        self._decoder: soundfile.SoundFile | None = None

    def __call__(self, sound: Sound) -> Sound:
        self._coder.write(as_pcm(sound))
        if self._decoder is None:
            # It reads a first frame when it is opened.
            self._decoder = soundfile.SoundFile(_Wire(self._wire), "r", **self._form)
        return np.asarray(self._decoder.read(FRAME_SAMPLES, dtype="int16"), np.float64)


class _Band:
    def __init__(self) -> None:
        self._filter = np.asarray(butter(BAND_ORDER, BAND_HZ, "bandpass", fs=RATE_HZ, output="sos"))
        self._state = np.zeros((len(self._filter), 2))

    def __call__(self, sound: Sound) -> Sound:
        passed, self._state = sosfilt(self._filter, sound, zi=self._state)
        return passed
