"""Times as files write them: seconds, a clock since the call began, or a moment of the day."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_CLOCK = re.compile(r"(?:(\d{1,2}):)?(\d{1,2}):(\d{2})(?:[.,](\d{1,3}))?")
_SECONDS = re.compile(r"\d+(?:[.,]\d+)?")


def seconds_of(text: str) -> float | None:
    """ "12.5", "12,5", "00:12", "1:02:03.250" in seconds; None for anything else."""
    text = text.strip().removesuffix("s").strip()
    if _SECONDS.fullmatch(text):
        return float(text.replace(",", "."))
    clock = _CLOCK.fullmatch(text)
    if clock is None:
        return None
    hours, minutes, seconds, part = clock.groups()
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + (float(f"0.{part}") if part else 0.0)


def moment_of(text: str) -> datetime | None:
    """ISO 8601, aware; without a zone it is taken for UTC. None for anything else, a bare day included."""
    text = text.strip()
    if "-" not in text or ":" not in text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class CallClock:
    """Turns the times of one call into seconds since it began: moments are counted from the first one."""

    def __init__(self) -> None:
        self.began: datetime | None = None

    def seconds(self, text: str) -> float | None:
        moment = moment_of(text)
        if moment is None:
            return seconds_of(text)
        self.began = self.began or moment
        return max(0.0, round((moment - self.began).total_seconds(), 3))
