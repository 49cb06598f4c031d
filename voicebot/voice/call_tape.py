"""What goes on a call's recording, as long as it may be recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from voicebot.speech.ports import Pcm


class Tape(Protocol):
    """A two-channel recording (voicebot.call_file.tape). at_ms: ms since the call's start."""

    def caller(self, pcm: Pcm, at_ms: int) -> None: ...
    def receptionist(self, pcm: Pcm, at_ms: int) -> None: ...
    def cut_receptionist(self, at_ms: int) -> None:
        """What was to be played after at_ms was not played."""
        ...


class CallTape:
    """A tape that is asked at every write whether the caller still allows it."""

    def __init__(self, tape: Tape | None, allowed: Callable[[], bool]) -> None:
        self._tape = tape
        self._allowed = allowed

    def caller(self, pcm: Pcm, at_ms: float) -> None:
        if self._tape is not None and self._allowed():
            self._tape.caller(pcm, int(at_ms))

    def receptionist(self, pcm: Pcm, at_ms: float) -> None:
        if self._tape is not None and self._allowed():
            self._tape.receptionist(pcm, int(at_ms))

    def cut(self, at_ms: float) -> None:
        if self._tape is not None:
            self._tape.cut_receptionist(int(at_ms))
