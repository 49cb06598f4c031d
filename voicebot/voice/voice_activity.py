"""Is this window the caller's voice? Silero's opinion, tightened by loudness so that a pause is seen when it begins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voicebot.speech.ports import Pcm

WINDOW = 256
"""Samples of one window: Silero's step at 8 kHz, 32 ms."""

Detector = Callable[[Pcm], float]
"""Probability (0-1) that a window (int16, shape (256,), 8 kHz) is speech. Keeps the state of one call."""

_SILENT_DB = -70.0


class VoiceActivity:
    """Judges the windows of one call, in order.

    Silero goes on saying "speech" for about 100 ms after the voice has ended, 150-250 ms on a noisy line
    (docs/voice.md); a fall of the level back to the line's own noise ends it at once.
    """

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._voiced = False
        self._peak_db = _SILENT_DB
        self._floor_db = -50.0

    def judge(self, window: Pcm) -> tuple[bool, bool]:
        """Whether the window is voice, and whether that voice is only a hum."""
        probability = self._detector(window)
        samples = window.astype(np.float32)
        samples -= samples.mean()
        level_db = _level_db(samples)
        # Speech has to be clearer to begin than to go on.
        voiced = probability >= (0.35 if self._voiced else 0.5)
        if voiced and self._has_fallen(level_db):
            voiced = False
        self._follow(voiced, level_db)
        self._voiced = voiced
        return voiced, voiced and _is_hum(samples)

    def _has_fallen(self, level_db: float) -> bool:
        below_db, above_noise_db = self._peak_db - level_db, level_db - self._floor_db
        return (below_db > 26 and above_noise_db < 15) or (below_db > 12 and above_noise_db < 5)

    def _follow(self, voiced: bool, level_db: float) -> None:
        """Peak of the recent voice (falls 6 dB a second) and level of the line's noise (moves slowly)."""
        self._peak_db = max(self._peak_db - 0.2, level_db if voiced else _SILENT_DB)
        if not voiced:
            step = 0.2 if level_db < self._floor_db else 0.05
            self._floor_db += step * (max(level_db, _SILENT_DB) - self._floor_db)


def _level_db(samples: np.ndarray) -> float:
    power = float(np.dot(samples, samples)) / len(samples)
    return 10 * float(np.log10(power / 32768.0**2 + 1e-7))


_HANN = np.hanning(WINDOW).astype(np.float32)
_BIN_HZ = 8000 / WINDOW


def _is_hum(samples: np.ndarray) -> bool:
    """A closed mouth leaves almost nothing above 700 Hz."""
    power = np.abs(np.fft.rfft(samples * _HANN)) ** 2
    split = int(700 / _BIN_HZ)
    low, high = float(power[4:split].sum()), float(power[split:109].sum())
    return high < low * 0.02
