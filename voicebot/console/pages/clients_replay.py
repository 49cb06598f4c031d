"""What a draft changes in past calls, before it is published: progress, then the calls that flip, side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.clients.client_file import LONGEST_FILE_BYTES, ClientFile
from voicebot.console.access.replays import Replaying, Replays, ReplayState
from voicebot.console.frame import Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages.clients_replay_shown import FlipShower, differs
from voicebot.console.scope import Visitor
from voicebot.domain.replay import ReplayReport
from voicebot.errors import InstructionsError, UnknownClient


class _DraftBody(BaseModel):
    model_config = ConfigDict(extra="forbid")

    yaml: Annotated[str, Field(max_length=LONGEST_FILE_BYTES)]


def replay_routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    page = _ReplayPage(house, frame)
    router = APIRouter()
    router.add_api_route("/clients/{client}/replay", page.begin, methods=["POST"])
    router.add_api_route("/clients/{client}/replay", page.state, methods=["GET"])
    router.add_api_route("/clients/{client}/replay/cancel", page.cancel, methods=["POST"])
    return router


class _ReplayPage:
    def __init__(self, house: ConsoleHouse, frame: Frame) -> None:
        self._house = house
        self._frame = frame
        self._replays = Replays(house)

    async def begin(self, request: Request, client: str, body: _DraftBody) -> Response:
        visitor = await self._frame.visitor(request)
        try:
            going = await self._replays.begin(visitor, client, body.yaml)
        except UnknownClient:
            raise
        except InstructionsError:
            # What is wrong with the draft is told where it is checked; it cannot be published anyway.
            return json_answer({"state": ReplayState.UNAVAILABLE.value, "done": 0, "of": 0})
        return self._told(visitor, going)

    async def state(self, request: Request, client: str) -> Response:
        visitor = await self._frame.visitor(request)
        return self._told(visitor, await self._replays.state(visitor, client))

    async def cancel(self, request: Request, client: str) -> Response:
        visitor = await self._frame.visitor(request)
        await self._replays.cancel(visitor, client)
        return json_answer({"state": ReplayState.NONE.value, "done": 0, "of": 0})

    def _told(self, visitor: Visitor, going: Replaying) -> Response:
        told = {"state": going.state.value, "done": going.done, "of": going.of}
        if going.report is None or going.file is None:
            return json_answer(told)
        danger = sum(call.towards_danger for call in going.report.flipped)
        return json_answer(told | {"danger": danger, "html": self._shown(visitor, going.report, going.file)})

    def _shown(self, visitor: Visitor, report: ReplayReport, file: ClientFile) -> str:
        in_force = self._house.clients().instructions.get(report.client)
        files = [file.instructions, *([in_force] if in_force else [])]
        shower = FlipShower(files, visitor.language, self._frame.words("clients", visitor.language))
        flipped = [shower.call(call) for call in report.flipped]
        answer = self._frame.page(
            visitor, "clients_replay.html", report=report, flipped=flipped, line=file.lines.line, differs=differs
        )
        return bytes(answer.body).decode()
