"""Who was audible when, from the sound alone: the measure of waits, and the ears of synthetic callers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voicebot.speech.ports import RATE_HZ, Pcm

AUDIBLE_RMS = 150.0
"""-47 dBFS: under any voice on a telephone, over its hiss."""
FRAME_MS = 5
_FRAME = RATE_HZ * FRAME_MS // 1000


@dataclass(frozen=True, slots=True)
class Span:
    """Sound from started_ms to ended_ms, since the call was answered."""

    started_ms: float
    ended_ms: float


def rms(pcm: Pcm) -> float:
    """Root mean square of samples, 0-32767; 0.0 for none."""
    return float(np.sqrt(np.mean(np.square(pcm.astype(np.float64))))) if len(pcm) else 0.0


def audible_spans(pcm: Pcm, *, join_ms: float = 0.0, audible_rms: float = AUDIBLE_RMS) -> tuple[Span, ...]:
    """Stretches of audible sound, 5 ms fine; gaps up to join_ms belong to a stretch."""
    whole = pcm[: len(pcm) // _FRAME * _FRAME].astype(np.float64).reshape(-1, _FRAME)
    loud = np.sqrt(np.mean(whole**2, axis=1)) >= audible_rms if len(whole) else np.zeros(0, bool)
    edges = np.flatnonzero(np.diff(np.concatenate([[False], loud, [False]]).astype(np.int8)))
    spans: list[Span] = []
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        started_ms, ended_ms = float(start * FRAME_MS), float(end * FRAME_MS)
        if spans and started_ms - spans[-1].ended_ms <= join_ms:
            spans[-1] = Span(spans[-1].started_ms, ended_ms)
        else:
            spans.append(Span(started_ms, ended_ms))
    return tuple(spans)
