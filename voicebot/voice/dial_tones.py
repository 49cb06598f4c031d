"""Keys of a telephone as sound: two tones each, as ITU-T Q.23 has them."""

from __future__ import annotations

from functools import cache

import numpy as np

from voicebot.speech.ports import RATE_HZ, Pcm

TONE_MS, GAP_MS = 100, 50
"""ITU-T Q.24 asks for 40 ms at least of each."""
_ROWS_HZ = (697, 770, 852, 941)
_COLUMNS_HZ = (1209, 1336, 1477)
_KEYS = ("123", "456", "789", "*0#")
_LEVEL = 5000
_SOFT_MS = 3


@cache
def dial_tone(key: str) -> Pcm:
    """The sound of a key (0-9 * #) and the pause after it, 150 ms. Raises: StopIteration for any other key."""
    row, column = next((row, keys.index(key)) for row, keys in enumerate(_KEYS) if key in keys)
    time_s = np.arange(TONE_MS * RATE_HZ // 1000) / RATE_HZ
    tones = sum(np.sin(2 * np.pi * hz * time_s) for hz in (_ROWS_HZ[row], _COLUMNS_HZ[column]))
    soft = np.minimum(1.0, np.minimum(time_s, time_s[::-1]) * 1000 / _SOFT_MS)
    pcm = np.zeros((TONE_MS + GAP_MS) * RATE_HZ // 1000, dtype=np.int16)
    pcm[: len(time_s)] = (_LEVEL * tones * soft).astype(np.int16)
    return pcm
