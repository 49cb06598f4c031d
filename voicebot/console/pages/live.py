"""The page Live calls: every call on the line ranked by risk; one of them watched, listened to, hinted at, taken over."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.console.access.live import LiveAccess, Watched, said_in
from voicebot.console.access.queue import QueueAccess
from voicebot.console.event_stream import EVERYTHING, Bells, stream, told
from voicebot.console.frame import Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages.desk_stream import SEEN_EVERY_S, tasks_of
from voicebot.console.scope import Kind, Visitor, require
from voicebot.domain.events import CallEvent, EventKind
from voicebot.handoff.ports import HeadsetTicket

LOOK_AGAIN_S = 2.0
"""Silence and waiting raise a risk without an event: all calls are looked at again this often."""


class HintWish(BaseModel):
    model_config = ConfigDict(extra="forbid")
    text: str = Field(min_length=2, max_length=300)


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    page = LivePage(house, frame)
    router = APIRouter()
    router.add_api_route("/live", page.show, methods=["GET"])
    router.add_api_route("/live/events", page.events, methods=["GET"])
    router.add_api_route("/live/calls/{call}/listen", page.listen, methods=["POST"])
    router.add_api_route("/live/calls/{call}/hint", page.hint, methods=["POST"])
    router.add_api_route("/live/calls/{call}/take-over", page.take_over, methods=["POST"])
    return router


class LivePage:
    """One per process."""

    def __init__(self, house: ConsoleHouse, frame: Frame) -> None:
        self._house = house
        self._frame = frame
        self._bells = Bells(house.agents, house.watch)
        self._access = LiveAccess(house)
        self._cards = QueueAccess(house, self._bells)

    async def show(self, request: Request) -> Response:
        visitor = await self._frame.visitor(request)
        require(visitor, Kind.LIVE)
        return self._frame.page(visitor, "live.html")

    async def events(self, request: Request, call: str = "") -> Response:
        """call: the one that is watched closely, "" for none."""
        visitor = await self._frame.visitor(request)
        require(visitor, Kind.LIVE)
        if call:
            await self._cards.call(visitor, call)
        last = request.headers.get("last-event-id", "")
        return stream(self._events(visitor, call, int(last) if last.isdigit() else 0))

    async def listen(self, request: Request, call: str) -> Response:
        return json_answer(_ticket(await self._access.listen(await self._frame.visitor(request), call)))

    async def hint(self, request: Request, call: str, wish: HintWish) -> Response:
        await self._access.hint(await self._frame.visitor(request), call, wish.text.strip())
        return json_answer({})

    async def take_over(self, request: Request, call: str) -> Response:
        _, ticket = await self._access.take_over(await self._frame.visitor(request), call)
        return json_answer(_ticket(ticket))

    async def _events(self, visitor: Visitor, call: str, line: int) -> AsyncIterator[bytes]:
        """Events: "calls" (all of them), "calls_changed" (those that changed, and ids of those that are over), and of the
        watched call "card", "said", "decided"."""
        with self._bells.listening(None) as listener:
            sent: dict[str, dict[str, Any]] = {}
            looked_at, seen_at, rung = float("-inf"), float("-inf"), {EVERYTHING}
            while True:
                if time.monotonic() - seen_at >= SEEN_EVERY_S:
                    # Whoever took a call over here has no desk open that would say so.
                    seen_at = time.monotonic()
                    await self._house.agents.seen(visitor.user.id)
                if time.monotonic() - looked_at >= LOOK_AGAIN_S or EVERYTHING in rung:
                    now = {one.live.call.id: self._row(one) for one in await self._access.calls(visitor)}
                    looked_at = time.monotonic()
                else:
                    now = dict(sent)
                    for topic in rung:
                        one = await self._access.watched(visitor, topic)
                        now.pop(topic, None)
                        if one:
                            now[topic] = self._row(one)
                if not sent:
                    yield told("calls", {"now": self._house.clock(), "calls": list(now.values())})
                elif changed := [row for key, row in now.items() if sent.get(key) != row] + [
                    {"id": gone, "over": True} for gone in sent.keys() - now.keys()
                ]:
                    yield told("calls_changed", {"now": self._house.clock(), "calls": changed})
                sent = now
                if call and rung & {call, EVERYTHING}:
                    watched, line = await self._watched(visitor, call, line)
                    for event in watched:
                        yield event
                rung = await listener.burst(LOOK_AGAIN_S)

    async def _watched(self, visitor: Visitor, call: str, line: int) -> tuple[list[bytes], int]:
        """What happened after event number `line`, and the number of the last event."""
        card, events, instructions = await self._cards.card(visitor, call)
        fresh = [event for event in events if event.number > line]
        last = events[-1].number if events else line
        decided = [_decision(event) for event in fresh if event.kind is EventKind.DECIDED]
        lines = [said for event in fresh if (said := said_in(event))]
        whole = line == 0
        return [
            told("card", {"card": await self._cards.as_shown(card), "tasks": tasks_of(instructions, visitor)}),
            told("decided", {"call": call, "whole": whole, "turns": decided}),
            told("said", {"call": call, "whole": whole, "lines": lines}, str(last)),
        ], last

    def _row(self, one: Watched) -> dict[str, Any]:
        call = one.live.call
        urgency = call.urgency.level.value if call.urgency else "p3"
        return {
            "id": call.id,
            "client": call.client,
            "client_name": self._cards.client_name(call.client),
            "language": call.language.value,
            "started_at": call.started_at,
            "urgency": urgency,
            "risk": one.risk.score,
            "reasons": one.risk.reasons,
            "stage": call.stage.value,
            "turns": call.turns,
            "last": one.last,
            "last_by": one.last_by,
            "with": one.live.talking_with.name if one.live.talking_with else "",
            "listeners": one.live.listeners,
            "rehearsal": call.rehearsal,
        }


def _ticket(ticket: HeadsetTicket) -> dict[str, str]:
    return {"path": ticket.path, "token": ticket.token, "call": ticket.call, "handoff": ticket.handoff}


def _decision(event: CallEvent) -> dict[str, Any]:
    """turn, and for each decision: action, subject, the instruction behind it (because) and the rule that made it."""
    made = [
        {key: one.get(key, "") for key in ("action", "subject", "rule", "because")}
        for one in event.data.get("decisions", ())
        if isinstance(one, dict)
    ]
    return {"number": event.number, "at": event.at, "turn": event.data.get("turn", 0), "decisions": made}
