"""Small measures of one call: laps of a wait, levels of its two sides."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voicebot.speech.ports import Pcm

LEVEL_S = 0.1


class StopWatch:
    """Times the parts of a wait, in ms."""

    def __init__(self, clock_s: Callable[[], float]) -> None:
        self._clock_s = clock_s
        self._last_s = clock_s()

    def lap_ms(self) -> float:
        """ms since the last lap."""
        last_s, self._last_s = self._last_s, self._clock_s()
        return (self._last_s - last_s) * 1000


class Levels:
    """Tells on_level the levels (rms, 0-1) of caller and receptionist about ten times a second; None tells nobody."""

    def __init__(self, on_level: Callable[[float, float], None] | None) -> None:
        self._on_level = on_level
        self._last_s = 0.0

    def tell(self, caller: Pcm, receptionist: Pcm | None, now_s: float) -> None:
        if self._on_level and now_s - self._last_s >= LEVEL_S:
            self._last_s = now_s
            self._on_level(_rms(caller), _rms(receptionist))


def _rms(pcm: Pcm | None) -> float:
    return float(np.sqrt(np.mean(np.square(pcm.astype(np.float32)))) / 32768) if pcm is not None and len(pcm) else 0.0
