"""Agents on telephones before the synthetic Twilio: a desk in memory, a floor that plays on the live stream, the house."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import numpy as np
from twilio.request_validator import RequestValidator

from tests.fakes.agents_desk import AgentsInMemory
from tests.fakes.instructions import heating_engineer
from tests.telephony.loopback import SECRET, house_settings, serving
from tests.telephony.stub_desk import NUMBER, StubDesk, Talk, tone
from voicebot.channels.allowed_numbers import OnlyTheseNumbers
from voicebot.domain.agent import Role, User
from voicebot.domain.call import Call
from voicebot.domain.card import Card
from voicebot.domain.events import CallEvent
from voicebot.domain.handoff import Handoff, Hint, Returned, Taker
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused, UnknownCall, UnknownUser
from voicebot.handoff.ports import HeadsetTicket, LiveCall, Purpose
from voicebot.handoff.telephones import FloorFacts, Telephones
from voicebot.quality.carried_call import FRAME_SAMPLES, CallToPlace, CarriedCall, Moment
from voicebot.quality.synthetic_callees import Callee, presses
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.quality.synthetic_twilio_books import PlacedCall
from voicebot.speech.ports import Pcm
from voicebot.telephony.agent_door import AgentTelephones
from voicebot.telephony.agent_telephone import TwilioAgentTelephone
from voicebot.telephony.app import phone_app
from voicebot.telephony.twilio_rest import TwilioAccount, TwilioHttp

CALLER = "+33639980050"
CLAIRE, PAUL = "+33639980011", "+33639980012"
PHONES = {"claire.petit": CLAIRE, "paul.roy": PAUL}
PRIVATE = "Madame Durand"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def takes(then: str = "1") -> Callee:
    """Hears the briefing, then presses."""
    return presses(then).ringing_for(0.2)


def card_of(call: Call, events: Sequence[CallEvent], instructions: Instructions, now: datetime) -> Card:
    del events, now
    return Card(
        call=call.id,
        client=call.client,
        client_name=instructions.identity.name,
        language=call.language,
        number=call.caller_number,
        who=PRIVATE,
        what="fuite d'eau sous la chaudière",
        why="demande une personne",
        urgency=UrgencyLevel.P1,
        urgency_words="ça coule partout",
        promised=("Quelqu'un vous rappelle avant midi.",),
        missing=("address",),
        lines=(),
        said=(),
        wanted="",
        dangers=(),
        started_at=call.started_at,
        turns=4,
        rehearsal=False,
    )


class Rows:
    """Calls by id (handoff.telephones.Calls)."""

    def __init__(self) -> None:
        self.by_id: dict[str, Call] = {}

    async def call(self, call_id: str) -> Call:
        if call_id not in self.by_id:
            raise UnknownCall(f"No call {call_id}.")
        return self.by_id[call_id]

    async def events(self, call_id: str, after: int = 0) -> list[CallEvent]:
        del call_id, after
        return []


@dataclass
class Floor:
    """A handoff.ports.LiveFloor over the stub desk's streams: the announcement is a tone.

    announced, returned: in order. stuck: an announcement that is never over. before: told when one begins.
    """

    reception: StubDesk
    announced: list[tuple[str, Taker]] = field(default_factory=list)
    returned: list[tuple[str, Returned]] = field(default_factory=list)
    stuck: bool = False
    elsewhere: bool = False
    before: Callable[[], None] = lambda: None

    async def announce(self, call_id: str, handoff: str, taker: Taker) -> None:
        del handoff
        if self.elsewhere:
            raise HandoffRefused("elsewhere", "The call is in another process.")
        talk = self._talk(call_id)
        self.before()
        self.announced.append((call_id, taker))
        await talk.say(tone(440, 200), "announced")
        while self.stuck or "announced" not in talk.marks:
            if talk.stopped:
                raise HandoffRefused("over", "The caller has hung up.")
            await asyncio.sleep(0.01)

    async def return_caller(self, call_id: str, returned: Returned) -> None:
        self._talk(call_id)
        self.returned.append((call_id, returned))

    def _talk(self, call_id: str) -> Talk:
        for talk in self.reception.talks:
            if talk.call_id == call_id and not talk.stopped:
                return talk
        raise HandoffRefused("elsewhere", "No such call on the line.")

    def live(self) -> Sequence[LiveCall]:
        raise AssertionError("telephones do not ask this of the floor")

    def headset(self, call_id: str, user: User, purpose: Purpose, handoff: str = "") -> HeadsetTicket:
        raise AssertionError("telephones do not ask this of the floor")

    async def hint(self, call_id: str, hint: Hint) -> None:
        raise AssertionError("telephones do not ask this of the floor")

    async def hold(self, call_id: str, *, on: bool) -> None:
        raise AssertionError("telephones do not ask this of the floor")

    async def hang_up(self, call_id: str) -> None:
        raise AssertionError("telephones do not ask this of the floor")


class Waiting:
    """A caller who says nothing until they hang up. heard: all frames, each 20 ms."""

    def __init__(self) -> None:
        self.hangs_up = False
        self.heard: list[Pcm] = []

    def live(self, heard: Pcm) -> Moment:
        self.heard.append(heard)
        return Moment(np.zeros(FRAME_SAMPLES, np.int16), hangs_up=self.hangs_up)


class OnTheLine:
    """A caller whose call streams to our house, and the handoff of that call."""

    def __init__(self, house: AgentHouse) -> None:
        self.placed = CallToPlace(NUMBER, CALLER)
        self.person = Waiting()
        self.rest = house.twilio.caller(self.placed)
        carrier = SyntheticCarrier(
            f"{house.address}/twilio/voice",
            status_url=f"{house.address}/twilio/status",
            auth_token=house.twilio.auth_token,
            rest=self.rest,
        )
        self.carrying = asyncio.create_task(carrier.carry(self.placed, self.person))
        self.call_id = f"call-of-{self.placed.call_sid}"
        self.handoff = house.new_handoff(self.call_id, self.placed.call_sid)

    async def hang_up(self) -> CarriedCall:
        self.person.hangs_up = True
        return await self.over()

    async def over(self) -> CarriedCall:
        return await asyncio.wait_for(self.carrying, 5)


@dataclass
class AgentHouse:
    """Everything of one test. spent: calls and SMS so far today. counted: ids of uses."""

    twilio: SyntheticTwilio
    agents: AgentsInMemory
    telephones: Telephones
    telephone: TwilioAgentTelephone
    account: TwilioAccount
    floor: Floor
    rows: Rows
    address: str
    http: httpx.AsyncClient
    reception: StubDesk
    counted: list[str]

    def new_handoff(self, call_id: str, call_sid: str) -> str:
        language = Language.FRENCH
        self.rows.by_id[call_id] = Call(
            id=call_id,
            client="chauffage-tison",
            instructions_version=3,
            caller_number=CALLER,
            dialled_number=NUMBER,
            started_at=NOW,
            language=language,
            carrier="twilio",
            carrier_call_id=call_sid,
        )
        handoff = Handoff(
            f"{call_id}-handoff-1", call_id, "chauffage-tison", language, UrgencyLevel.P1, queued_at=NOW, changed_at=NOW
        )
        self.agents.put(handoff)
        return handoff.id

    async def caller(self) -> OnTheLine:
        caller = OnTheLine(self)
        await until(lambda: any(talk.call_id == caller.call_id for talk in self.reception.talks))
        return caller

    async def ring(self, handoff: str, agent: str = "claire.petit") -> PlacedCall:
        """One offer; the call as the carrier knows it."""
        await self.agents.offer(handoff, agent, PHONES[agent])
        return self.twilio.calls_to(PHONES[agent])[-1]

    async def signed(self, path: str, **form: str) -> httpx.Response:
        """What our house answers to a request that Twilio signed."""
        url = f"{self.address}{path}"
        signature = RequestValidator(self.twilio.auth_token).compute_signature(url, form)
        return await self.http.post(url, data=form, headers={"X-Twilio-Signature": signature})


async def until(happened: Callable[[], object], limit_s: float = 5.0) -> None:
    async with asyncio.timeout(limit_s):
        while not happened():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


async def _user(user_id: str) -> User:
    if user_id not in PHONES:
        raise UnknownUser(f"No user {user_id}.")
    name = " ".join(part.capitalize() for part in user_id.split("."))
    return User(user_id, name, Role.AGENT, phone=PHONES[user_id])


@asynccontextmanager
async def house_of_agents(
    speed: float = 400.0, *, instructions: Instructions | None = None, most_per_day: int = 1000, node: str = ""
) -> AsyncIterator[AgentHouse]:
    """A house on loopback whose Twilio is the synthetic one."""
    known, rows, agents, reception = instructions or heating_engineer(), Rows(), AgentsInMemory(), StubDesk()
    counted: list[str] = []

    async def spent_today() -> int:
        return len(counted)

    async def count(use: str) -> None:
        counted.append(use)

    async def allowed(number: str) -> bool:
        return number in PHONES.values()

    async with SyntheticTwilio(speed=speed) as twilio:
        http = TwilioHttp(twilio.api_url, httpx.AsyncClient(timeout=5, trust_env=False, verify=False))
        account = TwilioAccount(twilio.account_sid, twilio.auth_token, number=twilio.number, house_url="", http=http)
        only = OnlyTheseNumbers(allowed, spent_today, most_per_day=most_per_day)
        telephone = agents.telephone = TwilioAgentTelephone(account, only, count)
        floor = Floor(reception)
        facts = FloorFacts(rows, lambda _: known, _user, card_of, lambda: datetime.now(UTC), node)
        telephones = Telephones(agents, floor, telephone, facts)
        settings = house_settings(twilio_auth_token=twilio.auth_token)
        app = phone_app(reception, settings, SECRET, agents=AgentTelephones(telephones, telephone))
        async with serving(app) as address, httpx.AsyncClient(trust_env=False, timeout=5, verify=False) as browser:
            account.house_url = address
            watching = asyncio.create_task(telephones.watch())
            house = AgentHouse(
                twilio, agents, telephones, telephone, account, floor, rows, address, browser, reception, counted
            )
            yield house
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            await telephones.close()
        await account.close()
