"""Who watches the queue hears of it; what may be offered is answered from memory."""

from __future__ import annotations

import asyncio

import pytest

from tests.handoff.queue_house import (
    QueueHouse,
    RememberingTelephone,
    until,
)
from voicebot.domain.agent import AgentState, Role, User
from voicebot.domain.language import Language
from voicebot.handoff.desk import HandoffDesk

H1 = "c1-handoff-1"
FR = Language.FRENCH


async def test_watchers_hear_of_changes_here_at_once_and_of_others_soon(house: QueueHouse) -> None:
    here, there = house.desk(), await house.another_process()
    heard: list[int] = []

    async def watch() -> None:
        async for number in here.changes():
            heard.append(number)  # noqa: PERF401

    watching = [asyncio.create_task(watch()) for _ in range(3)]
    try:
        await until(lambda: len(heard) >= 3)
        await asyncio.sleep(0)
        before = len(heard)
        await house.come(here, "ana")
        await asyncio.sleep(0)
        assert len(heard) == before + 3

        await here.seen("ana")
        await here.step()
        await asyncio.sleep(0)
        assert len(heard) == before + 3, "a sign of life is no news"

        await house.come(there, "bob")
        await until(lambda: len(heard) >= before + 6)
        await house.promise("c7")
        await until(lambda: len(heard) >= before + 9)
        assert heard == sorted(heard)
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def test_a_slow_watcher_holds_up_nobody_and_hears_the_newest(house: QueueHouse, desk: HandoffDesk) -> None:
    changes = desk.changes()
    first = await anext(changes)

    for _ in range(20):
        await desk.set_state("ana", AgentState.AVAILABLE)
        await desk.set_state("ana", AgentState.PAUSED)

    newest = await anext(changes)
    assert newest >= first + 40
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(changes), 0.05)


async def test_the_queue_steps_by_itself_and_at_once_when_it_is_woken(house: QueueHouse, desk: HandoffDesk) -> None:
    await house.come(desk, "ana")
    stepping = asyncio.create_task(desk.step_forever(every_s=30))
    try:
        await until(lambda: desk.snapshot().read_at == house.clock.now)
        await house.call("c1")
        desk.wake()
        await until(lambda: H1 in desk.snapshot().scene.handoffs)
        await until(lambda: desk.snapshot().scene.handoffs[H1].ringing == "ana")
    finally:
        stepping.cancel()
        await asyncio.gather(stepping, return_exceptions=True)


async def test_what_may_be_offered_is_answered_from_memory(house: QueueHouse) -> None:
    desk = house.desk(RememberingTelephone())

    def may(language: Language = FR, carrier: str = "") -> bool:
        return desk.snapshot().may_transfer(house.client, language, house.clock.now, carrier=carrier)

    assert not may(), "nothing was read yet"
    await house.come(desk, "ana")
    assert may()
    assert desk.snapshot().may_ring(house.client, "tison", house.clock.now, carrier="twilio")
    assert not desk.snapshot().may_ring(house.client, "tison", house.clock.now, carrier="vonage")
    house.obey(most_waiting=1)
    await house.call("c1", to="tison")
    await desk.step()
    assert not may(), "the queue is full"
    assert not desk.snapshot().may_ring(house.client, "tison", house.clock.now, carrier="twilio"), "he is being rung"
    standing = desk.snapshot().standing(H1, house.clock.now)
    assert standing is not None
    assert (standing.position, standing.able) == (1, 1)
    house.obey(most_waiting=10)
    assert may()
    house.clock.pass_s(11)
    assert not may(), "nobody steps the queue any more"


async def test_rows_that_were_read_before_a_change_do_not_undo_what_is_known_of_it(house: QueueHouse) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()
    held: list[asyncio.Event] = []

    async def users() -> list[User]:
        if held:
            held.pop()
            asked.set()
            await answer.wait()
        return await house.users.all()

    here, there = HandoffDesk(house.book.database, users, house.instructions_of, house.clock), await house.another_process()
    house.desks.append(here)
    await house.come(here, "ana")
    await house.users.add(User("new", "Nora Neuve", Role.AGENT))
    await there.set_state("new", AgentState.AVAILABLE)
    # Asked for again once the rows were read: they name somebody who is new.
    held.append(answer)

    looking = asyncio.create_task(here.queue())
    await asked.wait()
    await here.set_state("ana", AgentState.PAUSED)
    answer.set()
    await looking

    assert here.snapshot().scene.presences["ana"].state is AgentState.PAUSED
    await here.step()
    assert here.snapshot().scene.users["new"].name == "Nora Neuve"
