"""How long to wait for a caller who says nothing, or who is typing: pure deadlines, in seconds of one clock."""

from __future__ import annotations

from dataclasses import dataclass

KEYS_PAUSE_S = 2.5
RESPITE_S = 1.0
"""What a noise that came to nothing gives at least before silence is spoken of."""


@dataclass(slots=True)
class Patience:
    """quiet_since_s: when the receptionist finished speaking, if nothing was understood since.

    keys_since_s: when the last key of an unfinished row was pressed.
    """

    quiet_since_s: float | None = None
    keys_since_s: float | None = None
    _not_before_s: float = 0.0

    def begin(self, now_s: float) -> None:
        """The caller's silence begins to count."""
        self.quiet_since_s = now_s
        self._not_before_s = now_s

    def stop(self) -> None:
        """The caller said something, or the receptionist speaks."""
        self.quiet_since_s = None

    def nothing_was_said(self, now_s: float) -> None:
        """What sounded like the caller was a noise: the silence goes on where it was."""
        if self.quiet_since_s is None:
            self.begin(now_s)
        self._not_before_s = now_s + RESPITE_S

    def press(self, now_s: float) -> None:
        self.keys_since_s = now_s

    def keys_are_done(self) -> None:
        self.keys_since_s = None

    def keys_paused(self, now_s: float) -> bool:
        return self.keys_since_s is not None and now_s - self.keys_since_s >= KEYS_PAUSE_S

    def silence_s(self, now_s: float, limit_s: float) -> float | None:
        """How long nothing was said, once that is limit_s or more; None before."""
        if self.quiet_since_s is None or self.keys_since_s is not None or now_s < self._not_before_s:
            return None
        silence_s = now_s - self.quiet_since_s
        return silence_s if silence_s >= limit_s else None
