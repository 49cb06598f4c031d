"""Opens the audit: who saw, heard or changed what; the console's only reader of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Kind, Visitor, require
from voicebot.store.audit_book import AuditBook, AuditPage, AuditWanted


class AuditTrail:
    """Raises: NotAllowed, StoreError."""

    def __init__(self, house: ConsoleHouse) -> None:
        self._book = AuditBook(house.book.database, timedelta(days=house.settings.audit_kept_days), house.clock)

    async def page(self, visitor: Visitor, wanted: AuditWanted, number: int) -> AuditPage:
        """Whoever watches over some clients only sees what was done with theirs. number: of the page, from 1."""
        require(visitor, Kind.AUDIT)
        if wanted.client:
            require(visitor, Kind.AUDIT, client=wanted.client)
        limited = replace(wanted, clients=visitor.user.clients) if visitor.user.clients else wanted
        return await self._book.search(limited, number)

    async def deeds(self, visitor: Visitor) -> list[str]:
        """Those that there are, for a filter."""
        require(visitor, Kind.AUDIT)
        return await self._book.deeds()
