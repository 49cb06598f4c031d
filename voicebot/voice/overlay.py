"""Sounds laid over a voice that passes: announcements under it, tones in its place, hold sound instead of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from voicebot.speech.ports import Pcm

DUCKED = 0.5
"""Of an announcement while somebody speaks over it: -6 dB."""
SPOKEN = 400.0
"""Mean loudness of 20 ms, 0-32767, from which somebody speaks."""


def loudness(pcm: Pcm) -> float:
    """Mean of the samples' sizes, 0-32767."""
    return float(np.abs(pcm.astype(np.int32)).mean()) if len(pcm) else 0.0


def mix(one: Pcm, other: Pcm) -> Pcm:
    """Both at once, as long as the first; what is too loud is clipped."""
    both = one.astype(np.int32)
    shared = min(len(one), len(other))
    both[:shared] += other[:shared]
    return np.clip(both, -32768, 32767).astype(np.int16)


@dataclass(slots=True)
class Laid:
    """One sound. alone: nothing else is heard meanwhile. on_piece: told as it goes out: samples before it, samples of it."""

    pcm: Pcm
    alone: bool = False
    on_piece: Callable[[int, int], None] | None = None
    at: int = 0


class Overlay:
    """Takes its time from the voice: each piece of that carries as much of what was laid on it, one sound after another."""

    def __init__(self) -> None:
        self._waiting: deque[Laid] = deque()
        self._gain = 1.0

    def lay(self, laid: Laid) -> None:
        self._waiting.append(laid)

    def over(self, voice: Pcm) -> Pcm:
        """The voice, with what is laid over it; the same object when there is nothing."""
        if not self._waiting:
            return voice
        whole = voice.copy()
        at = 0
        while self._waiting and at < len(voice):
            laid = self._waiting[0]
            piece = laid.pcm[laid.at : laid.at + len(voice) - at]
            under = whole[at : at + len(piece)]
            whole[at : at + len(piece)] = piece if laid.alone else mix(under, self._duck(piece, under))
            if laid.on_piece:
                laid.on_piece(laid.at, len(piece))
            laid.at += len(piece)
            at += len(piece)
            if laid.at >= len(laid.pcm):
                self._waiting.popleft()
        return whole

    def _duck(self, piece: Pcm, voice: Pcm) -> Pcm:
        before, self._gain = self._gain, DUCKED if loudness(voice) > SPOKEN else 1.0
        if before == self._gain == 1.0:
            return piece
        return (piece * np.linspace(before, self._gain, len(piece))).astype(np.int16)
