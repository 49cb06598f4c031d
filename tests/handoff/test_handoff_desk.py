"""The desk of agents on both databases: one claim wins, processes step side by side, telephones ring and stop in time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from tests.fakes.postgres import running_postgres
from tests.handoff.queue_house import (
    AGENTS,
    CLIENT,
    NINE,
    TISON,
    QueueHouse,
    RememberingTelephone,
    queue_house,
    taker,
    until,
)
from voicebot.domain.agent import AgentState, AgentWay, Role, User
from voicebot.domain.call import EndReason
from voicebot.domain.callback import CallbackStatus
from voicebot.domain.handoff import HandoffStatus, Task, TaskKind, Why
from voicebot.domain.language import Language
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused, UnknownHandoff, UnknownUser
from voicebot.handoff.desk import HandoffDesk
from voicebot.handoff.ports import AgentRing, AgentsDesk

H1, H2 = "c1-handoff-1", "c2-handoff-1"
FR = Language.FRENCH


@pytest.fixture(scope="module")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of one server for all tests of this file; each has a database of its own."""
    folder = tmp_path_factory.mktemp("queue-postgres")
    with running_postgres(folder):
        yield folder


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path, postgres_folder: Path) -> AsyncIterator[QueueHouse]:
    if request.param == "sqlite":
        async with queue_house(f"sqlite:///{tmp_path / 'voicebot.db'}") as made:
            yield made
        return
    with running_postgres(postgres_folder) as url:
        async with queue_house(url) as made:
            yield made


@pytest.fixture
def desk(house: QueueHouse) -> HandoffDesk:
    return house.desk()


async def refusal(deed: Awaitable[object]) -> str:
    with pytest.raises(HandoffRefused) as refused:
        await deed
    return refused.value.reason


# From the queue to the talk, and back


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


# Taking over


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


# Telephones


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


# News and snapshot


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


# Callbacks


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
    assert house.clock.now > NINE
