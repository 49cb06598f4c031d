"""A clock set to another time of day, which then runs on: for demonstrations and rehearsals by night."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from voicebot.errors import SettingsError


def clock_from(local: str, zone: ZoneInfo) -> Callable[[], datetime]:
    """A clock that shows `local` ("2026-11-23 22:15", in `zone`) now. Raises: SettingsError."""
    try:
        wanted = datetime.fromisoformat(local)
    except ValueError as wrong:
        raise SettingsError(f'"{local}" is not a time.', 'Write it as "2026-11-23 22:15".') from wrong
    shift = (wanted if wanted.tzinfo else wanted.replace(tzinfo=zone)) - datetime.now(UTC)
    return lambda: datetime.now(UTC) + shift
