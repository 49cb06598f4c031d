"""The toll-fraud door: only numbers of client files and settings are dialled or texted, and only so many in a day."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from voicebot.channels.ports import Letter, Ring, Sender, Taken, Telephone
from voicebot.errors import ChannelError

log = structlog.get_logger()


class OnlyTheseNumbers:
    """The rule that both doors below obey.

    Args:
        allowed: is this E.164 number one of a client's file or of our settings, as they are now?
        spent_today: outbound calls and SMS of the house in the last 24 hours, this one not counted; from rows, so that
            it survives restarts.
        most_per_day: see Settings.most_calls_per_day.
    """

    def __init__(
        self, allowed: Callable[[str], bool], spent_today: Callable[[], Awaitable[int]], *, most_per_day: int
    ) -> None:
        self._allowed = allowed
        self._spent_today = spent_today
        self._most_per_day = most_per_day

    async def check(self, number: str) -> None:
        """Raises: ChannelError, never temporary: forbidden_number, or rate_limited when the day's limit is reached."""
        if not self._allowed(number):
            log.error("number_refused", code="forbidden_number", number_ends=number[-2:])
            raise ChannelError(
                "forbidden_number",
                "A number that is in no client file and in no setting was not dialled.",
                "Enter it in the client's file, or find out who asked for it.",
                temporary=False,
            )
        spent = await self._spent_today()
        if spent >= self._most_per_day:
            log.error("day_limit_reached", code="rate_limited", spent=spent, most=self._most_per_day)
            raise ChannelError(
                "rate_limited",
                f"The house has placed {spent} calls and SMS in 24 hours: no more are placed.",
                "Look for the cause; when all were wanted, raise VOICEBOT_MOST_CALLS_PER_DAY.",
                temporary=False,
            )


class GuardedTelephone:
    """A channels.ports.Telephone that rings nobody else."""

    def __init__(self, telephone: Telephone, only: OnlyTheseNumbers) -> None:
        self._telephone = telephone
        self._only = only

    async def ring(self, ring: Ring) -> str:
        await self._only.check(ring.number)
        return await self._telephone.ring(ring)

    async def rung_before(self, ring: Ring, since: datetime) -> str | None:
        return await self._telephone.rung_before(ring, since)

    async def hang_up(self, carrier_call_id: str) -> None:
        await self._telephone.hang_up(carrier_call_id)

    async def connect(self, carrier_call_id: str, room: str) -> None:
        await self._telephone.connect(carrier_call_id, room)

    async def close(self) -> None:
        await self._telephone.close()


class GuardedSms:
    """A channels.ports.Sender of SMS that texts nobody else."""

    def __init__(self, sender: Sender, only: OnlyTheseNumbers) -> None:
        self._sender = sender
        self._only = only

    async def send(self, letter: Letter) -> Taken:
        await self._only.check(letter.address)
        return await self._sender.send(letter)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        return await self._sender.sent_before(letter, since)

    async def close(self) -> None:
        await self._sender.close()
