"""The desk of agents on both databases: one claim wins, and processes step side by side."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest

from tests.handoff.queue_house import (
    CLIENT,
    QueueHouse,
    RememberingTelephone,
    refusal,
    taker,
)
from voicebot.domain.agent import AgentState, AgentWay, Role, User
from voicebot.domain.call import EndReason
from voicebot.domain.handoff import HandoffStatus, Task, TaskKind, Why
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused, UnknownHandoff, UnknownUser
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.ports import AgentsDesk

H1, H2 = "c1-handoff-1", "c2-handoff-1"


async def test_a_caller_is_rung_accepted_talked_with_and_given_back_with_a_task(
    house: QueueHouse, desk: HandoffDesk
) -> None:
    port: AgentsDesk = desk
    await house.come(desk, "ana", "bob")
    await house.call("c1")
    await desk.step()

    ringing = await port.handoff(H1)
    assert (ringing.status, ringing.ringing) == (HandoffStatus.RINGING, "ana")
    assert [p.state for p in await desk.presences()] == [AgentState.RINGING, AgentState.AVAILABLE]
    accepted = await desk.accept(H1, taker("ana"))
    assert (accepted.status, accepted.taker, accepted.accepted_at) == (HandoffStatus.ACCEPTED, taker("ana"), house.clock.now)
    await desk.talking(H1, 140.4)
    await desk.talking(H1, 900)
    task = Task(TaskKind.TAKE_DETAIL, detail="address", by="ana")
    assert await refusal(desk.give_back(H1, "bob", task)) == "not_yours"
    returned = await desk.give_back(H1, "ana", task)

    assert (returned.status, returned.why, returned.task) == (HandoffStatus.RETURNED, Why.GIVEN_BACK, task)
    assert await refusal(desk.give_back(H1, "ana", None)) == "over"
    assert (await desk.not_taken(H1, Why.AGENT_LOST)) == returned == (await desk.of_call("c1"))[0]
    ana = await desk.presence("ana")
    assert ana is not None
    assert (ana.state, ana.handoff, ana.idle_since) == (AgentState.WRAP_UP, H1, house.clock.now)
    await house.pass_s(desk, 15, "ana", "bob")
    ana = await desk.presence("ana")
    assert ana is not None
    assert (ana.state, ana.handoff) == (AgentState.AVAILABLE, "")
    events = await house.book.after_call("c1")
    assert [(e.kind, e.data) for e in events] == [
        (Kind.HANDOFF_QUEUED, {"handoff": H1, "to": "", "urgency": "p3"}),
        (Kind.AGENT_RUNG, {"handoff": H1, "agent": "ana", "way": "browser"}),
        (Kind.HANDOFF_ACCEPTED, {"handoff": H1, "agent": "ana", "name": "Agent ana", "way": "browser"}),
        (Kind.HANDOFF_TALKING, {"handoff": H1, "agent": "ana", "after_ms": 140}),
        (Kind.HANDOFF_OVER, {"handoff": H1, "status": "returned", "why": "given_back", "agent": "ana"}),
    ]


async def test_of_twenty_who_accept_at_once_in_two_processes_one_has_the_caller(house: QueueHouse) -> None:
    here, there = house.desk(), await house.another_process()
    for number in range(20):
        await house.users.add(User(f"u{number}", f"Agent u{number}", Role.AGENT))
    await house.call("c1")

    tries = [(here if number % 2 else there).accept(H1, taker(f"u{number}")) for number in range(20)]
    ends = await asyncio.gather(*tries, return_exceptions=True)

    winners = [end for end in ends if not isinstance(end, BaseException)]
    assert len(winners) == 1
    assert {end.reason for end in ends if isinstance(end, HandoffRefused)} == {"taken"}
    assert sum(isinstance(end, HandoffRefused) for end in ends) == 19
    assert (await here.handoff(H1)).taker == winners[0].taker
    busy = [p.agent for p in await here.presences()]
    assert winners[0].taker is not None
    assert busy == [winners[0].taker.id]
    assert (await house.kinds("c1")).count("handoff_accepted") == 1


async def test_two_processes_that_step_at_once_ring_nobody_twice_and_miss_nobody(house: QueueHouse) -> None:
    telephones = RememberingTelephone(), RememberingTelephone()
    here, there = house.desk(telephones[0]), await house.another_process(telephones[1])
    await house.come(here, "ana", "bob", "cid", way=AgentWay.PHONE)
    for number in range(1, 5):
        await house.call(f"c{number}")

    for _ in range(5):
        await asyncio.gather(*(desk.step() for desk in (here, there, here, there)))
    await asyncio.gather(here.telephones_done(), there.telephones_done())

    rung = [(ring.handoff, ring.agent) for telephone in telephones for ring in telephone.rung]
    assert sorted(rung) == [(H1, "ana"), (H2, "bob"), ("c3-handoff-1", "cid")]
    assert [h.status for h in await there.queue()] == [HandoffStatus.RINGING] * 3 + [HandoffStatus.WAITING]
    for number in range(1, 4):
        assert (await house.kinds(f"c{number}")).count("agent_rung") == 1


async def test_a_caller_who_hangs_up_while_an_agent_accepts_leaves_nobody_behind(house: QueueHouse) -> None:
    here, there = house.desk(), await house.another_process()
    await house.come(here, "ana")
    for number in range(1, 9):
        house.obey(wrap_up_s=0)
        call = await house.call(f"c{number}")
        await here.step()

        async def answer(handoff: str) -> None:
            with suppress(HandoffRefused):
                await there.accept(handoff, taker("ana"))

        await asyncio.gather(answer(f"c{number}-handoff-1"), house.hang_up(call))
        await there.step()

        ended = await here.handoff(f"c{number}-handoff-1")
        assert ended.status in (HandoffStatus.DONE, HandoffStatus.ABANDONED)
        ana = await here.presence("ana")
        assert ana is not None
        assert ana.state is AgentState.AVAILABLE


async def test_an_end_of_the_call_frees_the_agent_with_the_next_step(house: QueueHouse, desk: HandoffDesk) -> None:
    await house.come(desk, "ana")
    call = await house.call("c1")
    await desk.step()
    await desk.accept(H1, taker("ana"))
    await desk.talking(H1, 100)

    await house.hang_up(call, EndReason.HANDLED)
    await desk.step()

    over, ana = await desk.handoff(H1), await desk.presence("ana")
    assert ana is not None
    assert (over.status, over.why, ana.state) == (HandoffStatus.DONE, Why.AGENT_HUNG_UP, AgentState.WRAP_UP)


async def test_nobody_answers_and_the_caller_is_taken_back(house: QueueHouse, desk: HandoffDesk) -> None:
    house.obey(ring_s=10, max_wait_s=60)
    await house.come(desk, "ana", "bob")
    await house.call("c1")
    await desk.step()

    await house.pass_s(desk, 10, "ana", "bob")
    assert (await desk.handoff(H1)).ringing == "bob"
    await house.pass_s(desk, 10, "ana", "bob")

    over = await desk.standing(H1)
    assert (over.status, over.why, over.position) == (HandoffStatus.OVERFLOWED, Why.NOBODY, 0)
    assert await house.kinds("c1") == [
        *("handoff_queued", "agent_rung", "agent_missed", "agent_rung", "agent_missed", "handoff_over")
    ]


async def test_the_receptionist_makes_a_waiting_caller_more_urgent_or_takes_them_out(
    house: QueueHouse, desk: HandoffDesk
) -> None:
    await house.come(desk, "ana")
    await desk.set_state("ana", AgentState.PAUSED, "café")
    await house.call("c1")
    call = await house.call("c2")
    assert (await desk.standing(H2)).position == 2

    await house.book.save(call, (), queued=(house.handoff("c2", urgency=UrgencyLevel.P0),))
    assert (await desk.standing(H2)).position == 1
    await house.book.save(call, (), queued=(house.handoff("c2", urgency=UrgencyLevel.P3),))
    assert (await desk.handoff(H2)).urgency is UrgencyLevel.P0
    left = house.handoff("c2", status=HandoffStatus.ABANDONED, why=Why.LEFT_QUEUE)
    await house.book.save(call, (), queued=(left,))

    gone = await desk.handoff(H2)
    assert (gone.status, gone.why) == (HandoffStatus.ABANDONED, Why.LEFT_QUEUE)
    assert [h.id for h in await desk.queue()] == [H1]


async def test_a_call_that_nobody_offered_is_taken_over_once(house: QueueHouse, desk: HandoffDesk) -> None:
    call = await house.call("c1", queued=False)
    waiting = await house.call("c2")
    await house.users.add(User("sup", "Sonia Petit", Role.SUPERVISOR))

    ends = await asyncio.gather(
        *(desk.take_over(call, taker(name)) for name in ("sup", "ana", "bob")), return_exceptions=True
    )
    (taken,) = [end for end in ends if not isinstance(end, BaseException)]
    assert [end.reason for end in ends if isinstance(end, HandoffRefused)] == ["taken", "taken"]
    assert (taken.id, taken.status, taken.client) == ("c1-takeover-1", HandoffStatus.ACCEPTED, CLIENT)
    assert taken.taker is not None
    assert await refusal(desk.take_over(waiting, taken.taker)) == "busy"
    other = next(name for name in ("ana", "bob") if name != taken.taker.id)
    assert (await desk.take_over(waiting, taker(other))).id == H2

    await desk.not_taken(taken.id, Why.AGENT_LOST)
    assert (await desk.take_over(call, taken.taker)).id == "c1-takeover-2"
    await house.hang_up(call)
    await desk.step()
    # Whoever asks still sees the call as it was on the line.
    assert await refusal(desk.take_over(call, taken.taker)) == "over"


async def test_ids_that_nobody_knows_are_said_to_be_unknown(house: QueueHouse, desk: HandoffDesk) -> None:
    for deed in (desk.accept("x", taker("ana")), desk.handoff("x"), desk.decline("x", "ana"), desk.standing("x")):
        with pytest.raises(UnknownHandoff):
            await deed
    with pytest.raises(UnknownUser):
        await desk.set_state("nobody", AgentState.PAUSED)
    assert await desk.presence("nobody") is None


async def test_a_client_that_nobody_knows_any_more_is_served_by_the_houses_own_rules(
    house: QueueHouse, desk: HandoffDesk
) -> None:
    await house.come(desk, "ana")
    await house.call("c1", client="parti")
    await desk.step()

    c1 = await desk.handoff(H1)
    assert c1.ringing == "ana"
    assert c1.ring_until is not None
    assert (c1.ring_until - house.clock.now).total_seconds() == 20
