"""Whose turn it is to be sent: urgent first, then clients in turn, so many at a time by each channel."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from voicebot.domain.delivery import Channel
from voicebot.domain.urgency import UrgencyLevel

AT_ONCE = {Channel.EMAIL: 4, Channel.SMS: 4, Channel.WEBHOOK: 16, Channel.CHAT: 8}
"""E-mail: as many as there are connections (channels.email.CONNECTIONS); the time limit of a mail runs while it waits."""
OF_ONE_CLIENT = {Channel.WEBHOOK: 4, Channel.CHAT: 2}
"""One client's server that hangs takes so many places and no more; the mail server and the carrier are everybody's."""


@dataclass(order=True, slots=True)
class _Waiting:
    level: UrgencyLevel
    served: int
    arrived: int
    client: str = field(compare=False)
    let_in: asyncio.Future[None] = field(compare=False)


class Turns:
    """The places of one channel. All methods on one event loop.

    Args:
        places: letters under way at once. of_one_client: of these at most so many for one client; p0 and p1 may have all.
    """

    def __init__(self, places: int, of_one_client: int = 0) -> None:
        self._places = places
        self._of_one_client = of_one_client or places
        self._inside: Counter[str] = Counter()
        self._served: Counter[str] = Counter()
        self._waiting: list[_Waiting] = []
        self._arrivals = 0

    @asynccontextmanager
    async def turn(self, client: str, level: UrgencyLevel) -> AsyncIterator[None]:
        """Waits for a place and holds it while the block runs."""
        await self._enter(client, level)
        try:
            yield
        finally:
            self._leave(client)

    async def _enter(self, client: str, level: UrgencyLevel) -> None:
        self._arrivals += 1
        waiting = _Waiting(level, self._served[client], self._arrivals, client, asyncio.get_running_loop().create_future())
        self._served[client] += 1
        self._waiting.append(waiting)
        self._let_in()
        try:
            await waiting.let_in
        except asyncio.CancelledError:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
            else:
                self._leave(client)
            raise

    def _leave(self, client: str) -> None:
        self._inside[client] -= 1
        if not self._waiting:
            # Counting begins again, so that a client that was busy yesterday does not wait behind all others today.
            self._served.clear()
        self._let_in()

    def _let_in(self) -> None:
        for waiting in sorted(self._waiting):
            if self._inside.total() >= self._places:
                return
            if waiting.level > UrgencyLevel.P1 and self._inside[waiting.client] >= self._of_one_client:
                continue
            self._waiting.remove(waiting)
            self._inside[waiting.client] += 1
            waiting.let_in.set_result(None)


def turns_of_channels() -> dict[Channel, Turns]:
    return {channel: Turns(places, OF_ONE_CLIENT.get(channel, 0)) for channel, places in AT_ONCE.items()}
