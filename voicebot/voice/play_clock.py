"""When the caller hears what was sent: a pure clock over the carrier's buffer, in ms."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.speaking import Sentence

LEAD_MS = 400
"""Audio kept ahead at the carrier: stalls shorter than this are not heard, and `clear` makes it safe."""
ALMOST_MS = 60
"""What a sentence may lack and still count as played to its end."""


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
    """One sentence on its way to the caller. started_ms: None until its first audio is sent.

    settled: what was played is known and was noted. failed: other words or a tone were played in its place.
    """

    sentence: Sentence
    length_ms: float = 0.0
    started_ms: float | None = None
    sent_ms: float = 0.0
    settled: bool = False
    failed: bool = False

    @property
    def whole(self) -> bool:
        """All of it was sent."""
        return self.started_ms is not None and self.sent_ms >= self.length_ms

    def end_ms(self) -> float:
        return (self.started_ms or 0.0) + self.length_ms

    def played(self, now_ms: float) -> tuple[str, int]:
        """("all" | "part" | "none", ms) that the caller heard if the audio stops now."""
        if self.started_ms is None or now_ms <= self.started_ms:
            return "none", 0
        heard_ms = min(self.sent_ms, now_ms - self.started_ms)
        if self.failed:
            return "none", 0
        return ("all" if heard_ms >= self.length_ms - ALMOST_MS else "part"), int(heard_ms)
