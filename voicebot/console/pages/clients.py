"""Clients: their instructions as a form and as text side by side, checked, compared, published, with their history."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.clients.check.finding import Finding, Severity
from voicebot.clients.client_file import LONGEST_FILE_BYTES, ClientFile
from voicebot.clients.edits import Edit
from voicebot.clients.form_fields import form_json
from voicebot.clients.publishing import Checked
from voicebot.clients.roster_calendar import RosterDay, Span, holes_in, roster_calendar
from voicebot.clients.side_by_side import side_by_side
from voicebot.clients.week_picture import week_picture
from voicebot.console.access import clients as access
from voicebot.console.frame import Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages.clients_replay import replay_routes
from voicebot.console.scope import Visitor
from voicebot.errors import DraftOutdated, InstructionsError, StoreError, UnknownClient

_LINE = re.compile(r"^line (\d+)(?:, )?")
_Text = Annotated[str, Field(max_length=LONGEST_FILE_BYTES)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _EditBody(_Body):
    path: Annotated[list[str | int], Field(min_length=1, max_length=12)]
    value: Any = None
    add: bool = False


class _DraftBody(_Body):
    yaml: _Text
    edits: Annotated[list[_EditBody], Field(max_length=200)] = []


class _PublishBody(_Body):
    yaml: _Text
    base: Annotated[str, Field(max_length=64)]


class _RollBackBody(_Body):
    digest: Annotated[str, Field(max_length=64)]
    base: Annotated[str, Field(max_length=64)]


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    page = _ClientsPage(house, frame)
    router = APIRouter()
    router.add_api_route("/clients", page.listed, methods=["GET"])
    router.add_api_route("/clients/{client}", page.opened, methods=["GET"])
    router.add_api_route("/clients/{client}/draft", page.draft, methods=["POST"])
    router.add_api_route("/clients/{client}/check", page.check, methods=["POST"])
    router.add_api_route("/clients/{client}/diff", page.diff, methods=["POST"])
    router.add_api_route("/clients/{client}/publish", page.publish, methods=["POST"])
    router.add_api_route("/clients/{client}/history", page.history, methods=["GET"])
    router.add_api_route("/clients/{client}/roll-back", page.roll_back, methods=["POST"])
    router.include_router(replay_routes(house, frame))
    return router


class _ClientsPage:
    def __init__(self, house: ConsoleHouse, frame: Frame) -> None:
        self._house = house
        self._frame = frame

    async def listed(self, request: Request) -> Response:
        visitor = await self._frame.visitor(request)
        rows = await access.client_rows(self._house, visitor)
        return self._frame.page(visitor, "clients.html", rows=rows, errors=_errors, today=self._house.clock().date())

    async def opened(self, request: Request, client: str) -> Response:
        visitor = await self._frame.visitor(request)
        opened = await access.open_client(self._house, visitor, client)
        pictures = self._pictures(visitor, opened.in_force) if opened.in_force else {"week": "", "roster": ""}
        return self._frame.page(visitor, "clients_one.html", opened=opened, form=form_json(), pictures=pictures)

    async def draft(self, request: Request, client: str, body: _DraftBody) -> Response:
        visitor = await self._frame.visitor(request)
        edits = [Edit(tuple(one.path), one.value, one.add) for one in body.edits]
        sketch = await access.sketch(self._house, visitor, client, body.yaml, edits)
        told: dict[str, Any] = {
            "yaml": sketch.text,
            "values": sketch.values,
            "problems": _problems(sketch.problems),
            "findings": [_finding(found, sketch.file) for found in sketch.findings if sketch.file],
        }
        return json_answer(told | (self._pictures(visitor, sketch.file) if sketch.file else {}))

    async def check(self, request: Request, client: str, body: _DraftBody) -> Response:
        visitor = await self._frame.visitor(request)
        try:
            file, checked = await access.check_draft(self._house, visitor, client, body.yaml)
        except UnknownClient:
            raise
        except InstructionsError as wrong:
            return json_answer({"ok": False, "problems": _problems(wrong.problems), "findings": [], "examples": None})
        return json_answer({"ok": not checked.refused, "problems": [], **_checked(file, checked)})

    async def diff(self, request: Request, client: str, body: _DraftBody) -> Response:
        """A draft beside the version in force."""
        visitor = await self._frame.visitor(request)
        opened = await access.open_client(self._house, visitor, client)
        before = opened.in_force.content.decode() if opened.in_force and opened.may_change else opened.text
        return json_answer({"html": self._diff(visitor, before, body.yaml)})

    async def publish(self, request: Request, client: str, body: _PublishBody) -> Response:
        visitor = await self._frame.visitor(request)
        return await self._published(visitor, client, body.base, yaml=body.yaml)

    async def roll_back(self, request: Request, client: str, body: _RollBackBody) -> Response:
        visitor = await self._frame.visitor(request)
        return await self._published(visitor, client, body.base, digest=body.digest)

    async def _published(self, visitor: Visitor, client: str, base: str, *, yaml: str = "", digest: str = "") -> Response:
        try:
            if digest:
                file = await access.roll_back(self._house, visitor, client, digest, base)
            else:
                file = await access.publish(self._house, visitor, client, yaml, base)
        except DraftOutdated:
            now = await access.open_client(self._house, visitor, client)
            version = now.in_force.instructions.version if now.in_force else 0
            return json_answer(
                {"error": "draft_outdated", "reason": "draft_outdated", "base": now.base, "version": version}, 409
            )
        except UnknownClient:
            raise
        except InstructionsError as wrong:
            refused = {
                "error": wrong.code,
                "reason": "refused",
                "problems": _problems(wrong.problems),
                "remedy": wrong.remedy,
            }
            return json_answer(refused, 422)
        except StoreError as wrong:
            said = [{"line": 0, "text": f"{wrong.what} {wrong.remedy}".strip()}]
            return json_answer({"error": wrong.code, "reason": "refused", "problems": said, "remedy": wrong.remedy}, 503)
        text = file.content.decode()
        return json_answer({"version": file.instructions.version, "base": file.digest, "yaml": text})

    async def history(self, request: Request, client: str, version: str = "", before: str = "", after: str = "") -> Response:
        visitor = await self._frame.visitor(request)
        opened = await access.open_client(self._house, visitor, client)
        accepted = await access.history_of(self._house, visitor, client)
        shown = await access.version_text(self._house, visitor, client, version) if version else ""
        compared = ""
        if before and after:
            texts = [await access.version_text(self._house, visitor, client, one) for one in (before, after)]
            compared = self._diff(visitor, texts[0], texts[1])
        values = {"accepted": accepted, "version": version, "before": before, "after": after}
        return self._frame.page(
            visitor, "clients_history.html", opened=opened, shown=shown.splitlines(), compared=compared, **values
        )

    def _diff(self, visitor: Visitor, before: str, after: str) -> str:
        return self._part(visitor, "clients_diff.html", rows=side_by_side(before, after))

    def _pictures(self, visitor: Visitor, file: ClientFile) -> dict[str, str]:
        instructions, now = file.instructions, self._house.clock()
        days = week_picture(instructions.hours, instructions.identity.zone, now)
        week = self._part(visitor, "clients_week.html", days=days, clock=_clock, zone=instructions.identity.time_zone)
        return {"week": week, "roster": self._roster(visitor, file, now)}

    def _roster(self, visitor: Visitor, file: ClientFile, now: datetime) -> str:
        instructions = file.instructions
        calendar = roster_calendar(instructions, now)
        if instructions.on_call is None or not calendar:
            return self._part(visitor, "clients_roster.html", weeks=())
        names = {person.id: person.name for person in instructions.people}
        first = list(dict.fromkeys(contact for shift in instructions.on_call.shifts for contact in shift.contacts))
        today = now.astimezone(instructions.identity.zone).date()
        manager = instructions.on_call.manager
        return self._part(
            visitor,
            "clients_roster.html",
            weeks=calendar,
            lines=_roster_lines,
            clock=_clock,
            names=names,
            colours={contact: place % 6 for place, contact in enumerate(first)},
            today=today,
            holes=holes_in(calendar, today),
            manager=names.get(manager, "") if manager else "",
            agents=instructions.on_call.agents,
        )

    def _part(self, visitor: Visitor, template: str, **values: Any) -> str:
        return bytes(self._frame.page(visitor, template, **values).body).decode()


def _errors(findings: Sequence[Finding]) -> int:
    return sum(found.severity is Severity.ERROR for found in findings)


def _problems(problems: Sequence[str]) -> list[dict[str, Any]]:
    """ "line 12, hours: …" as a line and the rest."""
    told: list[dict[str, Any]] = []
    for problem in problems:
        named = _LINE.match(problem)
        told.append({"line": int(named[1]) if named else 0, "text": problem[named.end() :] if named else problem})
    return told


def _finding(found: Finding, file: ClientFile | None) -> dict[str, Any]:
    line = (file.lines.line(found.path) if file else None) or 1
    told = {"severity": found.severity.value, "path": found.path, "what": found.what, "remedy": found.remedy}
    return told | {"line": line}


def _checked(file: ClientFile, checked: Checked) -> dict[str, Any]:
    failed = [{"line": one.line, "path": one.path, "account": list(one.account)} for one in checked.failed]
    findings = [_finding(found, file) for found in checked.findings]
    return {"findings": findings, "examples": checked.examples, "failed": failed}


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _roster_lines(day: RosterDay) -> list[tuple[str, Span]]:
    """(hours, span) of a day that need somebody; opening hours between two spans of the same people are not told.

    One line without hours when the same people have all of it.
    """
    lines: list[Span] = []
    for span in (span for span in day.spans if span.needed):
        if lines and lines[-1].contacts == span.contacts and not span.hole:
            lines[-1] = replace(lines[-1], ends_min=span.ends_min)
        else:
            lines.append(span)
    if len(lines) == 1 and not lines[0].hole:
        return [("", lines[0])]
    return [(f"{_clock(span.begins_min)}–{_clock(span.ends_min)}", span) for span in lines]
