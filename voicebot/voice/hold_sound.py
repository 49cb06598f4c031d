"""What a caller hears who waits for a human: a few soft bell notes every six seconds, far under a voice."""

from __future__ import annotations

from functools import cache

import numpy as np

from voicebot.speech.ports import RATE_HZ, Pcm

ROUND_S = 6.0
_NOTES = ((0.0, 523.25), (0.45, 659.26), (0.9, 783.99), (1.8, 659.26), (2.25, 587.33))
"""(seconds after the beginning of a round, Hz)."""
_LEVEL = 900
"""Of one note: about 30 dB under full scale, 15 dB under the receptionist."""
_FADES_S = 0.55
_SOFT_S = 0.02


@cache
def hold_sound() -> Pcm:
    """One round, to be played again and again without a seam."""
    length = int(ROUND_S * RATE_HZ)
    round_ = np.zeros(length)
    for start_s, hz in _NOTES:
        time_s = np.arange(int(2.5 * RATE_HZ)) / RATE_HZ
        note = np.sin(2 * np.pi * hz * time_s) + 0.25 * np.sin(4 * np.pi * hz * time_s)
        note *= np.exp(-time_s / _FADES_S) * np.minimum(1.0, time_s / _SOFT_S)
        note *= np.minimum(1.0, time_s[::-1] / _SOFT_S)
        start = int(start_s * RATE_HZ)
        round_[start : start + len(note)] += note
    return (round_ * _LEVEL).astype(np.int16)


class HoldSound:
    """Rounds of it, piece by piece."""

    def __init__(self) -> None:
        self._at = 0

    def rewind(self) -> None:
        self._at = 0

    def next(self, samples: int) -> Pcm:
        """The next piece, int16 of that many samples."""
        whole = hold_sound()
        piece = np.take(whole, np.arange(self._at, self._at + samples), mode="wrap")
        self._at = (self._at + samples) % len(whole)
        return piece
