"""The switchboard: which call is taken, who talks on which line, and what is left when a call is over."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from voicebot.call_file.tape import Tape
from voicebot.clients.directory import Clients
from voicebot.domain.agent import AgentWay
from voicebot.domain.call import Call, EndReason, RecordingState
from voicebot.domain.events import CallEvent
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.errors import StoreError, StoreFull, UnknownClient
from voicebot.reception.receptionist import Receptionist
from voicebot.speech.engines import SpeechEngines
from voicebot.speech.ports import Voice
from voicebot.telephony.ports import (
    STREAM_LIMIT_S,
    Accepted,
    ClientCard,
    Ended,
    Engines,
    IncomingCall,
    LineStatus,
    RefusalReason,
    Refused,
)
from voicebot.voice.converse import converse
from voicebot.voice.line import HowItEnded, Line, Opening
from voicebot.wiring.call_news import News, Source, merged
from voicebot.wiring.calls import file_call, folder_of, new_call, receptionist_from_store, receptionist_of
from voicebot.wiring.handing_over import HandingOver
from voicebot.wiring.house import House
from voicebot.wiring.people_on_call import PeopleOnCall

SOFTPHONE = "softphone"
RETURN_LIMIT_S = 90.0
"""A caller whose line broke has this long to come back before the call is closed with a partial message."""
TIDY_EVERY_S = 5.0
LONGEST_TALK_S = 4 * 3600.0
"""A talk by telephone of whose end the carrier has not told after this time is over."""

_log = structlog.get_logger()


@dataclass(slots=True)
class _Place:
    """One of the calls that this process has room for."""

    call_id: str
    taken_at: float
    receptionist: Receptionist | None = None
    talking: bool = False
    tape: Tape | None = None


@dataclass(slots=True)
class _Left:
    """Calls whose rows or files could not be written yet; tried again until they are."""

    unsaved: list[Receptionist] = field(default_factory=list)
    unfiled: dict[str, Tape | None] = field(default_factory=dict)
    told: int = 0
    """Number of the newest event after a call that stands in its folder."""


class Switchboard:
    """The reception desk of one process (telephony.ports.SoftphoneDesk).

    Args:
        people: tells live calls how the people on call stand; None where nobody can be woken.
        handing: hands callers over to agents; None where there are none.
    """

    def __init__(
        self,
        house: House,
        engines: SpeechEngines,
        people: PeopleOnCall | None = None,
        handing: HandingOver | None = None,
    ) -> None:
        self._house = house
        self._engines = engines
        self._people = people
        self._handing = handing
        self._places: dict[str, _Place] = {}
        self._left = _Left()

    # What carriers ask

    async def ring(self, call: IncomingCall) -> Accepted | Refused:
        clients = self._house.clients
        try:
            instructions = clients.of(call.client) if call.client else clients.dialled(call.dialled_number)
        except UnknownClient as unknown:
            return _without_instructions(clients, call, unknown)
        fallback = instructions.identity.fallback_number
        known = await self._known(call)
        if known is not None:
            return Accepted(known.id, known.language, fallback)
        if fallback and not _in_force(instructions, self._house.clock()):
            _log.error("client file is not in force: people take the call", client=instructions.id)
            return Refused(RefusalReason.HAND_OFF, fallback_number=fallback)
        self._free_lapsed_places()
        if len(self._places) >= self._house.settings.max_calls:
            _log.warning("all places are taken", places=len(self._places), client=instructions.id)
            return Refused(RefusalReason.BUSY, fallback_number=fallback)
        if self._house.book.reserve_spent:
            _log.error("call refused: the disk is full", client=instructions.id, code=StoreFull.code)
            return Refused(RefusalReason.NO_ROOM, fallback_number=fallback)
        new = new_call(
            instructions,
            self._house.clock(),
            carrier=call.carrier,
            carrier_call_id=call.carrier_call_id,
            caller_number=call.caller_number,
            dialled_number=call.dialled_number,
            digest=clients.digest_of(instructions.id),
            rehearsal=call.carrier == SOFTPHONE and not self._house.settings.deliver_rehearsals,
        )
        try:
            await self._house.book.save(new, ())
        except StoreError as refused:
            _log.error("call refused", client=instructions.id, code=refused.code, remedy=refused.remedy)
            return Refused(RefusalReason.NO_ROOM, fallback_number=fallback)
        receptionist = receptionist_of(self._house, new, instructions)
        self._places[new.id] = _Place(new.id, time.monotonic(), receptionist)
        return Accepted(new.id, new.language, fallback)

    async def converse(self, line: Line, call_id: str, opening: Opening) -> None:
        place = self._places.get(call_id)
        if place is None or place.receptionist is None or opening is Opening.RESUME:
            receptionist = await receptionist_from_store(self._house, call_id)
            place = self._places.setdefault(call_id, _Place(call_id, time.monotonic()))
            place.receptionist = receptionist
        receptionist = place.receptionist
        assert receptionist is not None
        place.talking = True
        place.tape = place.tape or self._tape(receptionist)
        if opening is Opening.RESUME and self._handing:
            await self._handing.caller_is_back(receptionist)
        connecting = asyncio.create_task(self._people.connect_when_due(receptionist)) if self._people else None
        try:
            how = await converse(
                line,
                receptionist,
                self._engines.ears,
                self._voices(receptionist.instructions),
                place.tape,
                opening=opening,
                news=self._news(receptionist),
                on_live=self._handing.line_of(receptionist) if self._handing else None,
            )
        finally:
            if connecting:
                connecting.cancel()
            if self._handing:
                self._handing.line_closed(receptionist)
            place.talking = False
            place.taken_at = time.monotonic()
        _log.info("line closed", call=call_id, how=how)
        if how is not HowItEnded.LINE_LOST and not _with_taker_on_telephone(receptionist.call):
            await self._close(call_id, receptionist)

    async def resume(self, carrier: str, carrier_call_id: str) -> Accepted | Ended | Refused:
        call = await self._house.book.call_by_carrier(carrier, carrier_call_id)
        if call is None or call.ended is not None:
            return Ended()
        instructions = self._house.register.instructions_of(call)
        self._places.setdefault(call.id, _Place(call.id, time.monotonic()))
        return Accepted(call.id, call.language, instructions.identity.fallback_number)

    async def give_up(self, carrier: str, carrier_call_id: str) -> Refused:
        call = await self._house.book.call_by_carrier(carrier, carrier_call_id)
        fallback: str | None = None
        if call is not None:
            fallback = self._house.register.instructions_of(call).identity.fallback_number
            await self._end(call.id, EndReason.LINE_LOST)
        return Refused(RefusalReason.TROUBLE, fallback_number=fallback)

    async def carrier_status(self, carrier: str, carrier_call_id: str, status: LineStatus) -> None:
        if status is not LineStatus.CALL_ENDED:
            return
        call = await self._house.book.call_by_carrier(carrier, carrier_call_id)
        place = self._places.get(call.id) if call else None
        if call is None or call.ended is not None or (place and place.talking):
            return
        await self._end(call.id, EndReason.HANDLED if call.handover.with_taker else EndReason.CALLER_HUNG_UP)

    # What the softphone asks

    def clients(self) -> list[ClientCard]:
        return [
            ClientCard(i.id, i.identity.name, i.identity.sector.value) for i in self._house.clients.instructions.values()
        ]

    def engines(self) -> Engines:
        used = self._engines.describe()
        return Engines(used.ears, used.voice, used.practice)

    def follow(self, call_id: str) -> AsyncIterator[CallEvent]:
        return self._house.live.follow(call_id, self._house.book)

    # What is left to do

    async def tidy_forever(self) -> None:
        """Writes what could not be written, closes calls whose caller never came back, keeps the reserve again."""
        while True:
            await asyncio.sleep(TIDY_EVERY_S)
            try:
                await self.tidy()
            except StoreError as refused:
                _log.error("tidying failed", code=refused.code, remedy=refused.remedy)

    async def tidy(self) -> None:
        if self._house.book.reserve_spent:
            await self._house.book.restore_reserve()
        self._left.unsaved = [r for r in self._left.unsaved if not await self._saved_at_last(r)]
        self._free_lapsed_places()
        await self._note_what_came_after()
        for call_id in tuple(self._left.unfiled):
            await self._file(call_id, self._left.unfiled.pop(call_id))
        await self._close_abandoned()

    async def _saved_at_last(self, receptionist: Receptionist) -> bool:
        """Another process may have closed the same abandoned call: its rows say so, and ours are not needed."""
        if await receptionist.save_again():
            return True
        try:
            return (await self._house.book.call(receptionist.call.id)).ended is not None
        except StoreError:
            return False

    async def _note_what_came_after(self) -> None:
        """What happened to messages after their calls goes into the folders of calls that are over."""
        since = self._house.clock() - timedelta(days=1)
        calls, self._left.told = await self._house.book.changed_after_call(self._left.told, since)
        for call_id in calls:
            if call_id not in self._places:
                await self._file(call_id, None)

    async def _close_abandoned(self) -> None:
        untouched = self._house.clock() - timedelta(seconds=RETURN_LIMIT_S)
        for call in await self._house.book.unfinished(untouched):
            place = self._places.get(call.id)
            lasted = (self._house.clock() - call.started_at).total_seconds()
            if _with_taker_on_telephone(call) and lasted < LONGEST_TALK_S:
                continue
            too_long = lasted > self._house.register.instructions_of(call).limits.call_s + RETURN_LIMIT_S
            if (place is None or not place.talking) and (place is not None or too_long):
                await self._end(call.id, EndReason.LINE_LOST)

    async def _end(self, call_id: str, reason: EndReason) -> None:
        place = self._places.get(call_id)
        receptionist = (place.receptionist if place else None) or await receptionist_from_store(self._house, call_id)
        await receptionist.hang_up(reason)
        await self._close(call_id, receptionist)

    async def _close(self, call_id: str, receptionist: Receptionist) -> None:
        if self._handing:
            self._handing.call_over()
        place = self._places.pop(call_id, None)
        if receptionist.unsaved:
            self._left.unsaved.append(receptionist)
        await self._file(call_id, place.tape if place else None)

    async def _file(self, call_id: str, tape: Tape | None) -> None:
        """Writes the call's folder; a full disk keeps it on the list."""
        book = self._house.book
        try:
            await file_call(self._house, await book.call(call_id), tape)
        except StoreError as refused:
            _log.error("call folder not written", call=call_id, code=refused.code, remedy=refused.remedy)
            self._left.unfiled[call_id] = tape

    # Inside

    def _news(self, receptionist: Receptionist) -> News | None:
        sources: list[Source] = [self._people.news] if self._people else []
        sources += [self._handing.queue_news] if self._handing else []
        return merged(receptionist, *sources) if sources else None

    async def _known(self, incoming: IncomingCall) -> Call | None:
        """A carrier that asks twice about one call gets the same call."""
        if not incoming.carrier_call_id:
            return None
        call = await self._house.book.call_by_carrier(incoming.carrier, incoming.carrier_call_id)
        return call if call and call.ended is None else None

    def _free_lapsed_places(self) -> None:
        now = time.monotonic()
        for place in tuple(self._places.values()):
            if not place.talking and now - place.taken_at > max(STREAM_LIMIT_S, RETURN_LIMIT_S) * 2:
                del self._places[place.call_id]

    def _tape(self, receptionist: Receptionist) -> Tape:
        call, wanted = receptionist.call, receptionist.instructions.recording.enabled
        return Tape(folder_of(self._house, call), keep_audio=wanted and call.recording is not RecordingState.REFUSED)

    def _voices(self, instructions: Instructions) -> Callable[[Language], Voice]:
        def voice(language: Language) -> Voice:
            return self._engines.voice(instructions.voices[language], language)

        return voice


def _without_instructions(clients: Clients, call: IncomingCall, unknown: UnknownClient) -> Refused:
    """A line whose client file cannot be obeyed goes to that client's people, never to an open door."""
    line = clients.salvaged_line(call.dialled_number)
    if line is None:
        _log.warning("no client for this number", carrier=call.carrier, code=unknown.code)
        return Refused(RefusalReason.UNKNOWN_NUMBER)
    _log.error("client file is broken: people take the call", file=line.file, people=line.fallback_number is not None)
    return Refused(RefusalReason.TROUBLE, fallback_number=line.fallback_number)


def _with_taker_on_telephone(call: Call) -> bool:
    """The carrier has joined the caller with a human; our line is closed, and the carrier comes back when they part."""
    taker = call.handover.with_taker
    return call.ended is None and taker is not None and taker.way is AgentWay.PHONE


def _in_force(instructions: Instructions, now: datetime) -> bool:
    return instructions.in_force(now.astimezone(instructions.identity.zone).date())
