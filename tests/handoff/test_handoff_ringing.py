"""Telephones ring for the queue, and stop in time, whatever becomes of caller, carrier and process."""

from __future__ import annotations

import asyncio

import pytest

from tests.handoff.queue_house import (
    AGENTS,
    TISON,
    QueueHouse,
    RememberingTelephone,
    taker,
    until,
)
from voicebot.domain.agent import AgentState, AgentWay
from voicebot.domain.handoff import HandoffStatus
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.ports import AgentRing

H1 = "c1-handoff-1"


async def test_an_agents_telephone_is_rung_and_hung_up_when_the_caller_goes(house: QueueHouse) -> None:
    telephone = RememberingTelephone()
    desk = house.desk(telephone)
    await house.come(desk, "bob", way=AgentWay.PHONE)
    call = await house.call("c1")
    await desk.step()
    await desk.telephones_done()
    assert telephone.rung == [AgentRing(H1, "bob", AGENTS[1].phone, 20)]
    assert (await desk.handoff(H1)).agent_line == "CA-bob-1"

    await house.hang_up(call)
    await (await house.another_process(telephone)).step()
    await desk.step()
    await asyncio.gather(*(each.telephones_done() for each in house.desks))

    assert telephone.hung_up == ["CA-bob-1"]
    gone, bob = await desk.handoff(H1), await desk.presence("bob")
    assert bob is not None
    assert (gone.status, gone.agent_line, bob.state) == (HandoffStatus.ABANDONED, "", AgentState.AVAILABLE)


async def test_a_person_of_the_client_is_rung_before_agents_and_takes_the_call(house: QueueHouse) -> None:
    telephone = RememberingTelephone()
    desk = house.desk(telephone)
    await house.come(desk, "ana")
    await house.call("c1", to="tison")
    await desk.step()
    await desk.telephones_done()

    assert [(ring.agent, ring.number) for ring in telephone.rung] == [("tison", TISON)]
    taken = await desk.accept(H1, taker("tison", AgentWay.PHONE))
    assert (taken.agent_line, telephone.hung_up) == ("CA-tison-1", [])
    assert [(p.agent, p.state) for p in await desk.presences()] == [("ana", AgentState.AVAILABLE)]


@pytest.mark.parametrize("trial", ["rehearsal", "carrier", "no telephone"])
async def test_no_telephone_rings_where_it_could_not_be_joined(house: QueueHouse, trial: str) -> None:
    telephone = RememberingTelephone()
    desk = HandoffDesk(
        house.book.database,
        house.users.all,
        house.instructions_of,
        house.clock,
        telephone=None if trial == "no telephone" else telephone,
        phone_carriers=("vonage",) if trial == "carrier" else ("twilio",),
    )
    house.desks.append(desk)
    await house.come(desk, "ana")
    await house.call("c1", to="tison", rehearsal=trial == "rehearsal")
    await desk.step()
    await desk.telephones_done()

    assert telephone.rung == []
    assert (await desk.handoff(H1)).ringing == "ana"


async def test_a_carrier_that_refuses_is_passed_over_at_once(house: QueueHouse) -> None:
    telephone = RememberingTelephone(refuses=True)
    desk = house.desk(telephone)
    await house.come(desk, "ana")
    await house.call("c1", to="tison")
    await desk.step()
    await desk.telephones_done()

    c1 = await desk.handoff(H1)
    assert (c1.ringing, c1.passed_over) == ("ana", ("tison",))
    missed = [e.data["why"] for e in await house.book.after_call("c1") if e.kind is Kind.AGENT_MISSED]
    assert missed == ["carrier"]


async def test_a_line_that_is_placed_too_late_is_hung_up_at_once(house: QueueHouse) -> None:
    telephone = RememberingTelephone(held=asyncio.Event())
    desk = house.desk(telephone)
    await house.come(desk, "bob", way=AgentWay.PHONE)
    call = await house.call("c1")
    await desk.step()
    await until(lambda: telephone.rung)

    await house.hang_up(call)
    await desk.step()
    assert telephone.held is not None
    telephone.held.set()
    await desk.telephones_done()

    assert telephone.hung_up == ["CA-bob-1"]
    assert (await desk.handoff(H1)).agent_line == ""


async def test_a_process_that_dies_before_it_rings_loses_no_caller(house: QueueHouse) -> None:
    dead, alive = house.desk(RememberingTelephone(held=asyncio.Event())), await house.another_process(RememberingTelephone())
    house.obey(ring_s=10, max_wait_s=180)
    await house.come(dead, "bob", way=AgentWay.PHONE)
    await house.come(dead, "ana")
    await house.call("c1")
    await dead.step()
    assert (await alive.handoff(H1)).ringing == "bob"
    await dead.close()

    await house.pass_s(alive, 40, "ana")

    c1 = await alive.handoff(H1)
    assert (c1.ringing, c1.passed_over) == ("ana", ("bob",))
