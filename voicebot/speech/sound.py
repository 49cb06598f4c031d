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
    if len(pcm) < _FRAME:
        return 0
    frames = _speech_band(pcm[: len(pcm) // _FRAME * _FRAME]).reshape(-1, _FRAME)
    level_db = 10 * np.log10(np.mean(frames**2, axis=1) + 1e-10)
    background_db, loud_db = np.percentile(level_db, (10, 95))
    if loud_db < _FAINTEST_DBFS:
        return 0
    span_db = loud_db - background_db
    if span_db < _STEADY_DB:
        short = len(frames) * FRAME_MS <= _SHORT_WORD_MS
        above = np.full(len(frames), short and _has_pitch(frames.ravel()))
    else:
        above = level_db > max(_FAINTEST_DBFS, background_db + min(max(0.4 * span_db, 4.0), 15.0))
    if _is_tone(frames[above].ravel()):
        return 0
    return int(np.count_nonzero(above)) * FRAME_MS


def _speech_band(pcm: Pcm) -> NDArray[np.float32]:
    """Samples in [-1, 1) of the telephone's band alone: rumble and hum below 250 Hz are no voice."""
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


def _has_pitch(sound: NDArray[np.float32]) -> bool:
    """Does it repeat itself 60-320 times a second, as a vowel does and noise does not?"""
    lags = range(RATE_HZ // 320, RATE_HZ // 60)
    span = lags.stop
    starts = range(0, len(sound) - 2 * span, span)
    bright = np.diff(sound, prepend=sound[:1])
    repeats = [max(_likeness(bright[s : s + span], bright[s + lag : s + lag + span]) for lag in lags) for s in starts]
    return bool(repeats) and float(np.median(repeats)) > _PITCHED


def _likeness(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other) + 1e-9))
