"""The console of one process: its pages, behind its door."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from starlette.types import ASGIApp

from voicebot.clients.archive import InstructionsArchive
from voicebot.console.door import Door
from voicebot.console.house import ConsoleHouse
from voicebot.console.whole import whole_console
from voicebot.messages.desk import DeliveryDesk
from voicebot.store.audit_book import AuditBook
from voicebot.wiring.calls import folder_of
from voicebot.wiring.client_check import check_client
from voicebot.wiring.draft_replay import ReplayDrafts
from voicebot.wiring.handing_over import HandingOver
from voicebot.wiring.house import House, archive_of


@dataclass(frozen=True, slots=True)
class Console:
    """app: to be mounted under console.frame.ROOT, guarded. door: makes sign-in links."""

    app: ASGIApp
    door: Door


def console_of(
    house: House, handing: HandingOver, messages: DeliveryDesk, read_clients_again: Callable[[], Awaitable[object]]
) -> Console:
    """Args: messages: of deliveries. read_clients_again: lets new calls obey what was published, at once.

    Raises: SettingsError.
    """
    database, settings = house.book.database, house.settings
    audit = AuditBook(database, timedelta(days=settings.audit_kept_days), house.clock)

    async def again() -> None:
        await read_clients_again()

    rooms = ConsoleHouse(
        settings=settings,
        book=house.book,
        agents=handing.desk,
        floor=handing.floor,
        live=house.live,
        messages=messages,
        audit=audit,
        clients=lambda: house.clients,
        instructions_of=house.register.instructions_of,
        archive=InstructionsArchive(archive_of(settings)),
        clients_dir=settings.clients_dir,
        read_clients_again=again,
        call_folder=lambda call: folder_of(house, call),
        clock=house.clock,
        watch=house.live.watch,
        check=check_client,
        replay=ReplayDrafts(house),
    )
    return Console(*whole_console(rooms, audit))
