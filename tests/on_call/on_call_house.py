"""A house with people on call for tests: an invented client, one urgent call, a fast clock, the real durable engine."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.fakes.people_on_call import Does, PeoplesTelephones, Post
from voicebot.channels.ports import Sender, Telephone
from voicebot.clients.client_file import read_client_file
from voicebot.domain.call import Call
from voicebot.domain.details import Detail
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Ladder
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.tempo import Tempo
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.errors import InstructionsError
from voicebot.on_call.house import OnCall
from voicebot.policy.follow_up import wake
from voicebot.policy.message import message_of
from voicebot.store import CallBook
from voicebot.store.durable import durable_engine

FICHE = Path(__file__).parents[1] / "fakes" / "fiches" / "ascenseurs-vauban.yaml"
NIGHT = datetime(2026, 11, 24, 2, 15, tzinfo=UTC)
N1, N2, MANAGER, AGENTS = "+33639980102", "+33639980101", "+33639980104", "+33199001199"
CALLER = "+33639980177"
OPERATOR = "operateur@example.org"
SPEED = 100.0


def fast_tempo(speed: float = SPEED, began: float | None = None) -> Tempo:
    """A clock that starts at NIGHT; began: time.time() of that moment, shared by processes."""
    start = time.time() if began is None else began
    return Tempo(lambda: NIGHT + timedelta(seconds=(time.time() - start) * speed), speed)


def client(**on_call: Any) -> Instructions:
    """Ascenseurs Vauban, its roster always in use. N1 is Alain Dupond, N2 Renaud Dupont, who also has an e-mail."""
    fiche = read_client_file(FICHE)
    assert fiche.on_call is not None
    duty = fiche.on_call.model_copy(update={"active": "always", "ring_s": 20, **on_call})
    people = tuple(
        person.model_copy(update={"email": "dupont@example.org"}) if person.id == "dupont" else person
        for person in fiche.people
    )
    return fiche.model_copy(update={"on_call": duty, "people": people})


def urgent_call(call_id: str = "call-1", **changes: Any) -> Call:
    call = Call(
        id=call_id,
        client="ascenseurs-vauban",
        instructions_version=7,
        caller_number=CALLER,
        dialled_number="+33199003001",
        started_at=NIGHT,
        language=Language.FRENCH,
        urgency=Urgency(UrgencyLevel.P1, "breakdown", "on est bloqués"),
        scenario="breakdown",
        details={
            "caller_name": Detail("Mme Durand", "madame durand"),
            "address": Detail("12 rue des Lilas, Lille", "douze rue des lilas"),
        },
        turns=3,
    )
    return replace(call, **changes)


async def save_urgent_call(book: CallBook, call: Call, instructions: Instructions, *, wakes: bool = True) -> None:
    """As the receptionist saves it: the call, its message and the work that follows, in one transaction."""
    message = message_of(call, instructions, NIGHT)
    await book.save(call, (), message, (wake(call),) if wakes else ())


@dataclass
class House:
    book: CallBook
    on_call: OnCall
    telephone: PeoplesTelephones
    sms: Post
    email: Post
    instructions: Instructions

    async def until_over(self, call_id: str = "call-1", limit_s: float = 15.0) -> Ladder:
        """The ladder once it is over; fails when it is not within limit_s real seconds."""

        async def over() -> Ladder | None:
            ladder = await self.on_call.desk.of_call(call_id)
            return ladder if ladder is not None and ladder.over else None

        return await until(over, limit_s)

    async def alarm_mails(self, number: int) -> list[str]:
        """Reasons in the subjects of the operator's first e-mails, once so many have come."""

        async def come() -> bool:
            return len(self.email.to(OPERATOR)) >= number

        await until(come)
        return [mail.subject.split(": ")[1] for mail in self.email.to(OPERATOR)]

    async def told(self, kind: MessageEventKind, call_id: str = "call-1") -> list[MessageEvent]:
        return [event for event in await self.book.after_call(call_id) if event.kind is kind]


async def until(look: Any, limit_s: float = 15.0) -> Any:
    """What `look` finds, as soon as it finds something."""
    async with asyncio.timeout(limit_s):
        while True:
            if found := await look():
                return found
            await asyncio.sleep(0.02)


@asynccontextmanager
async def a_house(
    database: str,
    does: dict[str, tuple[Does, ...]] | None = None,
    *,
    instructions: Instructions | None = None,
    sms_replies: dict[str, str] | None = None,
    speed: float = SPEED,
    agents: str = "",
    unknown_client: bool = False,
    telephone: Telephone | None = None,
    post: Sender | None = None,
    began: float | None = None,
) -> AsyncIterator[House]:
    """The house with its durable engine running. telephone, post: in place of those that play `does` and sms_replies."""
    tempo = fast_tempo(speed, began)
    fiche = instructions or client()

    def instructions_of(call: Call) -> Instructions:
        if unknown_client:
            raise InstructionsError("clients/x.yaml", ["line 1: no such client"])
        return fiche

    book = await CallBook.open(database, now=tempo.now)
    phones = PeoplesTelephones(tempo, does or {})
    sms, email = Post(tempo, sms_replies or {}), Post(tempo)
    on_call = OnCall(
        book,
        instructions_of,
        tempo=tempo,
        telephone=telephone or phones,
        sms=post or sms,
        email=post or email,
        link_of=lambda ladder, contact: f"https://phone.example.org/on-call/{ladder}.{contact}",
        operator_email=OPERATOR,
        agents_number=agents,
    )
    phones.desk = sms.desk = on_call.desk
    async with durable_engine(book.database, on_call.register, queue_poll_s=0.05, wake_poll_s=0.05) as engine:
        yield House(book, on_call, phones, sms, email, fiche)
        await engine.run(_close(phones, sms))
    await book.close()


async def _close(*parts: Any) -> None:
    for part in parts:
        await part.close()
