"""Channels that refuse by plan, remember what they took, and can be asked about it, as a carrier can."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from voicebot.channels.ports import Letter, Taken
from voicebot.errors import ChannelError

Plan = Callable[[Letter], ChannelError | None]


def refusal(reason: str = "connection", *, temporary: bool = True, retry_after_s: float | None = None) -> ChannelError:
    return ChannelError(reason, f"refused: {reason}", temporary=temporary, retry_after_s=retry_after_s)


@dataclass
class ScriptedSender:
    """A channels.ports.Sender.

    refuse: asked for each letter; a ChannelError is raised, None takes it. slow_s: real seconds per letter.
    remembers: sent_before answers; otherwise it never knows. taken: every letter that was taken, doubles included.
    """

    refuse: Plan = lambda _letter: None
    slow_s: float = 0.0
    delivers: bool = False
    remembers: bool = False
    now: Callable[[], datetime] | None = None
    taken: list[Letter] = field(default_factory=list)
    tried: list[Letter] = field(default_factory=list)
    tried_at: list[datetime] = field(default_factory=list)
    asked: int = 0
    inside: int = 0
    most_inside: int = 0

    async def send(self, letter: Letter) -> Taken:
        self.tried.append(letter)
        if self.now:
            self.tried_at.append(self.now())
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            if self.slow_s:
                await asyncio.sleep(self.slow_s)
            refused = self.refuse(letter)
            if refused is not None:
                raise refused
        finally:
            self.inside -= 1
        self.taken.append(letter)
        return Taken(f"provider-{len(self.taken)}", self.delivers)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        del since
        self.asked += 1
        known = self.remembers and any(one.id == letter.id for one in self.taken)
        return Taken("provider-before", self.delivers) if known else None

    async def close(self) -> None:
        """Nothing is open."""


def first_refused(*refusals: ChannelError) -> Plan:
    """The first letters are refused so, the rest is taken."""
    left = list(refusals)
    return lambda _letter: left.pop(0) if left else None
