"""The team: who there is, who is here now, who may do what, and the audit of what was seen and heard."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from voicebot.console.access.audit import AuditTrail
from voicebot.console.access.users import People, Person
from voicebot.console.door.own_address import OwnAddress
from voicebot.console.frame import Frame, json_answer
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind
from voicebot.domain.agent import AgentState, Role, User
from voicebot.domain.language import Language
from voicebot.store.audit_book import AuditWanted

ZONE = ZoneInfo("Europe/Paris")
"""Of the days that filters name: that of the floor."""


class Written(BaseModel):
    """A user as the form sends it."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(max_length=200)]
    role: Role
    email: Annotated[str, Field(max_length=254)] = ""
    clients: Annotated[list[str], Field(max_length=2000)] = []
    languages: Annotated[list[Language], Field(max_length=10)] = []
    phone: Annotated[str, Field(max_length=40)] = ""
    language: Language = Language.FRENCH

    def user(self, user_id: str) -> User:
        fields = self.model_dump(exclude={"id"})
        return User(id=user_id, **fields | {"clients": tuple(self.clients), "languages": tuple(self.languages)})


class Added(Written):
    id: Annotated[str, Field(max_length=64)]


class Activity(BaseModel):
    model_config = ConfigDict(extra="forbid")

    active: bool


def routes(house: ConsoleHouse, frame: Frame) -> APIRouter:
    router = APIRouter(include_in_schema=False)
    people, trail, own = People(house), AuditTrail(house), OwnAddress(house.settings)

    @router.get("/agents")
    async def team(request: Request) -> Response:
        visitor = await frame.visitor(request)
        return frame.page(
            visitor,
            "agents.html",
            people=await people.all(visitor),
            roles=list(Role),
            languages=list(Language),
            known_clients=visitor.clients(Kind.USERS, house.known_clients()),
            may_change=visitor.may(Kind.USERS, Deed.CHANGE),
            state_of=_state_of,
        )

    @router.get("/agents/people")
    async def presences(request: Request) -> Response:
        visitor = await frame.visitor(request)
        return json_answer([_shown(person) for person in await people.all(visitor)])

    @router.post("/agents/people")
    async def add(request: Request, written: Added) -> Response:
        await people.add(await frame.visitor(request), written.user(written.id))
        return Response(status_code=204)

    @router.post("/agents/people/{user_id}")
    async def change(request: Request, user_id: str, written: Written) -> Response:
        await people.change(await frame.visitor(request), written.user(user_id))
        return Response(status_code=204)

    @router.post("/agents/people/{user_id}/active")
    async def set_active(request: Request, user_id: str, activity: Activity) -> Response:
        await people.set_active(await frame.visitor(request), user_id, active=activity.active)
        return Response(status_code=204)

    @router.post("/agents/people/{user_id}/link")
    async def link(request: Request, user_id: str) -> Response:
        visitor = await frame.visitor(request)
        return json_answer({"address": await people.sign_in_link(visitor, user_id, own.base(request))})

    _add_audit(router, frame, trail, house)
    return router


def _add_audit(router: APIRouter, frame: Frame, trail: AuditTrail, house: ConsoleHouse) -> None:
    @router.get("/agents/audit")
    async def audit(
        request: Request,
        user: Annotated[str, Query(max_length=64)] = "",
        deed: Annotated[str, Query(max_length=48)] = "",
        kind: Annotated[str, Query(max_length=24)] = "",
        subject: Annotated[str, Query(max_length=160)] = "",
        client: Annotated[str, Query(max_length=64)] = "",
        since: str = "",
        until: str = "",
        page: Annotated[int, Query(ge=1, le=1_000_000)] = 1,
    ) -> Response:
        visitor = await frame.visitor(request)
        last_day = _day(until)
        wanted = AuditWanted(
            user=user.strip(),
            deed=deed,
            kind=kind,
            subject=subject.strip(),
            client=client,
            since=_begins(_day(since)),
            until=_begins(last_day + timedelta(days=1)) if last_day else None,
        )
        found = await trail.page(visitor, wanted, page)
        filters = {"user": user, "deed": deed, "kind": kind, "subject": subject, "client": client}
        return frame.page(
            visitor,
            "agents_audit.html",
            found=found,
            filters=filters | {"since": since, "until": until},
            deeds=await trail.deeds(visitor),
            kinds=[kind.value for kind in Kind],
            known_clients=visitor.clients(Kind.AUDIT, house.known_clients()),
        )


def _state_of(person: Person) -> str:
    return (person.presence.state if person.presence else AgentState.OFFLINE).value


def _shown(person: Person) -> dict[str, Any]:
    """What the page looks up again and again."""
    since = person.presence.since.isoformat() if person.presence else ""
    return {"id": person.user.id, "state": _state_of(person), "since": since}


def _day(written: str) -> date | None:
    try:
        return date.fromisoformat(written)
    except ValueError:
        return None


def _begins(day: date | None) -> datetime | None:
    return datetime.combine(day, time(), ZONE) if day else None
