"""What an agent's page is told while it is open: the desk as they may see it, and the call that rings there or is theirs."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, field
from typing import Any

from voicebot.console.access.live import said_in
from voicebot.console.access.queue import QueueAccess, Seen
from voicebot.console.event_stream import DESK, EVERYTHING, Bells, Listener, told
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Kind, Visitor
from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.handoff import Handoff
from voicebot.domain.instructions import Instructions

SEEN_EVERY_S = 5.0
"""A page that is open says so this often."""


@dataclass(slots=True)
class _Shown:
    """What one page has. line: number of the last line of the transcript it was told."""

    call: str = ""
    line: int = 0
    card: bytes = b""
    seen_at: float = float("-inf")
    noted: set[str] = field(default_factory=set)


class DeskStream:
    """Events: "desk" (a whole snapshot), "card" (of my call), "said" (lines of its transcript), "call" (none is mine)."""

    def __init__(self, house: ConsoleHouse, bells: Bells, access: QueueAccess) -> None:
        self._house = house
        self._bells = bells
        self._access = access

    async def events(self, visitor: Visitor, last_seen: str) -> AsyncIterator[bytes]:
        """last_seen: "<call>:<number of line>" of a page that comes back; its transcript goes on from there."""
        call, _, number = last_seen.rpartition(":")
        shown = _Shown(call, int(number) if number.isdigit() else 0)
        with self._bells.listening({DESK}) as listener:
            rung = {EVERYTHING}
            while True:
                await self._seen(visitor, shown)
                async for event in self._burst(visitor, listener, shown, rung):
                    yield event
                rung = await listener.burst(SEEN_EVERY_S)

    async def _burst(self, visitor: Visitor, listener: Listener, shown: _Shown, rung: set[str]) -> AsyncIterator[bytes]:
        call = shown.call
        if rung & {DESK, EVERYTHING}:
            seen = await self._access.desk(visitor)
            yield told("desk", await self._desk(visitor, seen))
            mine = _mine(visitor, seen)
            call = mine.call if mine else ""
            listener.wanted = {DESK, call} if call else {DESK}
        if call != shown.call:
            shown.call, shown.line, shown.card = call, 0, b""
            if not call:
                yield told("call", {"call": ""})
        if call and (rung & {DESK, EVERYTHING, call}):
            async for event in self._call(visitor, shown):
                yield event

    async def _call(self, visitor: Visitor, shown: _Shown) -> AsyncIterator[bytes]:
        card, events, instructions = await self._access.card(visitor, shown.call)
        if card.call not in shown.noted:
            shown.noted.add(card.call)
            await self._house.audit.note(visitor, "opened", Kind.QUEUE.value, card.call, client=card.client)
        lines = [line for event in events if event.number > shown.line and (line := said_in(event))]
        whole = shown.line == 0
        event = told("card", {"card": await self._access.as_shown(card), "tasks": tasks_of(instructions, visitor)})
        if event != shown.card:
            shown.card = event
            yield event
        if lines or whole:
            shown.line = lines[-1]["number"] if lines else 0
            said = {"call": shown.call, "whole": whole, "lines": lines}
            yield told("said", said, f"{shown.call}:{shown.line}")

    async def _seen(self, visitor: Visitor, shown: _Shown) -> None:
        if time.monotonic() - shown.seen_at >= SEEN_EVERY_S * 0.9:
            shown.seen_at = time.monotonic()
            await self._house.agents.seen(visitor.user.id)

    async def _desk(self, visitor: Visitor, seen: Seen) -> dict[str, Any]:
        names = await self._access.names()
        mine = _mine(visitor, seen)
        presence = asdict(seen.presence) if seen.presence else None
        return {
            "now": self._house.clock(),
            "user": visitor.user.id,
            "me": presence,
            "wrap_up_s": seen.wrap_up_s,
            "offer": mine.id if mine and mine.status.queued else "",
            "mine": mine.id if mine and mine.status.taken else "",
            "queue": [self._handoff(one, names) for one in seen.queue],
            "colleagues": [
                {"name": names.get(one.agent, one.agent), "state": one.state.value, "since": one.since}
                for one in seen.colleagues
            ],
            "callbacks": [
                asdict(one) | {"by_name": names.get(one.by, one.by), "client_name": self._access.client_name(one.client)}
                for one in seen.callbacks
            ],
        }

    def _handoff(self, one: Handoff, names: dict[str, str]) -> dict[str, Any]:
        return {
            "id": one.id,
            "call": one.call,
            "client": one.client,
            "client_name": self._access.client_name(one.client),
            "language": one.language.value,
            "urgency": one.urgency.value,
            "status": one.status.value,
            "queued_at": one.queued_at,
            "ring_until": one.ring_until,
            "ringing": names.get(one.ringing, one.ringing),
            "taker": one.taker.name if one.taker else "",
            "way": one.taker.way.value if one.taker else "",
            "talking_at": one.talking_at,
            "passed_over": len(one.passed_over),
            "rehearsal": one.rehearsal,
        }


def _mine(visitor: Visitor, seen: Seen) -> Handoff | None:
    """The one that this visitor has, or that is being offered to them."""
    me = visitor.user.id
    with_me = (one for one in seen.queue if one.status.taken and one.taker is not None and one.taker.id == me)
    offered = (one for one in seen.queue if one.status.queued and one.ringing == me)
    return next(with_me, None) or next(offered, None)


def tasks_of(instructions: Instructions, visitor: Visitor) -> dict[str, Any]:
    """What a caller can be given back for: details of this client, and its texts."""
    language = visitor.language
    details = dict.fromkeys([*HOUSE_DETAILS, *(own.id for own in instructions.details)])
    used = {one for scenario in instructions.scenarios for one in (*scenario.details, *scenario.optional_details)}
    titles = ((text.id, text.title.get(language) or next(iter(text.title.values()))) for text in instructions.texts)
    return {
        "details": [one for one in details if one in used or one in ("caller_name", "callback_number", "address")],
        "texts": [{"id": text, "title": title} for text, title in titles],
    }
