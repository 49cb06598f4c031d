"""What a reader of records finds in a file: calls, and remarks on what could not be read or was guessed."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.quality.records.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Remark:
    """What QA staff are told of a place in a file; never a caller's words. line: 0 where it is about the whole file.

    unreadable: a call, or a part of one, was lost. remedy: what to do about it, "" when nothing is wrong.
    """

    file: str
    line: int
    what: str
    remedy: str = ""
    unreadable: bool = False

    @property
    def place(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


def lost(file: str, line: int, what: str, remedy: str) -> Remark:
    """A remark on something that could not be read."""
    return Remark(file, line, what, remedy, unreadable=True)


Found = Transcript | Remark
