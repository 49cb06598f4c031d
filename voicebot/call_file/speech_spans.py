"""When each side spoke, from the level of each 10 ms of its channel."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from voicebot.call_file.lane import LEVEL_MS

FAINTEST_SPEECH = 60.0
"""RMS, -55 dBFS: nothing below it is speech, however quiet the line."""
LOUDEST_NOISE = 1500.0
"""RMS, -27 dBFS: nothing above it is line noise, however steady it is."""
OVER_NOISE_TO_BEGIN = 2.5
"""8 dB over the noise: speech is there."""
OVER_NOISE_TO_GO_ON = 1.6
"""4 dB over the noise: speech that is there begins and ends here."""
SHORTEST_MS = 60
"""What is shorter is a click. « Oui » on a telephone is three times as long."""
BREATH_MS = 200
"""A shorter pause belongs to the speech around it: closed consonants, gaps between words."""
BACKGROUND_MS = 10_000
"""The noise at one moment is judged from this much of the call around it."""

_STEP_MS = 500
_QUIETEST_SHARE = 0.15
_STEADY_SHARE = 0.30
_STEADY_BAND = 1.4
_STEADY_MS = 500


@dataclass(frozen=True, slots=True)
class Span:
    """Speech from started_ms to ended_ms on the call's clock, multiples of 10 ms."""

    started_ms: int
    ended_ms: int


def speech_spans(levels: NDArray[np.uint16]) -> tuple[Span, ...]:
    """Speech in one channel, in order.

    The noise is the level of the quieter moments of the surroundings, or, where silence is digital (a carrier or a
    synthetic caller that sends zeros), the steady level that most of the other sound has. Speech begins where a level
    is 8 dB over it, is followed in both directions to 4 dB over it, and lasts at least 60 ms.

    Args:
        levels: root mean square (0-32767) of each 10 ms since the call's start, shape (n,).
    """
    if not len(levels):
        return ()
    heard = levels.astype(np.float64)
    noise = noise_of(heard)
    begins = heard > np.maximum(FAINTEST_SPEECH, noise * OVER_NOISE_TO_BEGIN)
    goes_on = heard > np.maximum(FAINTEST_SPEECH, noise * OVER_NOISE_TO_GO_ON)
    spans = [Span(start * LEVEL_MS, end * LEVEL_MS) for start, end in _runs(goes_on) if begins[start:end].any()]
    # Clicks go first: a click must neither lengthen speech nor join two pieces of it.
    return _join([span for span in spans if _solid(span, begins)])


def audible_spans(levels: NDArray[np.uint16]) -> tuple[Span, ...]:
    """Speech in a channel without noise, our own voice: what is over FAINTEST_SPEECH. levels: as in speech_spans."""
    heard = levels > FAINTEST_SPEECH
    return _join([span for start, end in _runs(heard) if _solid(span := Span(start * LEVEL_MS, end * LEVEL_MS), heard)])


def noise_of(heard: NDArray[np.float64]) -> NDArray[np.float64]:
    """Level of the line's noise at each 10 ms. heard: levels, shape (n,). Returns: the same shape, ≤ LOUDEST_NOISE."""
    steady = _steady_level(heard)
    floor = max(float(np.quantile(heard, _QUIETEST_SHARE)), steady)
    step, reach = _STEP_MS // LEVEL_MS, BACKGROUND_MS // LEVEL_MS // 2
    centres = np.arange(0, len(heard), step)
    around: list[float] = []
    for centre in centres:
        near = heard[max(0, centre - reach) : centre + reach + 1]
        # On a noisy line zeros are not silence: nothing was received there.
        near = near[near > 0] if steady else near
        around.append(float(np.quantile(near, _QUIETEST_SHARE)) if len(near) else floor)
    # One part of a call may be noisier than another, but a part without a pause must not pass for noise.
    local = np.clip(np.array(around), floor / 2, floor * 3)
    return np.minimum(np.interp(np.arange(len(heard)), centres, local), LOUDEST_NOISE)


def _steady_level(heard: NDArray[np.float64]) -> float:
    """The level around which (±3 dB) a third of all sound lies, half a second at once and with little below, or 0.0.

    Speech alone is spread over 40 dB, and never stays faint and even for as long.
    """
    sound = np.sort(heard[heard > 0])
    if len(sound) < 20:
        return 0.0
    low = sound[: len(sound) // 10 + 1]
    within = np.searchsorted(sound, low * _STEADY_BAND**2, side="right") - np.arange(len(low))
    best = float(low[int(np.argmax(within))])
    even = _runs((heard >= best) & (heard <= best * _STEADY_BAND**2))
    lasts_ms = max((end - start for start, end in even), default=0) * LEVEL_MS
    steady = within.max() >= _STEADY_SHARE * len(sound) and lasts_ms >= _STEADY_MS
    return best * _STEADY_BAND if steady else 0.0


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[False], flags, [False]]).astype(np.int8)))
    return [(int(start), int(end)) for start, end in zip(edges[::2], edges[1::2], strict=True)]


def _join(spans: list[Span]) -> tuple[Span, ...]:
    joined: list[Span] = []
    for span in spans:
        if joined and span.started_ms - joined[-1].ended_ms <= BREATH_MS:
            joined[-1] = Span(joined[-1].started_ms, span.ended_ms)
        else:
            joined.append(span)
    return tuple(joined)


def _solid(span: Span, begins: NDArray[np.bool_]) -> bool:
    loud = int(begins[span.started_ms // LEVEL_MS : span.ended_ms // LEVEL_MS].sum())
    return loud * LEVEL_MS >= SHORTEST_MS
