"""Messages: the inbox of the floor, each message in full, what became of it, and who of ours is on it."""

from __future__ import annotations

import asyncio
import io
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.console.access.messages import MessageDoor, OpenedMessage
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
from voicebot.console.scope import Deed, Kind, Visitor
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.message import MessageState
from voicebot.domain.urgency import UrgencyLevel
from voicebot.messages.export import ExportFormat, write_messages
from voicebot.messages.letters.telling import criterion_words, deadline_of, name_of
from voicebot.messages.letters.written import written_phone
from voicebot.policy.deliveries import dead_letters
from voicebot.store.message_search import MOST_COUNTED, Found, Wanted

Call = Annotated[str, Field(min_length=1, max_length=64)]


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Handling(_Asked):
    """A deed on messages. to: id of a user for "assigned", "me" for whoever asks, "" for nobody any more."""

    calls: Annotated[tuple[Call, ...], Field(min_length=1, max_length=500)]
    how: Literal["read", "unread", "assigned", "done", "reopened"]
    to: Annotated[str, Field(max_length=64)] = ""


class Resending(_Asked):
    """dispatch: id, "" for every dead letter of the message, or for all of it when none is dead."""

    dispatch: Annotated[str, Field(max_length=160)] = ""


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    """GET the inbox, a message, an export; POST deeds and resends."""
    router, door = APIRouter(), MessageDoor(house)

    @router.get("/messages")
    async def inbox(request: Request) -> Response:
        visitor = await frame.visitor(request)
        return frame.page(visitor, "messages.html", **await _list(house, door, visitor, request), one=None)

    @router.get("/messages/export")
    async def export(request: Request) -> Response:
        visitor = await frame.visitor(request)
        asked = Asked(request.query_params)
        kind = asked.one_of("format", ExportFormat) or ExportFormat.CSV
        found = await door.export(visitor, _wanted(visitor, asked))
        name = f"messages-{house.clock():%Y%m%d-%H%M}.{kind.value}"
        types = {ExportFormat.CSV: "text/csv; charset=utf-8", ExportFormat.JSON: "application/json"}
        headers = {**HEADERS, "Content-Disposition": f'attachment; filename="{name}"'}
        content = await asyncio.to_thread(_exported, found, kind)
        return Response(content, media_type=types.get(kind, "application/x-ndjson"), headers=headers)

    @router.get("/messages/{call}")
    async def message(request: Request, call: str) -> Response:
        visitor = await frame.visitor(request)
        opened = await door.one(visitor, call)
        shown = await _shown(house, door, visitor, opened)
        return frame.page(visitor, "messages.html", **await _list(house, door, visitor, request), one=shown)

    @router.post("/messages/handle")
    async def handle(request: Request, handling: Handling) -> Response:
        visitor = await frame.visitor(request)
        to = visitor.user.id if handling.to == "me" else handling.to
        try:
            await door.handle(visitor, handling.calls, handling.how, to)
        except ValueError:
            return json_answer({"error": "nobody"}, 400)
        return json_answer({"handled": len(set(handling.calls))})

    @router.post("/messages/{call}/resend")
    async def resend(request: Request, call: str, resending: Resending) -> Response:
        visitor = await frame.visitor(request)
        return json_answer({"queued": await door.resend(visitor, call, resending.dispatch)})

    return router


def _wanted(visitor: Visitor, asked: Asked) -> Wanted:
    state, seen = asked.text("state"), asked.text("seen")
    return Wanted(
        client=asked.text("client"),
        status=asked.one_of("status", DispatchStatus),
        urgency=asked.one_of("urgency", UrgencyLevel),
        since=asked.since("from"),
        until=asked.until("to"),
        words=asked.text("q"),
        dead=asked.yes("failed"),
        read={"read": True, "unread": False}.get(seen),
        done={"done": True, "all": None}.get(state, False),
        assigned_to=visitor.user.id if asked.yes("mine") else "",
    )


