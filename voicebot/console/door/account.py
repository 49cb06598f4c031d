"""One's own account: language of the pages, telephone, password."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.console.access.users import People
from voicebot.console.door.door import Door
from voicebot.console.door.passwords import SHORTEST
from voicebot.console.frame import Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.domain.language import Language


class Own(BaseModel):
    model_config = ConfigDict(extra="forbid")

    language: Language
    phone: Annotated[str, Field(max_length=40)] = ""


class NewPassword(BaseModel):
    model_config = ConfigDict(extra="forbid")

    current: Annotated[str, Field(max_length=1000)] = ""
    new: Annotated[str, Field(max_length=1000)]


def account_routes(door: Door, house: ConsoleHouse, frame: Frame) -> APIRouter:
    router, people = APIRouter(), People(house)

    @router.get("/account")
    async def account(request: Request) -> Response:
        visitor = await frame.visitor(request)
        has_password = await people.has_password(visitor)
        return frame.page(visitor, "account.html", languages=list(Language), has_password=has_password, shortest=SHORTEST)

    @router.post("/account")
    async def change(request: Request, own: Own) -> Response:
        await people.change_own(await frame.visitor(request), own.language, own.phone)
        return Response(status_code=204)

    @router.post("/account/password")
    async def password(request: Request, written: NewPassword) -> Response:
        visitor = await frame.visitor(request)
        wait_s = door.tries_password(request, visitor)
        if wait_s:
            return json_answer({"error": "too_many", "reason": "too_many"}, 429, {"Retry-After": f"{wait_s:.0f}"})
        await people.change_own_password(visitor, door.passwords, written.current, written.new)
        answer = Response(status_code=204)
        # All their sessions are over: this browser gets a new one.
        door.give_cookie(request, answer, await door.renewed(request, visitor))
        return answer

    return router
