"""What goes on a call's recording, as long as it may be recorded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import structlog

from voicebot.errors import VoicebotError
from voicebot.speech.ports import Pcm

log = structlog.get_logger()


class Tape(Protocol):
    """A two-channel recording (voicebot.call_file.tape). at_ms: ms since the call's start."""

    def caller(self, pcm: Pcm, at_ms: int) -> None: ...
    def receptionist(self, pcm: Pcm, at_ms: int) -> None: ...
    def cut_receptionist(self, at_ms: int) -> None:
        """What was to be played after at_ms was not played."""
        ...

    def stop_and_delete(self) -> None:
        """Keep no audio from now on, and delete what was kept; levels go on, for the timeline."""
        ...


class CallTape:
    """A tape whose audio is deleted at the first write after the caller has refused; whether it keeps any is its own."""

    def __init__(self, tape: Tape | None, refused: Callable[[], bool]) -> None:
        self._tape = tape
        self._refused = refused
        self._deleted = False

    def caller(self, pcm: Pcm, at_ms: float) -> None:
        if self._tape is not None:
            self._obey(self._tape).caller(pcm, int(at_ms))

    def receptionist(self, pcm: Pcm, at_ms: float) -> None:
        if self._tape is not None:
            self._obey(self._tape).receptionist(pcm, int(at_ms))

    def _obey(self, tape: Tape) -> Tape:
        if not self._deleted and self._refused():
            self._deleted = True
            try:
                tape.stop_and_delete()
            except VoicebotError as wrong:
                log.error("recording_not_deleted", code=wrong.code)
        return tape

    def cut(self, at_ms: float) -> None:
        if self._tape is not None:
            self._tape.cut_receptionist(int(at_ms))
