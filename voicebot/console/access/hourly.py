"""Audit entries that would be noted many times by one visit: once for each user, subject and hour."""

from __future__ import annotations

from datetime import datetime, timedelta

from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Kind, Visitor

_MOST_KEPT = 10_000


class NotedHourly:
    """One per page. A player asks for a recording piece by piece: that is one visit, not a hundred."""

    def __init__(self, house: ConsoleHouse) -> None:
        self._house = house
        self._noted: dict[tuple[str, str, str], datetime] = {}

    async def note(self, visitor: Visitor, deed: str, kind: Kind, subject: str, client: str) -> None:
        """Raises: StoreError; then nothing counts as noted, and what was to be shown must not be."""
        now = self._house.clock()
        hour = now.replace(minute=0, second=0, microsecond=0)
        key = (visitor.user.id, deed, subject)
        if self._noted.get(key) == hour:
            return
        await self._house.audit.note(visitor, deed, kind.value, subject, client=client)
        self._noted[key] = hour
        if len(self._noted) > _MOST_KEPT:
            since = hour - timedelta(hours=1)
            self._noted = {known: at for known, at in self._noted.items() if at > since}
