"""A whole call in virtual time: the real pipeline between a carrier that plays in time and a scripted receptionist."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
import pytest
from starlette.websockets import WebSocket

from tests.fakes.carrier_line import CarrierLine
from tests.fakes.coded_speech import CodedEars, ToneVoice, Words, loudness_models
from tests.fakes.receptionist import ScriptedReceptionist
from voicebot.domain.handoff import QueueStanding
from voicebot.domain.ladder import Ladder
from voicebot.speech.ports import RATE_HZ
from voicebot.telephony.twilio_media import TwilioMedia
from voicebot.voice.call_tape import Tape
from voicebot.voice.converse import converse
from voicebot.voice.line import HowItEnded, Line, Opening
from voicebot.voice.live_line import LiveLine


@dataclass
class PhoneCall:
    """One call. Set what differs before `begin`; `how` is what converse returned."""

    receptionist: ScriptedReceptionist = field(default_factory=ScriptedReceptionist)
    words: Words = field(default_factory=Words)
    voice: ToneVoice = field(default_factory=ToneVoice)
    line: CarrierLine = field(default_factory=CarrierLine)
    verdict: Callable[[], float | None] = lambda: 0.9
    marks: bool = True
    tape: Tape | None = None
    opening: Opening = Opening.PICK_UP
    on_level: Callable[[float, float], None] | None = None
    news: AsyncIterator[Ladder | QueueStanding] | None = None
    ears: CodedEars = field(init=False)
    how: HowItEnded | None = None
    live: list[LiveLine] = field(default_factory=list)
    task: asyncio.Task[HowItEnded] = field(init=False)

    def __post_init__(self) -> None:
        self.ears = CodedEars(self.words)

    def begin(self) -> None:
        self.line.begin()
        line = Line(cast(WebSocket, self.line), TwilioMedia("MZ1"), "MZ1", marks=self.marks)
        self.task = asyncio.create_task(
            converse(
                line,
                self.receptionist,
                self.ears,
                lambda _: self.voice,
                self.tape,
                opening=self.opening,
                on_level=self.on_level,
                news=self.news,
                on_live=self.live.append,
                models=loudness_models(self.verdict),
            )
        )

    def say(self, phrase: str, ms: int = 600) -> None:
        self.line.speak(self.words.spoken(phrase, ms))

    def pause(self, ms: int) -> None:
        self.line.speak(np.zeros(ms * RATE_HZ // 1000, dtype=np.int16))

    async def until(self, at_ms: float) -> None:
        await asyncio.sleep(max(0.0, (at_ms - self.line.now_ms) / 1000))

    async def ended(self, limit_s: float = 60) -> HowItEnded:
        async with asyncio.timeout(limit_s):
            self.how = await self.task
        return self.how


@pytest.fixture
def phone() -> Callable[..., Any]:
    """`async with phone(receptionist=…) as call`: begins the call, and ends it orderly if the test has not."""

    @asynccontextmanager
    async def begin(**parts: Any) -> AsyncIterator[PhoneCall]:
        before = asyncio.all_tasks()
        call = PhoneCall(**parts)
        call.begin()
        try:
            yield call
            if not call.task.done():
                call.line.stop()
                await call.ended()
        finally:
            call.task.cancel()
            await asyncio.gather(call.task, return_exceptions=True)
            await call.line.end()
        await asyncio.sleep(0)
        left = [t.get_name() for t in asyncio.all_tasks() - before]
        assert left == [], "tasks outlived the call"

    return begin
