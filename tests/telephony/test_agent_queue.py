"""The whole way with the real queue, rows and card: an agent's telephone is rung, briefed, joined, lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from tests.fakes.instructions import heating_engineer
from tests.telephony.agents_on_telephones import CALLER, CLAIRE, PAUL, PHONES, Floor, Waiting, until
from tests.telephony.loopback import SECRET, house_settings, serving
from tests.telephony.stub_desk import NUMBER, StubDesk
from voicebot.channels.allowed_numbers import OnlyTheseNumbers
from voicebot.domain.agent import AgentWay, Role, User
from voicebot.domain.call import Call, EndReason
from voicebot.domain.details import CALLER_NAME, Detail
from voicebot.domain.handoff import Handoff, HandoffStatus, Why
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.telephones import FloorFacts, Telephones
from voicebot.policy.card import card_of
from voicebot.quality.carried_call import CallToPlace, CarriedCall
from voicebot.quality.synthetic_callees import no_answer, presses, voicemail
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook
from voicebot.store.user_book import UserBook
from voicebot.telephony.agent_door import AgentTelephones
from voicebot.telephony.agent_telephone import TwilioAgentTelephone
from voicebot.telephony.app import phone_app
from voicebot.telephony.twilio_rest import TwilioAccount, TwilioHttp
from voicebot.voice.line import Opening

USERS = {
    user_id: User(user_id, name, Role.AGENT, phone=PHONES[user_id])
    for user_id, name in (("claire.petit", "Claire Petit"), ("paul.roy", "Paul Roy"))
}


@dataclass
class QueuedCaller:
    call: Call
    handoff: str
    person: Waiting
    carrying: asyncio.Task[CarriedCall]


@dataclass
class RealHouse:
    """Everything of one test."""

    twilio: SyntheticTwilio
    book: CallBook
    desk: HandoffDesk
    reception: StubDesk
    floor: Floor
    address: str

    async def caller(self) -> QueuedCaller:
        """On the line, and in the queue."""
        placed, person = CallToPlace(NUMBER, CALLER), Waiting()
        carrier = SyntheticCarrier(
            f"{self.address}/twilio/voice",
            status_url=f"{self.address}/twilio/status",
            auth_token=self.twilio.auth_token,
            rest=self.twilio.caller(placed),
        )
        carrying = asyncio.create_task(carrier.carry(placed, person))
        call_id, now = f"call-of-{placed.call_sid}", datetime.now(UTC)
        await until(lambda: any(talk.call_id == call_id for talk in self.reception.talks))
        call = Call(
            id=call_id,
            client="chauffage-tison",
            instructions_version=3,
            caller_number=CALLER,
            dialled_number=NUMBER,
            started_at=now,
            language=Language.FRENCH,
            carrier="twilio",
            carrier_call_id=placed.call_sid,
            details={CALLER_NAME: Detail("Anne Durand", "Anne Durand")},
        )
        handoff = Handoff(f"{call_id}-handoff-1", call_id, call.client, Language.FRENCH, UrgencyLevel.P1, now, now)
        await self.book.save(call, (), queued=(handoff,))
        return QueuedCaller(call, handoff.id, person, carrying)

    async def come(self, *agents: str) -> None:
        for agent in agents:
            await self.desk.come(USERS[agent], (), (Language.FRENCH,), AgentWay.PHONE)

    async def reaches(self, handoff_id: str, status: HandoffStatus) -> Handoff:
        async with asyncio.timeout(8):
            while (handoff := await self.desk.handoff(handoff_id)).status is not status:  # noqa: ASYNC110
                await asyncio.sleep(0.01)
        return handoff

    async def hang_up(self, caller: QueuedCaller) -> None:
        caller.person.hangs_up = True
        carried = await asyncio.wait_for(caller.carrying, 5)
        assert carried.trouble == ()
        await self.book.save(replace(caller.call, ended=EndReason.CALLER_HUNG_UP), ())
        self.desk.wake()


def _clock() -> datetime:
    return datetime.now(UTC)


@asynccontextmanager
async def real_house(folder: Path, speed: float = 60.0) -> AsyncIterator[RealHouse]:
    known, reception = heating_engineer(), StubDesk()
    book = await CallBook.open(f"sqlite:///{folder / 'voicebot.db'}", reserve_bytes=0)
    ladders, users = LadderBook(book.database), UserBook(book.database)
    for user in USERS.values():
        await users.add(user)

    async def count(use: str) -> None:
        await ladders.note_use(use, "call", "", _clock())

    async def spent_today() -> int:
        return await ladders.uses_in_a_day(_clock())

    async with SyntheticTwilio(speed=speed) as twilio:
        http = TwilioHttp(twilio.api_url, httpx.AsyncClient(timeout=5, trust_env=False, verify=False))
        account = TwilioAccount(twilio.account_sid, twilio.auth_token, number=twilio.number, house_url="", http=http)
        only = OnlyTheseNumbers(lambda number: number in (CLAIRE, PAUL), spent_today, most_per_day=100)
        telephone = TwilioAgentTelephone(account, only, count)
        desk = HandoffDesk(book.database, users.all, lambda _: known, _clock, telephone=telephone)
        floor = Floor(reception)
        telephones = Telephones(desk, floor, telephone, FloorFacts(book, lambda _: known, users.user, card_of, _clock))
        app = phone_app(
            reception,
            house_settings(twilio_auth_token=twilio.auth_token),
            SECRET,
            agents=AgentTelephones(telephones, telephone),
        )
        working = [asyncio.create_task(desk.step_forever(0.05)), asyncio.create_task(telephones.watch())]
        async with serving(app) as address:
            account.house_url = address
            yield RealHouse(twilio, book, desk, reception, floor, address)
            for task in working:
                task.cancel()
            await asyncio.gather(*working, return_exceptions=True)
            await telephones.close()
            await desk.close()
        await account.close()
    await book.close()


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[RealHouse]:
    async with real_house(tmp_path) as house:
        yield house


async def test_the_next_agent_takes_the_call_that_the_first_one_declined(house: RealHouse):
    house.twilio.person(CLAIRE, presses("2").ringing_for(0.2))
    house.twilio.person(PAUL, presses("1").ringing_for(0.2).talking_for(3000))
    await house.come("claire.petit", "paul.roy")
    caller = await house.caller()
    handoff = await house.reaches(caller.handoff, HandoffStatus.TALKING)
    assert (handoff.taker and handoff.taker.name, handoff.passed_over) == ("Paul Roy", ("claire.petit",))
    assert house.twilio.heard_by(CLAIRE)[-1] == "C'est noté, vous ne prenez pas cet appel. Au revoir."
    assert any(
        words.startswith("Anne Durand est en ligne") or "Anne Durand" in words for words in house.twilio.heard_by(PAUL)
    )
    (paul,) = house.twilio.calls_to(PAUL)
    assert house.twilio.rooms.met == [(caller.handoff, (paul.sid, caller.call.carrier_call_id))]
    assert await LadderBook(house.book.database).uses_in_a_day(_clock()) == 2
    await house.hang_up(caller)
    await house.reaches(caller.handoff, HandoffStatus.DONE)
    await house.twilio.settled()
    assert [call.trouble for call in house.twilio.calls if call.direction != "inbound"] == [[], []]


async def test_a_voicemail_and_an_unanswered_telephone_lose_no_caller(house: RealHouse):
    house.twilio.person(CLAIRE, voicemail().ringing_for(0.5))
    house.twilio.person(PAUL, no_answer())
    await house.come("claire.petit", "paul.roy")
    caller = await house.caller()
    handoff = await house.reaches(caller.handoff, HandoffStatus.OVERFLOWED)
    assert handoff.passed_over == ("claire.petit", "paul.roy")
    assert not any("Durand" in words for words in house.twilio.heard_by(CLAIRE))
    await house.hang_up(caller)
    await house.twilio.settled()


async def test_the_caller_is_ours_again_when_the_agents_leg_is_gone(house: RealHouse):
    house.twilio.person(CLAIRE, presses("1").ringing_for(0.2).talking_for(20))
    await house.come("claire.petit")
    caller = await house.caller()
    await house.reaches(caller.handoff, HandoffStatus.TALKING)
    (claire,) = house.twilio.calls_to(CLAIRE)
    await until(lambda: claire.over)
    gone = time.monotonic()
    await until(lambda: house.reception.talks[-1].opening is Opening.RESUME)
    assert time.monotonic() - gone < 2.0
    handoff = await house.reaches(caller.handoff, HandoffStatus.RETURNED)
    assert handoff.why is Why.AGENT_LOST
    await house.hang_up(caller)
    await house.twilio.settled()


async def test_given_back_at_the_console(house: RealHouse):
    house.twilio.person(CLAIRE, presses("1").ringing_for(0.2).talking_for(3000))
    await house.come("claire.petit")
    caller = await house.caller()
    await house.reaches(caller.handoff, HandoffStatus.TALKING)
    await house.desk.give_back(caller.handoff, "claire.petit", None)
    given = time.monotonic()
    await until(lambda: house.reception.talks[-1].opening is Opening.RESUME)
    assert time.monotonic() - given < 2.0
    await until(lambda: house.twilio.calls_to(CLAIRE)[0].over)
    assert house.twilio.heard_by(CLAIRE)[-1] == "L'appelant n'est plus avec vous. Au revoir."
    await house.hang_up(caller)
    await house.twilio.settled()


async def test_a_telephone_that_rings_stops_when_the_caller_hangs_up(house: RealHouse):
    house.twilio.person(CLAIRE, no_answer())
    await house.come("claire.petit")
    caller = await house.caller()
    await until(lambda: house.twilio.calls_to(CLAIRE) and house.twilio.calls_to(CLAIRE)[0].status == "ringing")
    async with asyncio.timeout(5):
        while not (await house.desk.handoff(caller.handoff)).agent_line:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    (claire,) = house.twilio.calls_to(CLAIRE)
    claire_rang_s = 20 / 60
    began = time.monotonic()
    await house.hang_up(caller)
    await until(lambda: claire.over)
    assert claire.status in ("canceled", "no-answer")
    assert time.monotonic() - began < claire_rang_s + 1.0
    await house.reaches(caller.handoff, HandoffStatus.ABANDONED)
    await house.twilio.settled()
