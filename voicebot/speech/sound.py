"""Measures and corrections of telephone sound: voiced time, silence, level, rate. Pcm is int16 mono at 8 kHz."""

from __future__ import annotations

import numpy as np
import soxr
from numpy.typing import NDArray

from voicebot.speech.ports import RATE_HZ, Pcm

FRAME_MS = 10
_FRAME = RATE_HZ * FRAME_MS // 1000
_FULL_SCALE = 32768.0
_FAINTEST_DBFS = -52.0
"""Quieter is line noise, however much it moves."""
_STEADY_DB = 7.0
"""Sound whose level moves less than this is not speech: noise, a motor, a dialling tone."""
_SHORT_WORD_MS = 800
_LOWEST_HZ = 250
_PITCHED = 0.55
"""Likeness of a sound with itself one period later; white noise stays under 0.45."""
_SOME_PITCH = 0.37
"""The same for the best tenth of a longer sound; noise stays under 0.36, words at 10 dB of noise reach 0.45."""
_TONE_SHARE = 0.97
"""Share of the power that the six strongest of 129 bands hold in signalling tones (one or two sines)."""


def resample(samples: NDArray[np.float32], from_hz: int, to_hz: int) -> NDArray[np.float32]:
    """Another rate, the whole piece at once: a streaming resampler adds 50-150 ms and eats tails."""
    if from_hz == to_hz or not len(samples):
        return samples
    return soxr.resample(samples, from_hz, to_hz, quality="HQ").astype(np.float32)


def as_float(pcm: Pcm) -> NDArray[np.float32]:
    """Samples in [-1, 1)."""
    return (pcm / _FULL_SCALE).astype(np.float32)


def as_pcm(samples: NDArray[np.float32]) -> Pcm:
    """Samples in [-1, 1] as int16, clipped, never wrapped."""
    return np.clip(np.round(samples * _FULL_SCALE), -32768, 32767).astype(np.int16)


def at_peak(samples: NDArray[np.float32], peak_dbfs: float) -> NDArray[np.float32]:
    """The same sound with its highest sample at peak_dbfs; silence stays silence."""
    highest = float(np.max(np.abs(samples), initial=0.0))
    if highest < 1e-4:
        return samples
    return samples * np.float32(10 ** (peak_dbfs / 20) / highest)


def trimmed(pcm: Pcm, keep_ms: int = 30, below_dbfs: float = -50.0) -> Pcm:
    """Without silence before and after the sound but for keep_ms of it; empty when all is silence."""
    loud = np.flatnonzero(np.abs(pcm.astype(np.int32)) > 10 ** (below_dbfs / 20) * _FULL_SCALE)
    if not len(loud):
        return pcm[:0]
    keep = keep_ms * RATE_HZ // 1000
    return pcm[max(0, int(loud[0]) - keep) : int(loud[-1]) + 1 + keep]


def voiced_ms(pcm: Pcm) -> int:
    """Time of sound that may be speech, by its energy; 0 for silence, steady noise and tones.

    Frames of 10 ms count when they stand out of the piece's own background. Steady sound has no such frames, but for
    a short word cut so close that only its vowel is there: its pitch tells it from noise.
    """
    frames, above = _loud_frames(pcm)
    return int(np.count_nonzero(above)) * FRAME_MS if len(frames) else 0


def has_pitch(pcm: Pcm) -> bool:
    """Is a tenth of its loud part, at least, as regular as a vowel? False for noise, however it swells."""
    frames, above = _loud_frames(pcm)
    regular = _regularity(frames[above].ravel())
    return bool(len(regular)) and float(np.percentile(regular, 90)) > _SOME_PITCH


def _loud_frames(pcm: Pcm) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Frames of the speech band, shape (n_frames, 80), and which of them may be speech."""
    frames = _speech_band(pcm[: len(pcm) // _FRAME * _FRAME]).reshape(-1, _FRAME)
    nowhere = np.zeros(len(frames), bool)
    if not len(frames):
        return frames, nowhere
    level_db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    background_db, loud_db = np.percentile(level_db, (10, 95))
    if loud_db < _FAINTEST_DBFS:
        return frames, nowhere
    span_db = loud_db - background_db
    if span_db < _STEADY_DB:
        regular = _regularity(frames.ravel()) if len(frames) * FRAME_MS <= _SHORT_WORD_MS else nowhere[:0]
        above = ~nowhere if len(regular) and np.median(regular) > _PITCHED else nowhere
    else:
        above = level_db > max(_FAINTEST_DBFS, background_db + min(max(0.4 * span_db, 4.0), 15.0))
    return frames, nowhere if _is_tone(frames[above].ravel()) else above


def _speech_band(pcm: Pcm) -> NDArray[np.float32]:
    """Samples in [-1, 1) of the telephone's band alone: rumble and hum below 250 Hz are no voice."""
    if not len(pcm):
        return np.zeros(0, np.float32)
    spectrum = np.fft.rfft(pcm / _FULL_SCALE)
    spectrum[np.fft.rfftfreq(len(pcm), 1 / RATE_HZ) < _LOWEST_HZ] = 0
    return np.fft.irfft(spectrum, len(pcm)).astype(np.float32)


def _is_tone(loud: NDArray[np.float32]) -> bool:
    if len(loud) < 256:
        return False
    pieces = loud[: len(loud) // 256 * 256].reshape(-1, 256) * np.hanning(256).astype(np.float32)
    power = np.mean(np.abs(np.fft.rfft(pieces, axis=1)) ** 2, axis=0)
    strongest = np.sort(power)[-6:].sum()
    return bool(strongest >= _TONE_SHARE * power.sum())


def _regularity(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    """Likeness (0-1) of each piece of 17 ms with what follows it one period of 60-320 Hz later, the best period."""
    shortest, longest = RATE_HZ // 320, RATE_HZ // 60
    bright = np.diff(sound, prepend=sound[:1]).astype(np.float64)
    power = np.concatenate([[0.0], np.cumsum(bright**2)])
    found: list[float] = []
    for start in range(0, len(sound) - 2 * longest, longest):
        piece = bright[start : start + longest]
        later = start + shortest + np.arange(longest - shortest)
        products = np.correlate(bright[start + shortest : start + 2 * longest - 1], piece, "valid")
        norms = np.sqrt(piece @ piece * (power[later + longest] - power[later])) + 1e-9
        found.append(float(np.max(products / norms)))
    return np.array(found)
