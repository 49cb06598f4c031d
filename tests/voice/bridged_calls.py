"""A headset put on a call in virtual time, and what was sent to both ends."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from starlette.websockets import WebSocket

from tests.fakes.carrier_line import CarrierLine
from voicebot.domain.handoff import Returned, Taker, Task, TaskKind, Why
from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.telephony.twilio_media import TwilioMedia
from voicebot.voice.line import Line

Phone = Callable[..., Any]
CLAIRE = Taker("claire.petit", "Claire Petit")
TASK = Returned(Why.GIVEN_BACK, CLAIRE, Task(TaskKind.TAKE_DETAIL, detail="address", by="claire.petit"))


@dataclass
class Agent:
    """A headset that is put on a call; `why` is what join returned."""

    call: Any
    line: CarrierLine = field(default_factory=CarrierLine)
    why: Why | None = None
    since_ms: float = 0.0
    task: asyncio.Task[Why] = field(init=False)

    async def put_on(self) -> None:
        self.line.begin(self.call.line._zero_s)
        self.since_ms = self.call.line.now_ms
        self.task = asyncio.create_task(self.call.live[0].join(headset(self.line), CLAIRE, "handoff-1"))
        await asyncio.sleep(0.01)

    async def ended(self) -> Why:
        async with asyncio.timeout(20):
            self.why = await self.task
        return self.why

    def speak(self, pcm: Pcm) -> None:
        self.line.speak(pcm)


def headset(line: CarrierLine, stream: str = "MZhead") -> Line:
    return Line(cast(WebSocket, line), TwilioMedia(stream), stream)


@asynccontextmanager
async def agent_on(call: Any, *, at_ms: float = 2000) -> AsyncIterator[Agent]:
    """Joined at that time; taken off, in order, if the test has not."""
    await call.until(at_ms)
    agent = Agent(call)
    await agent.put_on()
    try:
        yield agent
    finally:
        if not agent.task.done():
            await call.live[0].hang_up()
            await agent.ended()
            await call.ended()
        await agent.line.end()


def square(ms: int, level: int) -> Pcm:
    return (np.resize(np.repeat([1, -1], 4), ms * RATE_HZ // 1000) * level).astype(np.int16)


def loud(pcm: Pcm) -> float:
    return float(np.abs(pcm.astype(np.int32)).mean()) if len(pcm) else 0.0


def power_at(pcm: Pcm, hz: float) -> float:
    """Amplitude of one tone in pcm."""
    time_s = np.arange(len(pcm)) / RATE_HZ
    return float(2 * abs(np.mean(pcm * np.exp(-2j * np.pi * hz * time_s))))
