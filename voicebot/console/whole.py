"""The whole console as wiring mounts it: every page, behind the door."""

from __future__ import annotations

from starlette.types import ASGIApp

from voicebot.console.app import console_app
from voicebot.console.door import Door
from voicebot.console.door.pages import door_pages
from voicebot.console.frame import Frame
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages import PAGES
from voicebot.store.audit_book import AuditBook


def whole_console(house: ConsoleHouse, audit: AuditBook) -> tuple[ASGIApp, Door]:
    """Returns: what is mounted under voicebot.console.frame.ROOT, and the door, for its first link.

    audit: the one that the house has too. Raises: SettingsError when the OpenID Connect provider is set up by half.
    """
    door = Door(house.settings, house.book.database, audit, house.clock)
    return door.guard(console_app(house, Frame(door.seat), (door_pages(door), *PAGES))), door
