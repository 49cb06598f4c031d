"""Three processes on one database do everything at once, again and again: nobody waits for ever, nobody has two callers."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable
from contextlib import suppress

import pytest

from tests.handoff.queue_house import AGENTS, QueueHouse, RememberingTelephone, taker
from voicebot.domain.agent import AgentState, AgentWay
from voicebot.domain.call import Call
from voicebot.domain.callback import Callback
from voicebot.domain.handoff import Handoff, Why
from voicebot.errors import HandoffRefused, UnknownHandoff
from voicebot.handoff.desk import HandoffDesk

ROUNDS = 12
AT_ONCE = 8


class Floor:
    """Everything that may happen, chosen at random; refusals are answers, anything else that is raised is a bug."""

    def __init__(self, house: QueueHouse, desks: list[HandoffDesk], seed: int) -> None:
        self.house, self.desks = house, desks
        self.chance = random.Random(seed)
        self.calls: list[Call] = []

    async def do_something(self) -> None:
        desk, agent = self.chance.choice(self.desks), self.chance.choice(AGENTS)
        call = self.chance.choice(self.calls)
        handoff = f"{call.id}-handoff-1"
        way = self.chance.choice(tuple(AgentWay))
        what: Awaitable[object] = self.chance.choice(
            (
                lambda: desk.accept(handoff, taker(agent.id)),
                lambda: desk.accept(handoff, taker(agent.id)),
                lambda: desk.accept(handoff, taker("tison", AgentWay.PHONE)),
                lambda: desk.decline(handoff, agent.id),
                lambda: desk.talking(handoff, 100),
                lambda: desk.give_back(handoff, agent.id, None),
                lambda: desk.not_taken(handoff, Why.AGENT_LOST),
                lambda: desk.take_over(call, taker(agent.id)),
                lambda: desk.come(agent, (), (), way),
                lambda: desk.set_state(agent.id, self.chance.choice((AgentState.AVAILABLE, AgentState.PAUSED))),
                lambda: desk.seen(agent.id),
                lambda: self.house.hang_up(call),
                lambda: self.house.book.save(call, (), queued=(self.promise(call),)),
                desk.step,
                desk.queue,
            )
        )()
        with suppress(HandoffRefused, UnknownHandoff):
            await what

    def promise(self, call: Call) -> Callback:
        handoff = self.house.handoff(call.id)
        return Callback(
            f"{handoff.id}-callback",
            call.id,
            call.client,
            "+33639980199",
            "",
            handoff.language,
            handoff.urgency,
            self.house.clock.now,
            "On vous rappelle.",
        )


def in_hand(handoffs: list[Handoff]) -> Counter[str]:
    """How many callers each human has, or is being offered."""
    return Counter(h.taker.id if h.taker else h.ringing for h in handoffs if h.taker or h.ringing)


@pytest.mark.parametrize("seed", [5, 23])
async def test_whatever_happens_at_once_rows_stay_true(house: QueueHouse, seed: int) -> None:
    telephone = RememberingTelephone()
    here, there, third = (
        house.desk(telephone),
        await house.another_process(telephone),
        await house.another_process(telephone),
    )
    floor = Floor(house, [here, there, third], seed)
    house.obey(ring_s=10, max_wait_s=60, wrap_up_s=5)
    await house.come(here, "ana", "bob", "cid")

    for number in range(ROUNDS):
        floor.calls.append(await house.call(f"c{number}", to=floor.chance.choice(("", "tison"))))
        await asyncio.gather(*(floor.do_something() for _ in range(AT_ONCE)))
        house.clock.pass_s(floor.chance.choice((0.5, 4, 11)))
        await asyncio.gather(*(desk.step() for desk in floor.desks))
        await here.step()
        open_ones = await here.queue()
        assert all(count == 1 for count in in_hand(open_ones).values())
        known = {h.id: h for h in open_ones}
        for presence in await here.presences():
            if presence.state is AgentState.RINGING:
                assert known[presence.handoff].ringing == presence.agent
            if presence.state is AgentState.IN_CALL:
                assert known[presence.handoff].taker == taker(presence.agent)

    for call in floor.calls:
        await house.hang_up(call)
    await here.step()
    house.clock.pass_s(30)
    await asyncio.gather(*(desk.step() for desk in floor.desks))
    await asyncio.gather(*(desk.telephones_done() for desk in house.desks))
    assert await here.queue() == []
    assert {p.state for p in await here.presences()} <= {AgentState.AVAILABLE, AgentState.PAUSED}
    assert len(telephone.hung_up) == len(set(telephone.hung_up))
    for call in floor.calls:
        assert [h.agent_line for h in await here.of_call(call.id) if h.agent_line] == []
        kinds = Counter(e.data["handoff"] for e in await house.book.after_call(call.id) if e.kind.value == "handoff_over")
        assert all(count == 1 for count in kinds.values())
