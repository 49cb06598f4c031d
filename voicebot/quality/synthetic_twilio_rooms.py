"""Conferences of the synthetic Twilio: who is in which room, and when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Room:
    """complete: two are in it. over: it was closed by one who left."""

    people: list[str] = field(default_factory=list)
    complete: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Rooms:
    """met: pairs of call sids that talked with each other, by room."""

    def __init__(self) -> None:
        self._open: dict[str, Room] = {}
        self.met: list[tuple[str, tuple[str, ...]]] = []

    @contextmanager
    def inside(self, name: str, sid: str, *, ends_on_exit: bool) -> Iterator[Room]:
        """In the room until the end of the block. A room that is over is forgotten: who comes then opens a new one."""
        room = self._open.setdefault(name, Room())
        room.people.append(sid)
        if len(room.people) == 2:
            room.complete.set()
            self.met.append((name, tuple(room.people)))
        try:
            yield room
        finally:
            room.people.remove(sid)
            if ends_on_exit or not room.people:
                room.over.set()
                if self._open.get(name) is room:
                    del self._open[name]
