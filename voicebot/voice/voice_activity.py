"""Is this window the caller's voice? Silero's opinion, tightened by loudness so that a pause is seen when it begins."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voicebot.speech.ports import Pcm

WINDOW = 256
"""Samples of one window: Silero's step at 8 kHz, 32 ms."""

Detector = Callable[[Pcm], float]
"""Probability (0-1) that a window (int16, shape (256,), 8 kHz) is speech. Keeps the state of one call."""

Bands = tuple[float, float]
"""Power from 125 to 700 Hz and from 700 to 3,400 Hz."""
HUM_SHARE = 0.02
_SILENT_DB = -70.0

PEAK_FALL_DB = 0.1
"""Of the caller's voice, per window: 3 dB a second. Whoever shouts once and then speaks softly must be heard."""
FAR_BELOW_DB = 12
BACKGROUND_WINDOWS = 6
"""A voice that stays so far below the caller's for longer than this (192 ms) is somebody else's: the line's noise."""
NOISE_RISES, VOICE_RISES, NOISE_FALLS = 0.05, 0.2, 0.05
"""How fast the level of the line's noise follows, per window."""


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
        self._far_below = 0
        self._noise: Bands = (0.0, 0.0)

    def judge(self, window: Pcm) -> tuple[bool, bool]:
        """Whether the window is voice, and whether that voice is only a hum."""
        probability = self._detector(window)
        samples = window.astype(np.float32)
        samples -= samples.mean()
        level_db = _level_db(samples)
        # Speech has to be clearer to begin than to go on.
        likely = probability >= (0.35 if self._voiced else 0.5)
        voiced = likely and not self._has_fallen(level_db)
        bands = _bands(samples)
        self._follow(likely, voiced, level_db, bands)
        self._voiced = voiced
        return voiced, voiced and self._is_hum(bands)

    def _is_hum(self, bands: Bands) -> bool:
        """A closed mouth leaves almost nothing above 700 Hz; what the line's noise has there does not count."""
        low, high = (max(band - noise, 0.0) for band, noise in zip(bands, self._noise, strict=True))
        return high < low * HUM_SHARE

    def _has_fallen(self, level_db: float) -> bool:
        below_db, above_noise_db = self._peak_db - level_db, level_db - self._floor_db
        return (below_db > 26 and above_noise_db < 15) or (below_db > FAR_BELOW_DB and above_noise_db < 5)

    def _follow(self, likely: bool, voiced: bool, level_db: float, bands: Bands) -> None:
        """Peak of the recent voice; level and bands of the line's noise, a television's or a colleague's voice included."""
        self._peak_db = max(self._peak_db - PEAK_FALL_DB, level_db if voiced else _SILENT_DB)
        self._far_below = self._far_below + 1 if self._peak_db - level_db > FAR_BELOW_DB else 0
        if not voiced or self._far_below > BACKGROUND_WINDOWS:
            rises = VOICE_RISES if likely else NOISE_RISES
            step = NOISE_FALLS if level_db < self._floor_db else rises
            self._floor_db += step * (max(level_db, _SILENT_DB) - self._floor_db)
        if not voiced:
            low, high = self._noise
            self._noise = (low + 0.1 * (bands[0] - low), high + 0.1 * (bands[1] - high))


def _level_db(samples: np.ndarray) -> float:
    power = float(np.dot(samples, samples)) / len(samples)
    return 10 * float(np.log10(power / 32768.0**2 + 1e-7))


_HANN = np.hanning(WINDOW).astype(np.float32)
_BIN_HZ = 8000 / WINDOW
_LOW, _SPLIT, _HIGH = (int(edge_hz / _BIN_HZ) for edge_hz in (125, 700, 3400))


def _bands(samples: np.ndarray) -> Bands:
    power = np.abs(np.fft.rfft(samples * _HANN)) ** 2
    return float(power[_LOW:_SPLIT].sum()), float(power[_SPLIT:_HIGH].sum())
