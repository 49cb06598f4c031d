"""A speakerphone's echo: the receptionist's own voice is taken out of what the line sends, where a line returns it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
from pywebrtc_audio import AudioProcessor

from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.voice.play_clock import PER_MS, PlayClock
from voicebot.voice.voice_activity import WINDOW, Detector

BLOCK = RATE_HZ // 100
"""Samples of 10 ms: what the canceller works on."""
KEPT = 4 * RATE_HZ
"""What is kept of what the caller hears: 4 s."""
LATEST_ECHO_MS = 700
"""The way to the caller and back; longer ones than this the canceller would not find."""
AUDIBLE = 100
"""Samples of a voice are louder than this."""
RESYNC_PIECES = 25
"""Lateness of as many pieces (500 ms) is compared: what all of them have in common was lost on the way."""
RESYNC_MS = 18
"""Less than a lost frame (20 ms), more than an event loop that woke late."""

UNKNOWN = 0.5
RETURNS = 0.3
"""Share of echo in the time in which she is heard, from which on a line is taken to return her voice."""
SILENT = 0.1
"""Below this the line has none, and nothing is cancelled, until a voice is heard under hers again."""
LEARNT_WINDOWS = 63
"""Time constant of that share: 2 s."""
VOICE = 0.5
"""Probability from which on a window counts as voice."""


class Canceller(Protocol):
    def process(self, near: Pcm, far: Pcm) -> Pcm:
        """near without what far left in it; both int16, mono, 8 kHz, 10 ms."""
        ...


def webrtc_canceller() -> Canceller:
    """WebRTC's AEC3: 2.6 % of a core while it runs (docs/voice.md)."""
    return AudioProcessor(sample_rate=RATE_HZ, echo_cancellation=True)


class HeardByCaller:
    """What the caller's telephone plays, by the play clock: positions are samples since the call's start."""

    def __init__(self, clock_ms: Callable[[], float]) -> None:
        self._clock_ms = clock_ms
        self._play_clock = PlayClock()
        self._kept = np.zeros(KEPT, dtype=np.int16)
        self._end = 0
        self.loud_until = 0
        """Where a voice was heard last."""

    def hear_house(self, pcm: Pcm) -> None:
        """Sound that goes to the caller, up to 400 ms before it is played."""
        start = round(self._play_clock.send(len(pcm) / PER_MS, self._clock_ms()) * PER_MS)
        if start > self._end:
            self._write(self._end, np.zeros(min(start - self._end, KEPT), dtype=np.int16))
        self._write(start, pcm)
        self._end = start + len(pcm)
        if np.abs(pcm).max(initial=0) > AUDIBLE:
            self.loud_until = self._end

    def clear_house(self) -> None:
        """What was not played yet never is."""
        now_ms = self._clock_ms()
        self._play_clock.clear(now_ms)
        self._end = min(self._end, round(now_ms * PER_MS))
        self.loud_until = min(self.loud_until, self._end)

    def played(self, start: int, count: int) -> Pcm:
        """Samples from a position on; silence where nothing was played."""
        pcm = np.zeros(count, dtype=np.int16)
        there = min(count, self._end - start)
        if there > 0:
            pcm[:there] = self._kept.take(range(start, start + there), mode="wrap")
        return pcm

    def _write(self, start: int, pcm: Pcm) -> None:
        self._kept.put(range(start, start + len(pcm)), pcm, mode="wrap")


class EchoCancelling:
    """One line's audio on its way to whoever listens for the caller's voice.

    Nothing is changed on a line that returns nothing: what a canceller takes out of two voices at once would be the
    caller's. Whether it returns something is learnt while the receptionist is heard, first from her greeting: echo is
    what a detector takes for a voice before, and not after, cancelling.
    """

    def __init__(
        self,
        heard: HeardByCaller,
        clock_ms: Callable[[], float],
        new_detector: Callable[[], Detector],
        new_canceller: Callable[[], Canceller],
    ) -> None:
        self._heard = heard
        self._clock_ms = clock_ms
        self._new_canceller = new_canceller
        self._canceller: Canceller | None = None
        self._before, self._after = _Judged(new_detector()), _Judged(new_detector())
        self._rest: Pcm = np.zeros(0, dtype=np.int16)
        self._at: int | None = None
        self._late_ms: list[float] = []
        self.returned = UNKNOWN
        """Share (0-1) of the last seconds in which she was heard that her echo was taken for a voice."""

    def without_echo(self, pcm: Pcm) -> Pcm:
        """Audio of the line, int16 mono 8 kHz, any length, as it comes. Returns: the same without echo; up to 10 ms
        of it come with the next piece."""
        at = self._position(len(pcm))
        rest, self._rest = self._rest, self._rest[:0]
        whole = np.concatenate([rest, pcm]) if len(rest) else pcm
        if at - self._heard.loud_until > LATEST_ECHO_MS * PER_MS:
            return whole
        if self.returned < SILENT:
            self._canceller = None
            self._learn(self._before.judge(whole), [])
            return whole
        blocks = len(whole) // BLOCK
        whole, self._rest = whole[: blocks * BLOCK], whole[blocks * BLOCK :]
        clean = self._cancel(whole, at - len(rest))
        self._learn(self._before.judge(whole), self._after.judge(clean))
        return clean if self.returned >= RETURNS else whole

    def _cancel(self, near: Pcm, at: int) -> Pcm:
        if self._canceller is None:
            self._canceller = self._new_canceller()
            self._after.begin_with(self._before)
        canceller = self._canceller
        far = self._heard.played(at, len(near))
        pieces = [canceller.process(near[i : i + BLOCK], far[i : i + BLOCK]) for i in range(0, len(near), BLOCK)]
        return np.concatenate(pieces) if pieces else near

    def _learn(self, before: list[bool], after: list[bool]) -> None:
        for number, voice in enumerate(before):
            echo = voice and not (number < len(after) and after[number])
            self.returned += (echo - self.returned) / LEARNT_WINDOWS

    def _position(self, length: int) -> int:
        """Where the caller's sound belongs in the call: it follows what came before, not the moments at which it comes,
        and never falls behind for what was lost."""
        came = round(self._clock_ms() * PER_MS) - length
        at = came if self._at is None else min(self._at, came)
        self._late_ms.append((came - at) / PER_MS)
        if len(self._late_ms) >= RESYNC_PIECES:
            least_ms = min(self._late_ms)
            self._late_ms.clear()
            if least_ms > RESYNC_MS:
                at += int(least_ms * PER_MS)
        self._at = at + length
        return at


class _Judged:
    """Which windows of a stream are voice."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._rest: Pcm = np.zeros(0, dtype=np.int16)

    def begin_with(self, other: _Judged) -> None:
        """Windows are in step with another's from now on."""
        self._rest = other._rest.copy()

    def judge(self, pcm: Pcm) -> list[bool]:
        pcm = np.concatenate([self._rest, pcm])
        windows = len(pcm) // WINDOW
        self._rest = pcm[windows * WINDOW :]
        return [self._detector(pcm[i * WINDOW : (i + 1) * WINDOW]) >= VOICE for i in range(windows)]
