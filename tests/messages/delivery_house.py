"""A house that delivers, for tests: a real database and engine, fast hours, doubles of the channels and of the writer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.instructions import heating_engineer
from voicebot.channels.ports import Letter, Sender
from voicebot.domain.call import Call
from voicebot.domain.delivery import Channel, Delivery
from voicebot.domain.details import CALLER_NAME, Detail
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import Dispatch
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.message_event import MessageEvent
from voicebot.domain.tempo import Tempo
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.domain.work import Work, WorkKind
from voicebot.errors import UnknownClient
from voicebot.messages.delivery import Deliveries
from voicebot.messages.terms import Terms
from voicebot.policy.deliveries import content_of
from voicebot.store import CallBook
from voicebot.store.delivery_book import DeliveryBook, Recorded
from voicebot.store.durable import durable_engine

MORNING = datetime(2026, 11, 23, 9, 20, tzinfo=UTC)
OPERATOR = "operator@example.org"
CLIENT = "chauffage-tison"


def fast_tempo(speed: float, began: datetime = MORNING) -> Tempo:
    """`speed` seconds of the house pass in a real one."""
    start_s = time.monotonic()
    return Tempo(lambda: began + timedelta(seconds=(time.monotonic() - start_s) * speed), speed)


def client_with(*rules: dict[str, Any], people: Mapping[str, Any] | None = None) -> Instructions:
    """Chauffage Tison with these rules of delivery. people: changes by id."""
    base = heating_engineer()
    reached = {
        "tison": {"email": "tison@example.org", "phones": ("+33199001010", "+33639980101")},
        "lambert": {"email": "lambert@example.org", "phones": ("+33639980102",)},
    }
    changes = {**reached, **(people or {})}
    everybody = tuple(p.model_copy(update=changes.get(p.id, {})) for p in base.people)
    return base.model_copy(update={"people": everybody, "deliveries": tuple(Delivery.model_validate(r) for r in rules)})


BY_MAIL = {"id": "office", "channel": "email", "to": ["lambert"]}


def a_call(call_id: str, *, client: str = CLIENT) -> Call:
    return Call(
        id=call_id,
        client=client,
        instructions_version=3,
        caller_number="+33639980110",
        dialled_number="+33199001009",
        started_at=MORNING,
        language=Language.FRENCH,
        carrier_call_id=call_id,
    )


def a_message(
    call_id: str, level: UrgencyLevel = UrgencyLevel.P3, *, client: str = CLIENT, name: str = "Zoé Durand", **changes: Any
) -> Message:
    message = Message(
        id=f"{call_id}-message",
        call=call_id,
        client=client,
        instructions_version=3,
        state=MessageState.COMPLETE,
        taken_at=MORNING,
        language=Language.FRENCH,
        number_shown="+33639980110",
        scenario="quote",
        scenario_title="demande de devis",
        urgency=Urgency(level, "house"),
        person_wanted=None,
        human_wanted=False,
        details={CALLER_NAME: Detail(name, name)},
        missing=(),
        verbatim=("Bonjour, je voudrais un devis.",),
    )
    return replace(message, **changes)


class PlainWriter:
    """A messages.terms.LetterWriter whose letters tell what they are made of.

    poison: calls whose letter cannot be written.
    """

    def __init__(self) -> None:
        self.poison: set[str] = set()

    def one(
        self,
        dispatch: Dispatch,
        recorded: Recorded,
        instructions: Instructions,
        rule: Delivery,
        now: datetime,
        *,
        updated: bool,
    ) -> Letter:
        del instructions, rule, now
        if dispatch.call in self.poison:
            raise ZeroDivisionError("a fault of one message")
        text = f"{'update ' * updated}{dispatch.call} {recorded.message.details[CALLER_NAME].value}"
        return Letter(dispatch.id, dispatch.channel, dispatch.address, text, subject=content_of(recorded.message))

    def gathered(
        self,
        digest: Digest,
        parts: Sequence[tuple[Dispatch, Recorded]],
        instructions: Instructions,
        rule: Delivery,
        now: datetime,
    ) -> Letter:
        del instructions, rule, now
        return Letter(digest.id, digest.channel, digest.address, " ".join(dispatch.call for dispatch, _ in parts))

    def alarm(self, identity: str, address: str, dead: Sequence[Dispatch], now: datetime) -> Letter:
        del now
        return Letter(identity, Channel.EMAIL, address, f"dead: {len(dead)}")


@dataclass
class DeliveryHouse:
    """What a test does with it. terms may be changed before `working`."""

    calls: CallBook
    book: DeliveryBook
    deliveries: Deliveries
    tempo: Tempo
    writer: PlainWriter

    async def hang_up(self, *messages: Message, revision: str = "final") -> None:
        """Saves each message with the work that follows its call."""
        for message in messages:
            call = a_call(message.call, client=message.client)
            work = Work(f"{call.id}-deliver-{revision}", WorkKind.DELIVER, call.id, revision)
            await self.calls.save(call, (), message, (work,))

    async def dispatches(self, call: str) -> list[Dispatch]:
        return await self.book.read(lambda rows: rows.of_call(call, lock=False))

    async def events(self, call: str) -> list[MessageEvent]:
        return await self.calls.after_call(call)

    async def statuses(self, call: str) -> dict[str, str]:
        """Status by "<rule> <channel>"."""
        return {f"{d.rule} {d.channel}": d.status.value for d in await self.dispatches(call)}

    async def until(self, call: str, **wanted: str) -> dict[str, str]:
        """Waits for statuses, written office_email="sent"."""
        expected = {name.replace("_", " "): status for name, status in wanted.items()}
        found: dict[str, str] = {}

        async def there() -> bool:
            nonlocal found
            found = await self.statuses(call)
            return found == expected

        await eventually(there, lambda: f"{found} never became {expected}")
        return found


async def eventually(happened: Callable[[], Any], told: Callable[[], str] = lambda: "", limit_s: float = 40.0) -> None:
    deadline = time.monotonic() + limit_s
    while True:
        answer = happened()
        if await answer if asyncio.iscoroutine(answer) else answer:
            return
        assert time.monotonic() < deadline, told() or "it never happened"
        await asyncio.sleep(0.02)


@asynccontextmanager
async def delivery_house(
    database: str,
    senders: Mapping[Channel, Sender],
    *clients: Instructions,
    speed: float = 2000.0,
    working: bool = True,
    operator_email: str = OPERATOR,
    tempo: Tempo | None = None,
    writer: Any = None,
    node: str = "house",
) -> AsyncIterator[DeliveryHouse]:
    """Opens the house and, unless told otherwise, its engine."""
    by_id = {client.id: client for client in clients}

    def instructions_of(client: str) -> Instructions:
        if client not in by_id:
            raise UnknownClient("clients", [f"no client {client}"])
        return by_id[client]

    calls = await CallBook.open(database, reserve_bytes=0)
    pace = tempo or fast_tempo(speed)
    terms = Terms(instructions_of, pace, operator_email=operator_email, chance=lambda: 0.5, send_limit_s=3.0)
    plain = writer or PlainWriter()
    deliveries = Deliveries(calls.database, terms, plain, senders)
    house = DeliveryHouse(calls, DeliveryBook(calls.database), deliveries, pace, plain)
    try:
        if working:
            async with durable_engine(calls.database, deliveries.register, queue_poll_s=0.02, wake_poll_s=0.02, node=node):
                yield house
        else:
            yield house
    finally:
        await calls.close()
