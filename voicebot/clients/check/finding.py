"""What a check of instructions finds: an error refuses the file, a warning is a gap that somebody should close."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from voicebot.domain.instructions import Instructions


class Severity(StrEnum):
    ERROR = "error"
    """The file is refused: some caller would hear something wrong, or reach nobody."""
    WARNING = "warning"
    """The file is taken, and is not as good as it could be."""


@dataclass(frozen=True, slots=True)
class Finding:
    """path: the instruction, "people[morel].phones"; clients.lines finds its line. check: name of the rule that found it."""

    severity: Severity
    check: str
    path: str
    what: str
    remedy: str


def error(check: str, path: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.ERROR, check, path, what, remedy)


def warning(check: str, path: str, what: str, remedy: str) -> Finding:
    return Finding(Severity.WARNING, check, path, what, remedy)


Check = Callable[[Instructions], Iterable[Finding]]
"""A check that holds whatever the day; only such checks may find errors."""
DatedCheck = Callable[[Instructions, datetime], Iterable[Finding]]
"""A check at a moment (aware): rosters that end, notices that have expired. Finds only warnings."""
