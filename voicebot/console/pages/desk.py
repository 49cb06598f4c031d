"""The page Desk: an agent's state, the queue, the call that rings or is theirs with its card, and promised callbacks."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.console.access.queue import QueueAccess
from voicebot.console.event_stream import DESK, Bells, stream
from voicebot.console.frame import Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.pages.desk_stream import DeskStream
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.agent import AgentState, AgentWay
from voicebot.domain.callback import CallbackStatus
from voicebot.domain.handoff import Returned, Taker, Task, TaskKind, Why
from voicebot.domain.language import Language
from voicebot.errors import HandoffRefused
from voicebot.handoff.ports import Purpose
from voicebot.understanding.tasks import task_of


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StateWish(_Body):
    """clients, languages: to cover, () for all; looked at when state is available. reason: of a pause."""

    state: Literal["available", "paused", "offline"]
    reason: str = Field(default="", max_length=200)
    clients: tuple[str, ...] = ()
    languages: tuple[Language, ...] = ()
    way: AgentWay = AgentWay.BROWSER


class HoldWish(_Body):
    on: bool


class TaskWish(_Body):
    """A task that was chosen (kind), or typed (words)."""

    kind: TaskKind | None = None
    detail: str = Field(default="", max_length=64)
    text: str = Field(default="", max_length=64)
    words: str = Field(default="", max_length=300)


class CorrectionWish(_Body):
    detail: str = Field(min_length=1, max_length=64)
    now: str = Field(min_length=1, max_length=1000)


class CallbackWish(_Body):
    status: CallbackStatus
    note: str = Field(default="", max_length=500)


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    page = DeskPage(house, frame)
    router = APIRouter()
    router.add_api_route("/desk", page.show, methods=["GET"])
    router.add_api_route("/desk/events", page.events, methods=["GET"])
    router.add_api_route("/desk/state", page.state, methods=["POST"])
    router.add_api_route("/desk/handoffs/{handoff}", page.handoff, methods=["GET"])
    for name in ("accept", "decline", "give-back", "hold", "hang-up"):
        router.add_api_route(f"/desk/handoffs/{{handoff}}/{name}", getattr(page, name.replace("-", "_")), methods=["POST"])
    router.add_api_route("/desk/calls/{call}/corrections", page.correct, methods=["POST"])
    router.add_api_route("/desk/callbacks/{callback}", page.callback, methods=["POST"])
    return router


class DeskPage:
    """One per process."""

    def __init__(self, house: ConsoleHouse, frame: Frame) -> None:
        self._house = house
        self._frame = frame
        self._bells = Bells(house.agents, house.watch)
        self._access = QueueAccess(house, self._bells)
        self._stream = DeskStream(house, self._bells, self._access)

    async def show(self, request: Request) -> Response:
        visitor = await self._frame.visitor(request)
        require(visitor, Kind.QUEUE)
        clients = visitor.clients(Kind.QUEUE, self._house.known_clients())
        return self._frame.page(
            visitor,
            "desk.html",
            clients=[(client, self._access.client_name(client)) for client in clients],
            languages=[one.value for one in visitor.user.languages],
            phone=visitor.user.phone,
        )

    async def events(self, request: Request) -> Response:
        visitor = await self._frame.visitor(request)
        require(visitor, Kind.QUEUE)
        return stream(self._stream.events(visitor, request.headers.get("last-event-id", "")))

    async def state(self, request: Request, wish: StateWish) -> Response:
        visitor = await self._frame.visitor(request)
        require(visitor, Kind.QUEUE, Deed.CHANGE)
        if wish.state == "available":
            await self._come(visitor, wish)
        else:
            await self._house.agents.set_state(visitor.user.id, AgentState(wish.state), wish.reason)
        return json_answer({})

    async def handoff(self, request: Request, handoff: str) -> Response:
        """Who has it: asked by whoever came too late."""
        found = await self._access.handoff(await self._frame.visitor(request), handoff)
        return json_answer({"status": found.status.value, "taker": found.taker.name if found.taker else ""})

    async def accept(self, request: Request, handoff: str) -> Response:
        """The ticket of the headset that talks with the caller."""
        visitor = await self._frame.visitor(request)
        offered = await self._access.handoff(visitor, handoff, Deed.CHANGE)
        taker = Taker(visitor.user.id, visitor.user.name)
        taken = await self._house.agents.accept(offered.id, taker)
        try:
            ticket = self._house.floor.headset(taken.call, visitor.user, Purpose.TALK, taken.id)
        except HandoffRefused:
            await self._house.agents.not_taken(taken.id, Why.NOT_CONNECTED)
            raise
        await self._note(visitor, "accepted", taken.id, taken.client)
        return json_answer({"path": ticket.path, "token": ticket.token, "call": ticket.call, "handoff": taken.id})

    async def decline(self, request: Request, handoff: str) -> Response:
        visitor = await self._frame.visitor(request)
        offered = await self._access.handoff(visitor, handoff, Deed.CHANGE)
        await self._house.agents.decline(offered.id, visitor.user.id)
        return json_answer({})

    async def give_back(self, request: Request, handoff: str, wish: TaskWish) -> Response:
        """{"task": …}; 422 with the reason "not_understood" when typed words name nothing that the receptionist can do."""
        visitor = await self._frame.visitor(request)
        mine = await self._access.mine(visitor, handoff)
        task = self._task(visitor, mine.client, wish)
        if task is None:
            return json_answer({"error": "task", "reason": "not_understood"}, 422)
        given = await self._house.agents.give_back(mine.id, visitor.user.id, task)
        await self._house.floor.return_caller(given.call, Returned(Why.GIVEN_BACK, mine.taker, task))
        await self._note(visitor, "gave_back", mine.id, mine.client)
        return json_answer({"task": {"kind": task.kind.value, "detail": task.detail, "text": task.text}})

    async def hold(self, request: Request, handoff: str, wish: HoldWish) -> Response:
        mine = await self._access.mine(await self._frame.visitor(request), handoff)
        await self._house.floor.hold(mine.call, on=wish.on)
        return json_answer({})

    async def hang_up(self, request: Request, handoff: str) -> Response:
        visitor = await self._frame.visitor(request)
        mine = await self._access.mine(visitor, handoff)
        await self._house.floor.hang_up(mine.call)
        await self._note(visitor, "hung_up", mine.id, mine.client)
        return json_answer({})

    async def correct(self, request: Request, call: str, wish: CorrectionWish) -> Response:
        await self._access.correct(await self._frame.visitor(request), call, wish.detail, wish.now.strip())
        return json_answer({})

    async def callback(self, request: Request, callback: str, wish: CallbackWish) -> Response:
        visitor = await self._frame.visitor(request)
        promised = await self._access.callback(visitor, callback)
        await self._house.agents.change_callback(promised.id, visitor.user.id, wish.status, wish.note)
        await self._note(visitor, f"callback_{wish.status.value}", promised.id, promised.client)
        self._bells.ring(DESK)
        return json_answer({})

    async def _come(self, visitor: Visitor, wish: StateWish) -> None:
        """Raises: NotAllowed, HandoffRefused (no_phone)."""
        for client in wish.clients:
            require(visitor, Kind.QUEUE, Deed.CHANGE, client)
        if wish.way is AgentWay.PHONE and not visitor.user.phone:
            raise HandoffRefused("no_phone", f"{visitor.user.id} has no telephone number.", "Add it on the page Team.")
        languages = [one for one in wish.languages if one in visitor.user.languages]
        await self._house.agents.come(visitor.user, wish.clients, languages, wish.way)

    def _task(self, visitor: Visitor, client: str, wish: TaskWish) -> Task | None:
        if wish.kind is not None:
            return Task(wish.kind, wish.detail, wish.text, visitor.user.id)
        found = task_of(wish.words, self._house.clients().of(client), visitor.language)
        return Task(found.kind, found.detail, found.text, visitor.user.id) if found else None

    async def _note(self, visitor: Visitor, deed: str, subject: str, client: str) -> None:
        await self._house.audit.note(visitor, deed, Kind.QUEUE.value, subject, client=client)
