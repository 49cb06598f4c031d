"""Rings contacts, one at a time, and hangs up; a call that was placed before a crash is found again, not placed twice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from datetime import datetime
from typing import TypeVar

import structlog

from voicebot.channels.ports import Ring, Telephone
from voicebot.domain.ladder import Attempt, CallEnd, LadderPlan
from voicebot.domain.tempo import Tempo
from voicebot.errors import ChannelError, UnknownMessage
from voicebot.policy.ladder.commands import HangUp, RingContact
from voicebot.policy.ladder.signals import AttemptEnded, CallRefused, Signal, TelephoneDown
from voicebot.store.ladder_book import LadderBook

CARRIER_LIMIT_S = 30.0
"""Longest wait for the carrier, in real seconds; it has a shorter limit of its own."""
_OF_THIS_NUMBER = frozenset(("bad_address", "forbidden_number", "rejected"))
"""Reasons for which another number may well be rung."""

_T = TypeVar("_T")
_log = structlog.get_logger()


class Ringing:
    """Args: telephone: None where the house has no carrier: then nobody can be rung, and the ladder says so."""

    def __init__(self, ladders: LadderBook, telephone: Telephone | None, tempo: Tempo) -> None:
        self._ladders = ladders
        self._telephone = telephone
        self._tempo = tempo

    async def ring(self, plan: LadderPlan, command: RingContact) -> tuple[datetime | None, Signal | None]:
        """Places the call unless it was placed before. Returns: when it rang; else a signal, or None and None when
        somebody took the ladder meanwhile. Raises: StoreError, ChannelError when the carrier cannot say what it did."""
        now = self._tempo.now()
        wanted = Attempt(
            command.attempt, plan.id, command.number, command.round, command.contact, command.phone, begun_at=now
        )
        attempt = await self._ladders.begin_attempt(wanted)
        if attempt is None:
            return None, None
        if attempt.carrier_call_id or attempt.ended_at:
            return now, None
        ring = Ring(command.attempt, command.phone, command.ring_s)
        begun_before = attempt.begun_at != now
        try:
            carrier_call_id = await self._rung_before(ring, attempt.begun_at) if begun_before else ""
            carrier_call_id = carrier_call_id or await self._place(ring, attempt.begun_at)
        except ChannelError as refused:
            _log.warning("on_call_not_rung", attempt=command.attempt, code=refused.reason)
            await self._ladders.ended(command.attempt, CallEnd.FAILED, self._tempo.now())
            return None, _signal(command.attempt, refused)
        rung_at = self._tempo.now()
        await self._ladders.rung(command.attempt, carrier_call_id, rung_at)
        return rung_at, None

    async def hang_up(self, command: HangUp) -> None:
        """Ends the call of this attempt, unless it is over, or somebody has picked up and may hear who has it."""
        attempt = await self._begun(command.attempt)
        if attempt is None or attempt.ended_at or (command.unless_answered and attempt.answered_at):
            return
        await self._silence(attempt)

    async def give_up(self, attempt_id: str) -> None:
        """A call that could not be placed properly: whatever rings of it is stopped. Raises: StoreError."""
        attempt = await self._begun(attempt_id)
        if attempt is not None and attempt.ended_at is None:
            await self._silence(attempt)

    async def _begun(self, attempt_id: str) -> Attempt | None:
        """None when a claim came first, so that it was never begun."""
        try:
            return await self._ladders.attempt(attempt_id)
        except UnknownMessage:
            return None

    async def _silence(self, attempt: Attempt) -> None:
        ring = Ring(attempt.id, attempt.phone, 0)
        try:
            carrier_call_id = attempt.carrier_call_id or await self._rung_before(ring, attempt.begun_at)
            if carrier_call_id and self._telephone:
                await _within_limit(self._telephone.hang_up(carrier_call_id))
        except ChannelError as refused:
            # It ends by itself: the carrier was told how long to ring.
            _log.warning("on_call_not_hung_up", attempt=attempt.id, code=refused.reason)
        await self._ladders.ended(attempt.id, CallEnd.STOPPED, self._tempo.now())

    async def _place(self, ring: Ring, since: datetime) -> str:
        if self._telephone is None:
            raise ChannelError("not_configured", "The house has no carrier.", "Set VOICEBOT_TWILIO_NUMBER.", temporary=False)
        try:
            return await _within_limit(self._telephone.ring(ring))
        except ChannelError as unsure:
            if not unsure.temporary:
                raise
            # An answer that was lost: the telephone may ring all the same.
            found = await self._rung_before(ring, since)
            if not found:
                raise
            return found

    async def _rung_before(self, ring: Ring, since: datetime) -> str:
        return "" if self._telephone is None else await _within_limit(self._telephone.rung_before(ring, since)) or ""


def _signal(attempt: str, refused: ChannelError) -> Signal:
    if refused.reason in _OF_THIS_NUMBER:
        return AttemptEnded(attempt, CallEnd.FAILED)
    if refused.reason == "rate_limited" and not refused.temporary:
        return CallRefused(attempt)
    return TelephoneDown(attempt)


async def _within_limit(asked: Awaitable[_T]) -> _T:
    try:
        async with asyncio.timeout(CARRIER_LIMIT_S):
            return await asked
    except TimeoutError as late:
        raise ChannelError("timeout", "The carrier did not answer.", temporary=True) from late
