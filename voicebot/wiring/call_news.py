"""What a live call is told while it goes on: how its ladder stands, and where its caller stands in the queue of agents."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass

import structlog

from voicebot.domain.handoff import QueueStanding
from voicebot.domain.ladder import Ladder
from voicebot.errors import StoreError, UnknownHandoff
from voicebot.handoff.ports import AgentsDesk
from voicebot.reception.receptionist import Receptionist

LOOK_EVERY_S = 1.0
"""A caller who waits is told of the queue by the second; only while they wait."""

_log = structlog.get_logger()

News = AsyncIterator[Ladder | QueueStanding]
Source = Callable[[Receptionist], News]


@dataclass(frozen=True, slots=True)
class QueueNews:
    """The standing of whoever waits, every second and whenever the queue changes."""

    agents: AgentsDesk

    async def of(self, receptionist: Receptionist) -> AsyncIterator[QueueStanding]:
        """Until it is closed; nothing while the caller does not wait for an agent."""
        while True:
            handover = receptionist.call.handover
            if handover.to is not None:
                try:
                    yield await self.agents.standing(f"{receptionist.call.id}-handoff-{handover.handoffs}")
                except UnknownHandoff:
                    # The turn that put the caller into the queue is not saved yet.
                    pass
                except StoreError as refused:
                    _log.error("queue not read", call=receptionist.call.id, code=refused.code)
            await asyncio.sleep(LOOK_EVERY_S)


async def merged(receptionist: Receptionist, *sources: Source) -> News:
    """What any of the sources tells, as it comes."""
    told: asyncio.Queue[Ladder | QueueStanding] = asyncio.Queue(8)

    async def read(source: Source) -> None:
        async with aclosing(source(receptionist)) as news:  # type: ignore[type-var]
            async for one in news:
                await told.put(one)

    reading = [asyncio.create_task(read(source), name=f"news-{receptionist.call.id}") for source in sources]
    try:
        while True:
            yield await told.get()
    finally:
        for task in reading:
            task.cancel()
        await asyncio.gather(*reading, return_exceptions=True)
