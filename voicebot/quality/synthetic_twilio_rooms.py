"""Conferences of the synthetic Twilio: who is in which room, and when it is over."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urljoin

from voicebot.errors import CarrierError
from voicebot.quality.twiml import Conference, Pause, Redirect, Say, read_twiml

SAY_LETTERS_PER_S = 14.0


Tell = Callable[[str, dict[str, str]], Awaitable[object]]
"""A status callback to an address; signed, and with whatever else its leg knows."""


@dataclass
class Room:
    """complete: two are in it. over: it was closed by one who left. verb, tell: of whoever came first."""

    verb: Conference
    tell: Tell
    sid: str = field(default_factory=lambda: "CF" + secrets.token_hex(16))
    told: int = 0
    people: list[str] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)

    async def tell_joined(self, sid: str) -> None:
        """As Twilio: only the document of whoever opened the room says where events go."""
        if not self.verb.status_url or "join" not in self.verb.status_events:
            return
        self.told += 1
        joined = {
            "ConferenceSid": self.sid,
            "FriendlyName": self.verb.room,
            "StatusCallbackEvent": "participant-join",
            "SequenceNumber": str(self.told),
            "CallSid": sid,
            "Muted": "false",
            "Hold": "false",
        }
        await self.tell(self.verb.status_url, joined)


class Rooms:
    """met: pairs of call sids that talked with each other, by room."""

    def __init__(self) -> None:
        self._open: dict[str, Room] = {}
        self.met: list[tuple[str, tuple[str, ...]]] = []

    @contextmanager
    def inside(self, verb: Conference, sid: str, tell: Tell) -> Iterator[Room]:
        """In the room until the end of the block. A room that is over is forgotten: who comes then opens a new one."""
        name = verb.room
        room = self._open.setdefault(name, Room(verb, tell))
        room.people.append(sid)
        if len(room.people) == 2:
            room.complete.set()
            self.met.append((name, tuple(room.people)))
        try:
            yield room
        finally:
            room.people.remove(sid)
            if verb.ends_on_exit or not room.people:
                room.over.set()
                if self._open.get(name) is room:
                    del self._open[name]


async def wait_alone(
    url: str,
    ask: Callable[[str], Awaitable[str]],
    hear: Callable[[str], Awaitable[None]],
    sleep: Callable[[float], Awaitable[None]],
) -> None:
    """Obeys the documents of a waitUrl for ever; the caller of this stops it. Raises: CarrierError for other verbs."""
    while True:
        for verb in read_twiml(await ask(url)):
            match verb:
                case Say(text, _):
                    await hear(text)
                case Pause(seconds):
                    await sleep(seconds)
                case Redirect(then):
                    url = urljoin(url, then)
                    break
                case _:
                    raise CarrierError("A waitUrl's document leads somewhere.")
