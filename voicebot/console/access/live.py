"""The only place where the console reads calls that are on the line: watching, hinting, listening, taking over."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.card import Risk
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.handoff import Handoff, Hint, Taker
from voicebot.errors import UnknownCall
from voicebot.handoff.ports import HeadsetTicket, LiveCall, Purpose
from voicebot.policy.risk import risk_of

MOST_CALLS = 500
"""Calls whose events are remembered; the oldest are forgotten and read from rows when they are asked for."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A call on the line and how much it needs a human. last: what was said last, "" before anything was."""

    live: LiveCall
    risk: Risk
    last: str
    last_by: str


class LiveAccess:
    """Opens Kind.LIVE, and Kind.AUDIO for those who listen. One per process: it remembers the events of calls here."""

    def __init__(self, house: ConsoleHouse) -> None:
        self._house = house
        self._events: dict[str, list[CallEvent]] = {}
        house.watch(self._remember)

    async def calls(self, visitor: Visitor) -> list[Watched]:
        """The riskiest first, then the oldest."""
        require(visitor, Kind.LIVE)
        seen = [live for live in self._house.floor.live() if visitor.may(Kind.LIVE, client=live.call.client)]
        watched = [await self._watched(live) for live in seen]
        return sorted(watched, key=lambda one: (-one.risk.score, one.live.call.started_at))

    async def watched(self, visitor: Visitor, call_id: str) -> Watched | None:
        """None for a call that is not on the line any more, or not this visitor's to see."""
        require(visitor, Kind.LIVE)
        live = next((one for one in self._house.floor.live() if one.call.id == call_id), None)
        if live is None or not visitor.may(Kind.LIVE, client=live.call.client):
            return None
        return await self._watched(live)

    async def live(self, visitor: Visitor, call_id: str, deed: Deed = Deed.SEE) -> LiveCall:
        """Raises: UnknownCall, NotAllowed."""
        found = next((one for one in self._house.floor.live() if one.call.id == call_id), None)
        if found is None:
            raise UnknownCall(f"Call {call_id} is not on the line here.")
        require(visitor, Kind.LIVE, deed, found.call.client)
        return found

    async def listen(self, visitor: Visitor, call_id: str) -> HeadsetTicket:
        """A headset that hears in silence; noted before anything is heard. Raises: as live(), HandoffRefused."""
        call = (await self.live(visitor, call_id)).call
        require(visitor, Kind.AUDIO, Deed.SEE, call.client)
        await self._house.audit.note(visitor, "listened", Kind.AUDIO.value, call_id, client=call.client, live=True)
        return self._house.floor.headset(call_id, visitor.user, Purpose.LISTEN)

    async def hint(self, visitor: Visitor, call_id: str, text: str) -> None:
        """Raises: as live(), HandoffRefused."""
        call = (await self.live(visitor, call_id, Deed.CHANGE)).call
        await self._house.floor.hint(call_id, Hint(text, visitor.user.id))
        await self._house.audit.note(visitor, "hinted", Kind.LIVE.value, call_id, client=call.client)

    async def take_over(self, visitor: Visitor, call_id: str) -> tuple[Handoff, HeadsetTicket]:
        """Raises: as live(), HandoffRefused (taken, over, busy)."""
        call = (await self.live(visitor, call_id, Deed.CHANGE)).call
        handoff = await self._house.agents.take_over(call, Taker(visitor.user.id, visitor.user.name))
        ticket = self._house.floor.headset(call_id, visitor.user, Purpose.TALK, handoff.id)
        await self._house.audit.note(visitor, "took_over", Kind.LIVE.value, call_id, client=call.client)
        return handoff, ticket

    async def _watched(self, live: LiveCall) -> Watched:
        events = await self._events_of(live.call.id)
        last = next((line for event in reversed(events) if (line := said_in(event)) and line["text"]), None)
        risk = risk_of(live.call, events, self._house.clock())
        return Watched(live, risk, last["text"] if last else "", last["who"] if last else "")

    async def _events_of(self, call_id: str) -> list[CallEvent]:
        known = self._events.get(call_id)
        if known and known[0].number == 1:
            return known
        read = await self._house.book.events(call_id)
        later = [event for event in self._events.get(call_id, ()) if not read or event.number > read[-1].number]
        self._events[call_id] = [*read, *later]
        return self._events[call_id]

    def _remember(self, call_id: str, event: CallEvent) -> None:
        if event.kind is EventKind.CALL_ENDED:
            self._events.pop(call_id, None)
            return
        self._events.setdefault(call_id, []).append(event)
        if len(self._events) > MOST_CALLS:
            self._events.pop(next(iter(self._events)))


def said_in(event: CallEvent) -> dict[str, Any] | None:
    """A line of the transcript: number, at, who ("caller", "receptionist", "agent", "house"), what, text; None for others.

    what: "said", or for the house's own lines "keys", "handed_over", "taken_back", "hinted", "ended".
    """
    data = event.data
    line: dict[str, Any] = {"number": event.number, "at": event.at, "who": "house", "what": "said", "text": ""}
    match event.kind:
        case EventKind.CALLER_SAID:
            return line | {"who": "caller", "text": data.get("text", ""), "language": data.get("language", "")}
        case EventKind.RECEPTIONIST_SAYS:
            return line | {"who": "receptionist", "text": data.get("text", ""), "language": data.get("language", "")}
        case EventKind.SAID_TO_EACH_OTHER:
            return line | {"who": data.get("speaker", "caller"), "text": data.get("text", "")}
        case EventKind.KEYS_PRESSED:
            return line | {"what": "keys", "text": data.get("keys", "")}
        case EventKind.HANDED_OVER:
            return line | {"what": "handed_over", "text": data.get("name", "")}
        case EventKind.TAKEN_BACK:
            return line | {"what": "taken_back", "text": data.get("why", "")}
        case EventKind.HINTED:
            return line | {"what": "hinted", "text": data.get("text", "")}
        case EventKind.CALL_ENDED:
            return line | {"what": "ended", "text": data.get("reason", "")}
        case _:
            return None
