"""When the caller hears what was sent: a pure clock over the carrier's buffer, in ms."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from voicebot.domain.speaking import Sentence
from voicebot.speech.ports import RATE_HZ, Pcm

PER_MS = RATE_HZ // 1000

LEAD_MS = 400
"""Audio kept ahead at the carrier: stalls shorter than this are not heard, and `clear` makes it safe."""
ALMOST_MS = 60
"""What a sentence may lack and still count as played to its end."""
REWIND_MS = 300
"""How far before the cut a sentence is taken up again after a hesitation, at most."""


class PlayClock:
    """Absolute pacing: after a stall it sends what is owed at once, so lateness never adds up."""

    def __init__(self, lead_ms: int = LEAD_MS) -> None:
        self._lead_ms = lead_ms
        self.end_ms = 0.0
        """When the last sample that was sent will have been played."""

    def owed_ms(self, now_ms: float) -> float:
        """How much audio should be sent now to be lead_ms ahead."""
        return now_ms + self._lead_ms - max(self.end_ms, now_ms)

    def send(self, length_ms: float, now_ms: float) -> float:
        """length_ms of audio goes out now. Returns: when it begins to play."""
        start_ms = max(self.end_ms, now_ms)
        self.end_ms = start_ms + length_ms
        return start_ms

    def clear(self, now_ms: float) -> None:
        """The carrier dropped what it had not played."""
        self.end_ms = min(self.end_ms, now_ms)


@dataclass(slots=True)
class Spoken:
    """One sentence on its way to the caller.

    pcm: its audio, padded to whole frames, None until it is synthesised. length_ms: without the padding.
    sent: samples sent so far. started_ms: when its first sample was played first, None before.
    furthest_ms: how much of it the caller had heard before it was last taken back.
    anchor_ms: when its first sample would have been played, had all of it been sent like its last piece.
    settled: what was played is known and was noted. failed: other words or a tone are played in its place.
    """

    sentence: Sentence
    pcm: Pcm | None = None
    length_ms: float = 0.0
    sent: int = 0
    started_ms: float | None = None
    anchor_ms: float = 0.0
    furthest_ms: float = 0.0
    settled: bool = False
    failed: bool = False

    @property
    def whole(self) -> bool:
        """All of it was sent."""
        return self.pcm is not None and self.sent >= len(self.pcm)

    @property
    def sent_ms(self) -> float:
        return self.sent / PER_MS

    def end_ms(self) -> float:
        return self.anchor_ms + self.length_ms

    def heard_ms(self, now_ms: float) -> float:
        """How much of it the caller has heard."""
        return 0.0 if self.started_ms is None else max(0.0, min(self.sent_ms, now_ms - self.anchor_ms))

    def played(self, now_ms: float) -> tuple[str, int]:
        """("all" | "part" | "none", ms) that the caller heard if the audio stops now."""
        heard_ms = max(self.furthest_ms, self.heard_ms(now_ms))
        if self.failed or heard_ms <= 0:
            return "none", 0
        return ("all" if heard_ms >= self.length_ms - ALMOST_MS else "part"), int(min(heard_ms, self.length_ms))

    def rewind(self, now_ms: float) -> None:
        """Take back what was sent and not heard, and a little more: to the pause before the word that was cut."""
        if self.pcm is None or self.started_ms is None:
            return
        self.furthest_ms = max(self.furthest_ms, self.heard_ms(now_ms))
        heard = int(self.heard_ms(now_ms) * PER_MS)
        if heard == 0:
            self.started_ms = None
        self.sent = quietest(self.pcm, max(0, heard - REWIND_MS * PER_MS), heard)


def quietest(pcm: Pcm, first: int, last: int) -> int:
    """The middle of the quietest 20 ms between two samples of pcm; first when there is less."""
    size = 20 * PER_MS
    blocks = (last - first) // size
    if blocks < 1:
        return first
    loud = np.abs(pcm[first : first + blocks * size].astype(np.float32)).reshape(blocks, size).mean(axis=1)
    return first + int(np.argmin(loud)) * size + size // 2
