"""Live calls and the people on call: the caller hears how the ladder stands, and is connected with whoever takes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import structlog

from voicebot.channels.ports import Telephone
from voicebot.domain.call import Call
from voicebot.domain.ladder import Ladder
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.errors import ChannelError, StoreError
from voicebot.reception.journal import Clock, unbroken
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook
from voicebot.store.ladder_book import LadderBook

LOOK_EVERY_S = 0.5
"""How often the ladder's row is read, only while its caller is on the line: the process that climbs may be another."""
LAST_WORDS_LIMIT_S = 12.0
"""« Je vous mets en relation avec elle … » is heard to its end before the line is taken; a line without marks waits this."""

_log = structlog.get_logger()


class PeopleOnCall:
    """Args: telephone: of the house's loop; None where nobody can be connected."""

    def __init__(self, book: CallBook, telephone: Telephone | None, clock: Clock) -> None:
        self._book = book
        self._ladders = LadderBook(book.database)
        self._telephone = telephone
        self._clock = clock

    async def news(self, receptionist: Receptionist) -> AsyncIterator[Ladder]:
        """The ladder of this call whenever its row has changed; nothing until somebody is woken. Ends with the ladder."""
        known: Ladder | None = None
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if not receptionist.call.handover.on_call_woken:
                continue
            try:
                ladder = await self._ladders.of_call(receptionist.call.id)
            except StoreError as refused:
                _log.error("ladder not read", call=receptionist.call.id, code=refused.code)
                continue
            if ladder is not None and ladder != known:
                known = ladder
                yield ladder

    async def connect_when_due(self, receptionist: Receptionist) -> None:
        """Waits until the receptionist says that the caller is put through, then lets the carrier do it.

        A caller who could not be connected hears so at the receptionist's next word (silence): they still have us.
        """
        while not receptionist.call.handover.connects:  # noqa: ASYNC110 - the call's state is a value, not an event
            await asyncio.sleep(LOOK_EVERY_S)
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_WORDS_LIMIT_S):
                while not receptionist.may_be_connected:  # noqa: ASYNC110
                    await asyncio.sleep(0.1)
        if receptionist.ended:
            return
        # Taking the line ends the conversation that this belongs to.
        await unbroken(self._connect(receptionist.call))

    async def _connect(self, call: Call) -> None:
        ladder = await self._ladders.of_call(call.id)
        if self._telephone is None or ladder is None:
            return
        try:
            await self._telephone.connect(call.carrier_call_id, ladder.id)
        except ChannelError as refused:
            _log.error("caller not connected", call=call.id, code=refused.reason, remedy=refused.remedy)
            return
        _log.info("caller connected", call=call.id, ladder=ladder.id)
        told = {"ladder": ladder.id, "contact": ladder.acknowledged_by}
        connected = MessageEventKind.CALLER_CONNECTED
        await self._book.note_after_call([MessageEvent(f"{ladder.id}-connected", call.id, self._clock(), connected, told)])
