"""What a conversation asks of whoever has the caller instead of the receptionist."""

from __future__ import annotations

from typing import Protocol

from voicebot.speech.ports import Pcm


class Human(Protocol):
    """Has the caller's sound and keys until the receptionist takes the caller back."""

    @property
    def moves(self) -> bool:
        """The carrier is about to take the caller to them: the end of our stream is then no hanging up."""
        ...

    def hear(self, pcm: Pcm, at_ms: float) -> None:
        """The caller's sound, int16 mono 8 kHz. at_ms: of the call, where it begins."""
        ...

    def press(self, key: str) -> None:
        """A key of the caller: 0-9 * #."""
        ...

    def playing(self) -> Pcm | None:
        """What the caller was sent last."""
        ...


class OnTheirTelephone:
    """A human whom the carrier connects: nothing of the caller reaches them through us."""

    moves = True

    def hear(self, pcm: Pcm, at_ms: float) -> None:
        pass

    def press(self, key: str) -> None:
        pass

    def playing(self) -> Pcm | None:
        return None
