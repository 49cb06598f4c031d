"""Digests: what is gathered leaves at the full hour in one letter; nothing is missed around the closing moment."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from delivery_house import (
    BY_MAIL,
    MORNING,
    OPERATOR,
    DeliveryHouse,
    a_message,
    client_with,
    delivery_house,
    fast_tempo,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.postgres import running_postgres
from tests.fakes.senders import ScriptedSender, refusal
from voicebot.channels.ports import Taken
from voicebot.domain.delivery import Channel
from voicebot.domain.digest import Digest
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.domain.tempo import Tempo
from voicebot.domain.urgency import UrgencyLevel
from voicebot.messages.planning import Planning
from voicebot.messages.settling import Settling
from voicebot.messages.terms import Terms
from voicebot.policy.deliveries import digest_after, dispatches_for, rule_of
from voicebot.store.delivery_book import DeliveryRows

HOURLY = BY_MAIL | {"gathered": "hourly"}
FULL_HOUR = MORNING.replace(hour=10, minute=0)


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'voicebot.db'}"


async def planned(database: str, client: Instructions, speed: float, *messages: Message) -> None:
    """Messages that came before the full hour, however slow this machine is."""
    terms = Terms(lambda _: client, Tempo(lambda: MORNING, speed))
    planning = Planning(terms, Settling(terms))
    async with delivery_house(database, {}, client, working=False) as house:
        await house.hang_up(*messages)
        for message in messages:
            await house.book.write(lambda rows, call=message.call: planning.plan(rows, call, "final"))


async def test_an_hour_of_messages_is_one_letter_and_urgent_ones_leave_at_once(database: str) -> None:
    client = client_with(HOURLY)
    messages = (a_message("c1"), a_message("c2"), a_message("danger", UrgencyLevel.P0))
    await planned(database, client, 800, *messages)
    tempo = fast_tempo(800)
    mail = ScriptedSender(now=tempo.now)
    async with delivery_house(database, {Channel.EMAIL: mail}, client, tempo=tempo) as house:
        await house.until("danger", office_email="sent")
        await house.until("c1", office_email="sent")
        await house.until("c2", office_email="sent")
        (first,) = await house.dispatches("c1")
        await house.deliveries.desk.dispatch_told(mail.taken[1].id, DispatchStatus.DELIVERED, who="carrier")
        assert await house.statuses("c2") == {"office email": "delivered"}

    assert [sorted(letter.text.split()) for letter in mail.taken] == [["Durand", "Zoé", "danger"], ["c1", "c2"]]
    assert mail.taken[1].id == first.digest
    assert mail.tried_at[1] >= FULL_HOUR


async def test_a_digest_that_fails_goes_by_its_fallback_as_one_letter(database: str) -> None:
    mail = ScriptedSender(lambda letter: None if letter.address == OPERATOR else refusal("rejected", temporary=False))
    sms = ScriptedSender()
    client = client_with(HOURLY | {"fallback": "sms"})
    await planned(database, client, 1500, *(a_message(f"c{n}") for n in range(5)))
    async with delivery_house(database, {Channel.EMAIL: mail, Channel.SMS: sms}, client, speed=1500) as house:
        for n in range(5):
            await house.until(f"c{n}", office_email="failed", office_sms="sent")

    assert len(mail.tried) == 1
    assert [sorted(letter.text.split()) for letter in sms.taken] == [[f"c{n}" for n in range(5)]]


async def test_a_digest_that_is_refused_for_a_while_is_sent_once(database: str) -> None:
    left = [refusal(), refusal()]
    mail = ScriptedSender(lambda _: left.pop() if left else None)
    client = client_with(HOURLY)
    await planned(database, client, 1500, a_message("c1"), a_message("c2"))
    async with delivery_house(database, {Channel.EMAIL: mail}, client, speed=1500) as house:
        await house.until("c1", office_email="sent")
        await house.until("c2", office_email="sent")

    assert len(mail.taken) == 1
    assert len({letter.id for letter in mail.tried}) == 1


def test_a_daily_digest_leaves_at_its_local_hour_in_winter_and_summer() -> None:
    client = client_with(BY_MAIL | {"gathered": "daily", "daily_at": "08:00"})

    def due(now: datetime) -> datetime:
        (dispatch,) = dispatches_for(a_message("c1"), client, now, "final")
        return dispatch.due_at

    assert due(MORNING) == MORNING.replace(day=24, hour=7, minute=0)
    assert due(MORNING.replace(hour=5)) == MORNING.replace(hour=7, minute=0)
    assert due(datetime.fromisoformat("2026-07-01T06:00:00+00:00")).isoformat() == "2026-07-02T06:00:00+00:00"
    assert due(datetime.fromisoformat("2026-03-28T07:00:00+00:00")).isoformat() == "2026-03-29T06:00:00+00:00"


@pytest.fixture
def quiet_house(database: str) -> Iterator[tuple[asyncio.AbstractEventLoop, DeliveryHouse]]:
    """A house whose engine does not run, and the loop to use it on."""
    with asyncio.Runner() as runner:
        opened = delivery_house(database, {}, working=False)
        yield runner.get_loop(), runner.run(opened.__aenter__())
        runner.run(opened.__aexit__(None, None, None))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    arrivals=st.lists(st.integers(-90, 90), min_size=1, max_size=8),
    closings=st.lists(st.integers(0, 120), max_size=3),
    behind_s=st.integers(-60, 60),
)
def test_messages_around_the_closing_moment_are_all_sent_exactly_once(
    quiet_house: tuple[asyncio.AbstractEventLoop, DeliveryHouse],
    arrivals: list[int],
    closings: list[int],
    behind_s: int,
) -> None:
    """arrivals, closings: seconds around the full hour. behind_s: how much the planner's clock is behind the closer's."""
    loop, house = quiet_house
    loop.run_until_complete(_all_sent_once(house, arrivals, closings, behind_s))


_EXAMPLE = itertools.count()


async def _all_sent_once(house: DeliveryHouse, arrivals: list[int], closings: list[int], behind_s: int) -> None:
    client = client_with(HOURLY).model_copy(update={"id": f"client-{next(_EXAMPLE)}"})
    steps = [(at, f"{client.id}-call-{n}") for n, at in enumerate(arrivals)]
    steps += [(at, "") for at in (*closings, 2 * 3600)]
    sent: Counter[str] = Counter()
    opened: dict[str, datetime] = {}
    ran: set[str] = set()
    for at, call in sorted(steps):
        now = FULL_HOUR + timedelta(seconds=at)
        if call:
            await house.hang_up(a_message(call, client=client.id))
            digest = await _plan(house, client, now - timedelta(seconds=behind_s), call)
            opened[digest.id] = digest.due_at
            continue
        # The engine sends each digest once, at its moment: what is added after that would stay.
        for identity in [i for i, due_at in opened.items() if due_at <= now and i not in ran]:
            ran.add(identity)
            sent.update(await _send(house, client, now, identity, opened[identity]))
    assert sent == Counter(call for _, call in steps if call)


def _settling(client: Instructions, now: datetime) -> tuple[Terms, Settling]:
    terms = Terms(lambda _: client, Tempo(lambda: now))
    return terms, Settling(terms)


async def _plan(house: DeliveryHouse, client: Instructions, now: datetime, call: str) -> Digest:
    terms, settling = _settling(client, now)
    planning = Planning(terms, settling)

    def plan(rows: DeliveryRows) -> Digest | None:
        planning.plan(rows, call, "final")
        return rows.digest(rows.of_call(call)[0].digest)

    digest = await house.book.write(plan)
    assert digest is not None
    assert not digest.closed
    return digest


async def _send(house: DeliveryHouse, client: Instructions, now: datetime, identity: str, due_at: datetime) -> list[str]:
    _, settling = _settling(client, now)

    def send(rows: DeliveryRows) -> list[str]:
        parcel = settling.begin(rows, identity, due_at, gathered=True)
        if parcel is None:
            return []
        settling.taken(rows, parcel, Taken("p"), {})
        return [member.call for member in parcel.members]

    return await house.book.write(send)


async def test_many_writers_of_one_digest_and_its_closing_miss_nothing_on_postgresql(tmp_path: Path) -> None:
    client = client_with(HOURLY)
    with running_postgres(tmp_path / "pg") as url:
        async with delivery_house(url, {}, client, working=False) as house:
            calls = [f"c{n}" for n in range(40)]
            await house.hang_up(*(a_message(call) for call in calls))
            before = FULL_HOUR - timedelta(seconds=5)
            (a_dispatch, *_) = dispatches_for(a_message("c0"), client, before, "final")
            due = digest_after(a_dispatch, rule_of(a_dispatch, client), client.identity.zone, before)
            sent: Counter[str] = Counter()
            digests: dict[str, datetime] = {}
            opened = asyncio.Event()

            async def arrive(call: str) -> None:
                digest = await _plan(house, client, before, call)
                digests[digest.id] = digest.due_at
                opened.set()

            async def close() -> None:
                await opened.wait()
                sent.update(await _send(house, client, due.due_at, due.id, due.due_at))

            await asyncio.gather(*(arrive(call) for call in calls), close())
            in_time = sent.total()
            for identity, due_at in digests.items():
                if identity != due.id:
                    sent.update(await _send(house, client, due_at, identity, due_at))
    assert sent == Counter(calls)
    assert 1 <= in_time <= 40


async def test_a_closed_digest_leaves_the_message_to_the_next_hour(database: str) -> None:
    client = client_with(HOURLY)
    async with delivery_house(database, {}, client, working=False) as house:
        await house.hang_up(a_message("c1"), a_message("c2"))
        early = FULL_HOUR - timedelta(minutes=1)
        first = await _plan(house, client, early, "c1")
        assert await _send(house, client, FULL_HOUR, first.id, first.due_at) == ["c1"]
        late = await _plan(house, client, early, "c2")

    assert late.due_at - first.due_at == timedelta(hours=1)
