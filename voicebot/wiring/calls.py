"""Receptionists of calls: a new one for a call that rings, one read from the store for a call that comes back."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

from voicebot.call_file.folder import CallFolder, save_call_folder
from voicebot.call_file.tape import Tape
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.errors import UnknownClient
from voicebot.reception.journal import Journal
from voicebot.reception.receptionist import Receptionist
from voicebot.wiring.house import House


def new_call(
    instructions: Instructions,
    now: datetime,
    *,
    carrier: str,
    carrier_call_id: str = "",
    caller_number: str = "",
    dialled_number: str = "",
    digest: str = "",
    rehearsal: bool = False,
) -> Call:
    """A call as it begins. Its id sorts by time: "20261123-221504-1f9c2a". digest: of the client's file."""
    return Call(
        id=f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(3)}",
        client=instructions.id,
        instructions_version=instructions.version,
        instructions_digest=digest,
        caller_number=caller_number,
        dialled_number=dialled_number,
        started_at=now,
        language=instructions.language,
        carrier=carrier,
        carrier_call_id=carrier_call_id,
        rehearsal=rehearsal,
    )


def begun_at(call_id: str) -> datetime:
    """When the call of this id (or of a ladder's, which begins with it) began, to the second, aware UTC."""
    return datetime.strptime(call_id[:15], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)


def receptionist_of(house: House, call: Call, instructions: Instructions, *, next_event: int = 1) -> Receptionist:
    journal = Journal(house.book, house.clock, house.live.show, next_number=next_event)
    receptionist = Receptionist(
        call,
        instructions,
        house.understanding,
        journal,
        house.clock,
        # Of the call as it is when it is asked: its language may have changed.
        facilities=lambda: house.facilities(receptionist.call, instructions),
        rephrasing=house.rephrasing,
    )
    return receptionist


async def receptionist_from_store(house: House, call_id: str) -> Receptionist:
    """The receptionist of a call that another process or line began; it obeys the instructions that it began with.

    Raises: UnknownCall, UnknownClient, StoreError.
    """
    call = await house.book.call(call_id)
    events = await house.book.events(call_id)
    last = events[-1].number if events else 0
    return receptionist_of(house, call, house.register.instructions_of(call), next_event=last + 1)


def folder_of(house: House, call: Call) -> Path:
    """Where a call leaves its files: <data_dir>/calls/<date>/<call id>."""
    return house.calls_folder / f"{call.started_at:%Y-%m-%d}" / call.id


async def file_call(house: House, call: Call, tape: Tape | None = None) -> CallFolder:
    """Writes what the call leaves behind. Raises: StoreFull, StoreError; it may be tried again."""
    events, message = await house.book.events(call.id), await house.book.message(call.id)
    try:
        zone = house.register.instructions_of(call).identity.zone
    except UnknownClient:
        zone = None
    after = await house.book.after_call(call.id)
    return await save_call_folder(folder_of(house, call), call, events, message, tape, zone=zone, after_call=after)
