"""The caller's audio of one call: cut into windows, judged, kept for the ears, timed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.voice.turn_signals import WINDOW_MS, Signal
from voicebot.voice.turn_taking import TurnTaking
from voicebot.voice.voice_activity import WINDOW, VoiceActivity

KEPT_S = 45
"""Audio kept: the longest turn, its pre-roll, and what is said while it is being decoded."""
PRE_ROLL_MS = 320
TAIL_MS = 128
_PER_MS = RATE_HZ // 1000


class Hearing:
    """Feed it audio as it comes; on_signals is called with what turn taking says, in order.

    now_ms counts the audio since the line opened, silence put in for missing audio included.
    """

    def __init__(self, activity: VoiceActivity, turn_taking: TurnTaking, on_signals: Callable[[list[Signal]], None]) -> None:
        self._activity = activity
        self._turn_taking = turn_taking
        self._on_signals = on_signals
        self._kept = np.zeros(KEPT_S * RATE_HZ, dtype=np.int16)
        self._heard = 0
        self._judged = 0

    @property
    def now_ms(self) -> int:
        return self._heard // _PER_MS

    def feed(self, pcm: Pcm) -> None:
        """Audio of the line, of any length."""
        for start in range(0, len(pcm), RATE_HZ):
            self._keep(pcm[start : start + RATE_HZ])
            while self._heard - self._judged >= WINDOW:
                window = self._slice(self._judged, self._judged + WINDOW)
                self._judged += WINDOW
                voiced, hum = self._activity.judge(window)
                self._tell(voiced, hum)

    def pass_by(self, pcm: Pcm) -> None:
        """Audio that is not the receptionist's: its time counts, nobody judges it."""
        for start in range(0, len(pcm), RATE_HZ):
            self._keep(pcm[start : start + RATE_HZ])
        self._judged = self._heard

    def fill(self, missing_ms: int) -> None:
        """The line sent nothing for missing_ms (at most 1 s at a time): that was silence."""
        windows = min(missing_ms, 1000) // WINDOW_MS
        self._keep(np.zeros(windows * WINDOW, dtype=np.int16))
        for _ in range(windows):
            self._judged += WINDOW
            self._tell(voiced=False, hum=False)

    def audio(self, started_ms: int, ended_ms: int) -> Pcm:
        """A copy of the audio between two times, with pre-roll and tail, as far as it is kept."""
        first = max(0, (started_ms - PRE_ROLL_MS) * _PER_MS, self._heard - len(self._kept))
        last = min(self._heard, (ended_ms + TAIL_MS) * _PER_MS)
        return self._slice(first, max(first, last))

    def _tell(self, voiced: bool, hum: bool) -> None:
        signals = self._turn_taking.hear(voiced, self._judged // _PER_MS, hum)
        if signals:
            self._on_signals(signals)

    def _keep(self, pcm: Pcm) -> None:
        at = self._heard % len(self._kept)
        room = min(len(pcm), len(self._kept) - at)
        self._kept[at : at + room] = pcm[:room]
        self._kept[: len(pcm) - room] = pcm[room:]
        self._heard += len(pcm)

    def _slice(self, first: int, last: int) -> Pcm:
        size = len(self._kept)
        if first // size == (last - 1) // size:
            return self._kept[first % size : first % size + last - first].copy()
        return np.concatenate([self._kept[first % size :], self._kept[: last % size]])