async def _list(house: ConsoleHouse, door: MessageDoor, visitor: Visitor, request: Request) -> dict[str, Any]:
    asked = Asked(request.query_params)
    wanted = _wanted(visitor, asked)
    page, count = await door.page(visitor, wanted, PAGE_SIZE, after=asked.place("after"), before=asked.place("before"))
    names, path = await door.names(), f"{ROOT}/messages"
    filters = ("client", "urgency", "status", "seen", "from", "to")
    return {
        "rows": [_row(house, visitor, names, one) for one in page.rows],
        "count": count,
        "most": MOST_COUNTED,
        "asked": asked,
        "filtered": sum(bool(asked.text(name)) for name in filters),
        "clients": clients_to_choose(house, visitor.clients(Kind.MESSAGES, house.known_clients())),
        "statuses": [status.value for status in DispatchStatus],
        "levels": [level.value for level in UrgencyLevel],
        "newer": asked.address(path, "after", before=place_text(page.rows[0].place)) if page.newer and page.rows else "",
        "newest": asked.address(path, "after", "before") if asked.text("after") or asked.text("before") else "",
        "older": asked.address(path, "before", after=place_text(page.rows[-1].place)) if page.older and page.rows else "",
        "may_change": visitor.may(Kind.MESSAGES, Deed.CHANGE),
        "codes": words_for("after_call", "code"),
    }


def _row(house: ConsoleHouse, visitor: Visitor, names: dict[str, str], one: Found) -> dict[str, Any]:
    message, standing = one.message, one.standing
    return {
        "call": message.call,
        "who": _name(one),
        "number": _number(one),
        "client": client_name(house, message.client),
        "title": message.scenario_title,
        "level": message.urgency.level.value,
        "partial": message.state is MessageState.PARTIAL,
        "at": day_and_hour(message.taken_at, zone_of(house, message.client), visitor.language),
        "iso": message.taken_at.isoformat(),
        "delivery": _delivery(one),
        "ladder": one.ladder.value if one.ladder else "",
        "unread": standing.read_at is None,
        "done": standing.done_at is not None,
        "assigned": names.get(standing.assigned_to, standing.assigned_to),
        "mine": standing.assigned_to == visitor.user.id,
    }


async def _shown(house: ConsoleHouse, door: MessageDoor, visitor: Visitor, opened: OpenedMessage) -> dict[str, Any]:
    found, instructions = opened.found, opened.instructions
    message, call, names = found.message, found.call, await door.names()
    zone = instructions.identity.zone
    shower = Shower(instructions, names, zone, visitor.language)
    deadline = deadline_of(message, instructions)
    standing, orientation = found.standing, message.orientation
    return {
        **_row(house, visitor, names, found),
        "message": message,
        "ended": call.ended.value if call.ended else "",
        "rehearsal": call.rehearsal,
        "criterion": criterion_words(message, instructions),
        "person": name_of(message.person_wanted, instructions) or message.person_wanted or "",
        "outcome": orientation.outcome.value if orientation else "",
        "outcome_to": name_of(orientation.to, instructions) if orientation else "",
        "shown_number": written_phone(message.number_shown).shown,
        "details": shower.details(message.details),
        "missing": [shower.label(name) for name in message.missing],
        "deadline": day_and_hour(deadline, zone, visitor.language) if deadline else "",
        "dispatches": shower.dispatches(found.dispatches, opened.events),
        "dead": len(dead_letters(found.dispatches)),
        "others": shower.others(opened.events),
        "read_by": shower.person(standing.read_by),
        "read_at": shower.moment(standing.read_at),
        "assigned_to": standing.assigned_to,
        "done_by": shower.person(standing.done_by),
        "done_at": shower.moment(standing.done_at),
        "people": await door.assignees(visitor, [message.call]) if opened.may_change else [],
        "may_change": opened.may_change,
        "may_open_call": visitor.may(Kind.CALLS, client=message.client) and call.ended is not None,
    }


def _name(one: Found) -> str:
    known = one.message.details.get(CALLER_NAME)
    return known.value if known else ""


def _number(one: Found) -> str:
    given = one.message.details.get(CALLBACK_NUMBER)
    return written_phone(given.value if given else one.message.number_shown).shown


def _delivery(one: Found) -> str:
    """The status that matters most of all dispatches; "" while there is none."""
    if dead_letters(one.dispatches):
        return DispatchStatus.FAILED.value
    # A failed one whose fallback is alive is not the news.
    alive = [dispatch.status for dispatch in one.dispatches if dispatch.status is not DispatchStatus.FAILED]
    return min(alive, key=list(DispatchStatus).index).value if alive else ""


def _exported(found: list[Found], kind: ExportFormat) -> bytes:
    out = io.StringIO(newline="")
    write_messages(out, found, kind)
    # A spreadsheet takes a CSV without a mark for its own old code page, and breaks accents.
    return out.getvalue().encode("utf-8-sig" if kind is ExportFormat.CSV else "utf-8")
