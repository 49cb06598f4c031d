"""The toll-fraud door: only numbers that the house knows are dialled or texted, and only so many in a day."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from datetime import datetime

import structlog

from voicebot.channels.ports import Letter, Ring, Sender, Taken, Telephone
from voicebot.domain.telephone_numbers import takes_sms
from voicebot.errors import ChannelError

log = structlog.get_logger()


class DayLimit:
    """How many calls and SMS the house may place in a day.

    Args:
        spent_today: outbound calls and SMS of the house in the last 24 hours, this one not counted; from rows, so that
            it survives restarts.
        most_per_day: see Settings.most_calls_per_day.
    """

    def __init__(self, spent_today: Callable[[], Awaitable[int]], *, most_per_day: int) -> None:
        self._spent_today = spent_today
        self._most_per_day = most_per_day

    async def check(self) -> None:
        """Raises: ChannelError, rate_limited and never temporary, when the day's limit is reached."""
        spent = await self._spent_today()
        if spent >= self._most_per_day:
            log.error("day_limit_reached", code="rate_limited", spent=spent, most=self._most_per_day)
            raise ChannelError(
                "rate_limited",
                f"The house has placed {spent} calls and SMS in 24 hours: no more are placed.",
                "Look for the cause; when all were wanted, raise VOICEBOT_MOST_CALLS_PER_DAY.",
                temporary=False,
            )


class OnlyTheseNumbers:
    """The rule that telephones and SMS to our people obey.

    Args:
        allowed: is this E.164 number one of a client's file, of our settings, or of somebody of our floor, as they are now?
            Known at once, or found in rows.
        spent_today, most_per_day: see DayLimit.
    """

    def __init__(
        self,
        allowed: Callable[[str], bool | Awaitable[bool]],
        spent_today: Callable[[], Awaitable[int]],
        *,
        most_per_day: int,
    ) -> None:
        self._allowed = allowed
        self._day = DayLimit(spent_today, most_per_day=most_per_day)

    async def check(self, number: str) -> None:
        """Raises: ChannelError, never temporary: forbidden_number, or rate_limited when the day's limit is reached."""
        allowed = self._allowed(number)
        if not (await allowed if inspect.isawaitable(allowed) else allowed):
            raise _forbidden(number, "A number that is in no client file and in no setting was not dialled.")
        await self._day.check()


class OnlyTheCaller:
    """The rule that SMS to callers obey: a letter goes to the number that the carrier showed for its very call.

    Args:
        caller_of: that number by the call's id, "" when it was withheld or the call is only a rehearsal.
        day: shared with everything else that leaves the house.
    """

    def __init__(self, caller_of: Callable[[str], Awaitable[str]], day: DayLimit) -> None:
        self._caller_of = caller_of
        self._day = day

    async def check(self, letter: Letter) -> None:
        """letter.thread: id of the call. Raises: ChannelError as OnlyTheseNumbers does."""
        shown = await self._caller_of(letter.thread)
        if not shown or letter.address != shown or not takes_sms(shown):
            raise _forbidden(letter.address, "An SMS to somebody who is not this call's caller was not sent.")
        await self._day.check()


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


class CallerSms:
    """A channels.ports.Sender of SMS that texts a call's caller and nobody else."""

    def __init__(self, sender: Sender, only: OnlyTheCaller) -> None:
        self._sender = sender
        self._only = only

    async def send(self, letter: Letter) -> Taken:
        await self._only.check(letter)
        return await self._sender.send(letter)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        return await self._sender.sent_before(letter, since)

    async def close(self) -> None:
        await self._sender.close()


def _forbidden(number: str, what: str) -> ChannelError:
    log.error("number_refused", code="forbidden_number", number_ends=number[-2:])
    remedy = "Enter it in the client's file, or find out who asked for it."
    return ChannelError("forbidden_number", what, remedy, temporary=False)
