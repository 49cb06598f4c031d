"""Promised callbacks: a list until somebody has called."""

from __future__ import annotations

import asyncio

import pytest

from tests.handoff.queue_house import (
    QueueHouse,
    refusal,
)
from voicebot.domain.agent import AgentState
from voicebot.domain.callback import CallbackStatus
from voicebot.domain.handoff import HandoffStatus
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused, UnknownHandoff
from voicebot.handoff.desk import HandoffDesk

H1 = "c1-handoff-1"


async def test_callbacks_are_a_list_until_somebody_has_called(house: QueueHouse, desk: HandoffDesk) -> None:
    first = await house.promise("c1")
    house.clock.pass_s(60)
    urgent = await house.promise("c2", urgency=UrgencyLevel.P1)
    assert [c.id for c in await desk.callbacks()] == [urgent.id, first.id]

    mine = await desk.change_callback(first.id, "ana", CallbackStatus.ASSIGNED)
    assert await desk.change_callback(first.id, "ana", CallbackStatus.ASSIGNED) == mine
    assert await refusal(desk.change_callback(first.id, "bob", CallbackStatus.DONE)) == "taken"
    for tries in (1, 2):
        house.clock.pass_s(60)
        unreached = await desk.change_callback(first.id, "ana", CallbackStatus.UNREACHED, "répondeur")
        assert (unreached.tries, unreached.note, unreached.by) == (tries, "répondeur", "ana")
    assert {c.id for c in await desk.callbacks()} == {first.id, urgent.id}
    house.clock.pass_s(60)
    done = await desk.change_callback(first.id, "bob", CallbackStatus.DONE)

    assert (done.by, done.note, done.changed_at) == ("bob", "répondeur", house.clock.now)
    assert [c.id for c in await desk.callbacks()] == [urgent.id]
    assert await desk.callbacks(done=True) == [done]
    assert await refusal(desk.change_callback(first.id, "ana", CallbackStatus.OPEN)) == "over"
    with pytest.raises(UnknownHandoff):
        await desk.change_callback("x", "ana", CallbackStatus.DONE)
    told = [(e.data["status"], e.data["who"]) for e in await house.book.after_call("c1") if e.kind is Kind.CALLBACK_CHANGED]
    assert told == [("assigned", "ana"), ("unreached", "ana"), ("unreached", "ana"), ("done", "bob")]


async def test_of_twenty_who_say_that_they_call_back_one_does(house: QueueHouse, desk: HandoffDesk) -> None:
    promise = await house.promise("c1")
    there = await house.another_process()

    tries = [
        (desk, there)[n % 2].change_callback(promise.id, f"u{n}", CallbackStatus.ASSIGNED, note=f"n{n}") for n in range(20)
    ]
    ends = await asyncio.gather(*tries, return_exceptions=True)

    (winner,) = [end for end in ends if not isinstance(end, BaseException)]
    assert {end.reason for end in ends if isinstance(end, HandoffRefused)} == {"taken"}
    assert [c.by for c in await desk.callbacks()] == [winner.by]


async def test_a_promised_callback_takes_the_caller_out_of_the_queue_and_stops_the_ring(
    house: QueueHouse, desk: HandoffDesk
) -> None:
    await house.come(desk, "ana")
    await house.call("c1")
    await desk.step()

    await house.promise("c1")
    await desk.step()

    c1, ana = await desk.handoff(H1), await desk.presence("ana")
    assert ana is not None
    assert (c1.status, c1.ringing, ana.state) == (HandoffStatus.CALLED_BACK, "", AgentState.AVAILABLE)
