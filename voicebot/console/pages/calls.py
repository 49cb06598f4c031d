"""Calls: the archive, and one call to be read and heard: transcript, decisions with their rule, timeline, what followed."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import FileResponse, Response

from voicebot.call_file.clip import LONGEST_CLIP_MS, clip_of
from voicebot.console.access.audio import audio_of
from voicebot.console.access.calls import CallDoor, OpenedCall
from voicebot.console.frame import HEADERS, ROOT, Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages.after_call import Shower, words_for
from voicebot.console.pages.asked import (
    PAGE_SIZE,
    Asked,
    client_name,
    clients_to_choose,
    day_and_hour,
    place_text,
    zone_of,
)
from voicebot.console.pages.calls_transcript import transcript_lines
from voicebot.console.scope import Kind, Visitor
from voicebot.domain.call import Call, EndReason
from voicebot.domain.details import CALLER_NAME
from voicebot.domain.handoff import Handoff
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import NoSound
from voicebot.messages.letters.telling import name_of
from voicebot.messages.letters.written import written_phone
from voicebot.store.call_search import FoundCall, WantedCalls
from voicebot.store.message_search import MOST_COUNTED

_DAY_MS = 24 * 3600 * 1000
Moment = Annotated[int, Query(ge=0, le=_DAY_MS)]
Columns = Annotated[int, Query(ge=10, le=2000)]


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    """GET the archive, a call, its shape and timeline; its sound where the visitor may hear it."""
    router, door = APIRouter(), CallDoor(house)

    @router.get("/calls")
    async def archive(request: Request) -> Response:
        visitor = await frame.visitor(request)
        return frame.page(visitor, "calls.html", **await _list(house, door, visitor, request))

    @router.get("/calls/{call}")
    async def one_call(request: Request, call: str) -> Response:
        visitor = await frame.visitor(request)
        opened = await door.one(visitor, call)
        return frame.page(visitor, "calls_one.html", **await _shown(house, door, visitor, opened))

    @router.get("/calls/{call}/peaks")
    async def peaks(request: Request, call: str, columns: Columns = 600) -> Response:
        return json_answer(asdict(await door.shape(await frame.visitor(request), call, columns)))

    @router.get("/calls/{call}/timeline.svg")
    async def timeline(request: Request, call: str) -> Response:
        drawing = await door.timeline(await frame.visitor(request), call)
        if drawing is None:
            return json_answer({"error": "no_timeline"}, 404)
        return Response(drawing, media_type="image/svg+xml", headers=_DRAWING)

    _sound(router, house, frame)
    return router


def _sound(router: APIRouter, house: ConsoleHouse, frame: Frame) -> None:
    open_audio = audio_of(house)

    @router.get("/calls/{call}/recording")
    async def recording(request: Request, call: str) -> Response:
        visitor = await frame.visitor(request)
        try:
            opened = await open_audio(visitor, call)
        except NoSound:
            return json_answer({"error": NoSound.code}, 404)
        if opened.recording is None:
            # The tape grows while the call goes on: pieces of it are heard as clips.
            return json_answer({"error": "not_finished"}, 404)
        return FileResponse(opened.recording, media_type="audio/wav", headers=HEADERS)

    @router.get("/calls/{call}/clip")
    async def clip(request: Request, call: str, from_ms: Moment, to_ms: Moment) -> Response:
        visitor = await frame.visitor(request)
        if not from_ms < to_ms <= from_ms + LONGEST_CLIP_MS:
            return json_answer({"error": "span", "reason": f"1 to {LONGEST_CLIP_MS} ms"}, 400)
        try:
            opened = await open_audio(visitor, call)
            sound = await asyncio.to_thread(clip_of, opened.folder, from_ms, to_ms)
        except NoSound:
            return json_answer({"error": NoSound.code}, 404)
        return Response(sound, media_type="audio/wav", headers=HEADERS)


# A drawing carries its own styles and no scripts; it is shown as an image.
_DRAWING = {**HEADERS, "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'"}


def _wanted(asked: Asked) -> WantedCalls:
    either = {"1": True, "0": False}
    return WantedCalls(
        client=asked.text("client"),
        words=asked.text("q"),
        ended=asked.one_of("ended", EndReason),
        urgency=asked.one_of("urgency", UrgencyLevel),
        language=asked.one_of("language", Language),
        since=asked.since("from"),
        until=asked.until("to"),
        with_human=either.get(asked.text("human")),
        with_trouble=either.get(asked.text("trouble")),
    )


async def _list(house: ConsoleHouse, door: CallDoor, visitor: Visitor, request: Request) -> dict[str, Any]:
    asked = Asked(request.query_params)
    page, count = await door.page(
        visitor, _wanted(asked), PAGE_SIZE, after=asked.place("after"), before=asked.place("before")
    )
    path = f"{ROOT}/calls"
    return {
        "rows": [_row(house, visitor, one) for one in page.rows],
        "count": count,
        "most": MOST_COUNTED,
        "asked": asked,
        "clients": clients_to_choose(house, visitor.clients(Kind.CALLS, house.known_clients())),
        "ends": [end.value for end in EndReason],
        "levels": [level.value for level in UrgencyLevel],
        "languages": [language.value for language in Language],
        "newer": asked.address(path, "after", before=place_text(page.rows[0].place)) if page.newer and page.rows else "",
        "newest": asked.address(path, "after", "before") if asked.text("after") or asked.text("before") else "",
        "older": asked.address(path, "before", after=place_text(page.rows[-1].place)) if page.older and page.rows else "",
    }


def _row(house: ConsoleHouse, visitor: Visitor, one: FoundCall) -> dict[str, Any]:
    return {
        **_head(house, visitor, one.call),
        "left": one.left,
        "human": one.human,
        "trouble": one.trouble,
    }


def _head(house: ConsoleHouse, visitor: Visitor, call: Call) -> dict[str, Any]:
    known = call.details.get(CALLER_NAME)
    return {
        "call": call.id,
        "who": known.value if known else "",
        "number": written_phone(call.caller_number).shown,
        "client": client_name(house, call.client),
        "level": call.urgency.level.value if call.urgency else "",
        "ended": call.ended.value if call.ended else "",
        "language_spoken": call.language.value,
        "at": day_and_hour(call.started_at, zone_of(house, call.client), visitor.language),
        "iso": call.started_at.isoformat(),
        "lasted": _lasted(call.started_at, call.ended_at),
    }


async def _shown(house: ConsoleHouse, door: CallDoor, visitor: Visitor, opened: OpenedCall) -> dict[str, Any]:
    whole, instructions = opened.whole, opened.instructions
    call, message = whole.call, whole.message
    shower = Shower(instructions, await door.names(), instructions.identity.zone, visitor.language)
    lines = transcript_lines(whole.events, call.started_at)
    orientation = call.orientation
    return {
        **_head(house, visitor, call),
        "whole": call,
        "lines": lines,
        "length_ms": max((line.to_ms for line in lines), default=0),
        "silent": opened.silent,
        "timeline": opened.timeline is not None,
        "message": message,
        "scenario": _title(call, instructions),
        "outcome": orientation.outcome.value if orientation else "",
        "outcome_to": name_of(orientation.to, instructions) if orientation else "",
        "details_rows": shower.details(call.details),
        "missing": [shower.label(name) for name in message.missing] if message else [],
        "handoffs": [_handoff(shower, handoff) for handoff in whole.handoffs],
        "callbacks": whole.callbacks,
        "corrections": [
            (shower.label(c.detail), c.was, c.now, shower.person(c.user), shower.moment(c.at)) for c in whole.corrections
        ],
        "dispatches_rows": shower.dispatches(whole.dispatches, whole.after_call),
        "others": shower.others(whole.after_call),
        "ladder": whole.ladder.ladder.status.value if whole.ladder else "",
        "codes": words_for("after_call", "code"),
        "acts_known": words_for("calls", "act"),
        "actions_known": words_for("calls", "action"),
        "may_open_message": message is not None and visitor.may(Kind.MESSAGES, client=call.client),
        "client_page": f"{ROOT}/clients/{quote(call.client)}" if visitor.may(Kind.CLIENTS, client=call.client) else "",
    }


def _handoff(shower: Shower, handoff: Handoff) -> dict[str, Any]:
    talked = _lasted(handoff.talking_at, handoff.over_at)
    waited = _lasted(handoff.queued_at, handoff.accepted_at or handoff.over_at)
    return {
        "who": handoff.taker.name if handoff.taker else "",
        "wanted": shower.person(handoff.to),
        "status": handoff.status.value,
        "why": handoff.why.value if handoff.why else "",
        "at": shower.moment(handoff.queued_at),
        "waited": waited,
        "talked": talked,
        "task": handoff.task,
        "way": handoff.taker.way.value if handoff.taker else "",
    }


def _title(call: Call, instructions: Instructions) -> str:
    scenario = instructions.scenario(call.scenario)
    return scenario.title[instructions.language] if scenario else ""


def _lasted(since: datetime | None, until: datetime | None) -> str:
    """ "2:07", "" when one end is not known."""
    if since is None or until is None:
        return ""
    seconds = max(0, round((until - since).total_seconds()))
    return f"{seconds // 60}:{seconds % 60:02}"
