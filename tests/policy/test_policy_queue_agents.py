"""Agents come, pause, vanish, take callers and let them go; one caller has one agent."""

from __future__ import annotations

import pytest
from queues import EN, FR, START, Queue, agent, caller, later, present, rings, taker

from voicebot.domain.agent import UNSEEN, AgentState, AgentWay, Role
from voicebot.domain.call import Call
from voicebot.domain.handoff import HandoffRules, HandoffStatus, TaskKind, Why
from voicebot.domain.handoff import Task as GivenTask
from voicebot.errors import HandoffRefused, NotAllowed
from voicebot.policy.queue import deeds
from voicebot.policy.queue.commands import StopRinging
from voicebot.policy.queue.settle import CONNECT_LIMIT_S, UNSEEN_AFTER_S

PHONE = "+33639980111"


def test_a_browser_that_is_gone_takes_its_agent_offline_and_the_ring_to_the_next() -> None:
    queue = Queue.of([agent("ana"), agent("bob")], caller("c1"), rules={"lilas": HandoffRules(ring_s=60)})
    queue.do()
    queue.presences["bob"] = present("bob", seen_at=later(60))

    queue.wait(UNSEEN_AFTER_S + 1, seen=False)

    assert (queue.state("ana"), queue.presences["ana"].reason) == (AgentState.OFFLINE, UNSEEN)
    assert queue.handoff("c1").ringing == "bob"


def test_an_agent_on_the_telephone_needs_no_browser_and_one_in_a_call_is_left_alone() -> None:
    queue = Queue.of([agent("ana"), agent("bob", phone=PHONE)], caller("c1"))
    queue.do(lambda d: deeds.come(d, queue.users["bob"], (), (), AgentWay.PHONE, telephone=True))
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana")))
    queue.do(lambda d: deeds.talking(d, "c1-handoff-1", 120))

    queue.wait(600, each_s=10, seen=False)

    assert (queue.state("ana"), queue.state("bob")) == (AgentState.IN_CALL, AgentState.AVAILABLE)
    assert queue.handoff("c1").status is HandoffStatus.TALKING


def test_a_user_who_left_the_house_is_rung_no_more() -> None:
    queue = Queue.of([agent("ana")], caller("c1"))
    queue.do()
    queue.users["ana"] = agent("ana", active=False)

    queue.do()

    assert queue.state("ana") is AgentState.OFFLINE
    assert queue.handoff("c1").status is HandoffStatus.OVERFLOWED


def test_after_a_call_there_is_time_to_write_and_then_the_next_caller() -> None:
    queue = Queue.of([agent("ana")], caller("c1"), rules={"lilas": HandoffRules(wrap_up_s=15)})
    queue.do()
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana")))
    queue.do(lambda d: deeds.talking(d, "c1-handoff-1", 100))
    queue.wait(60)
    queue.do(lambda d: deeds.give_back(d, "c1-handoff-1", "ana", GivenTask(TaskKind.TAKE_DETAIL, "address", by="ana")))
    given_back_at = queue.now

    assert (queue.state("ana"), queue.presences["ana"].idle_since) == (AgentState.WRAP_UP, given_back_at)
    queue.handoffs["c2-handoff-1"] = caller("c2", queued_at=queue.now)
    assert rings(queue.wait(14)) == []
    assert rings(queue.wait(1)) == [("c2", "ana")]


@pytest.mark.parametrize("asked", [AgentState.PAUSED, AgentState.AVAILABLE])
def test_what_was_asked_for_in_a_call_comes_true_after_it(asked: AgentState) -> None:
    queue = Queue.of([agent("ana")], caller("c1"), rules={"lilas": HandoffRules(wrap_up_s=0)})
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana")))

    queue.do(lambda d: deeds.set_state(d, "ana", asked, "déjeuner"))
    assert queue.state("ana") is AgentState.IN_CALL
    queue.hang_up("c1-handoff-1")
    queue.do()

    assert queue.state("ana") is asked
    assert queue.presences["ana"].reason == ("déjeuner" if asked is AgentState.PAUSED else "")


def test_offline_in_a_call_is_refused_and_in_a_ring_it_is_a_decline() -> None:
    queue = Queue.of([agent("ana"), agent("bob")], caller("c1"))
    queue.do()
    queue.do(lambda d: deeds.set_state(d, "ana", AgentState.OFFLINE, ""))
    assert queue.handoff("c1").ringing == "bob"
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("bob")))

    with pytest.raises(HandoffRefused) as refused:
        queue.do(lambda d: deeds.set_state(d, "bob", AgentState.OFFLINE, ""))

    assert refused.value.reason == "busy"


def test_nobody_covers_more_than_they_may() -> None:
    queue = Queue.of([agent("ana", clients=("lilas",), languages=(FR,))])
    for clients, languages in ((("olivier",), ()), ((), (EN,))):
        with pytest.raises(NotAllowed):
            queue.do(
                lambda d, c=clients, s=languages: deeds.come(d, queue.users["ana"], c, s, AgentWay.BROWSER, telephone=False)
            )
    with pytest.raises(HandoffRefused) as refused:
        queue.do(lambda d: deeds.come(d, queue.users["ana"], (), (), AgentWay.PHONE, telephone=True))
    assert refused.value.reason == "no_phone"


def test_a_caller_is_taken_once_and_whoever_has_them_is_told_so_again() -> None:
    queue = Queue.of([agent("ana"), agent("bob")], caller("c1"), caller("c2", queued_at=later(1)))
    queue.do()
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana")))
    first = queue.handoff("c1")

    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana")))
    refusals = []
    for handoff, who in (("c1-handoff-1", "bob"), ("c2-handoff-1", "ana")):
        with pytest.raises(HandoffRefused) as refused:
            queue.do(lambda d, h=handoff, w=who: deeds.accept(d, h, taker(w)))
        refusals.append(refused.value.reason)

    assert refusals == ["taken", "busy"]
    assert queue.handoff("c1") == first
    assert [e.kind for e in queue.events if e.call == "c1"] == ["agent_rung", "handoff_accepted"]


def test_who_was_not_rung_may_take_the_caller_and_the_other_ring_stops() -> None:
    queue = Queue.of([agent("ana"), agent("bob")], caller("c1"))
    queue.do()

    step = queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("bob")))

    assert StopRinging("c1-handoff-1", "ana") in step.commands
    assert (queue.state("ana"), queue.state("bob")) == (AgentState.AVAILABLE, AgentState.IN_CALL)
    assert queue.handoff("c1").passed_over == ()


def test_who_takes_one_caller_while_another_rings_is_not_blamed_for_it() -> None:
    queue = Queue.of([agent("ana")], caller("c1"), caller("c2", queued_at=later(1)))
    queue.do()

    queue.do(lambda d: deeds.accept(d, "c2-handoff-1", taker("ana")))

    assert (queue.handoff("c1").status, queue.handoff("c1").passed_over) == (HandoffStatus.WAITING, ())
    assert queue.presences["ana"].handoff == "c2-handoff-1"


def test_a_supervisor_who_takes_one_call_over_is_offline_again_after_it() -> None:
    queue = Queue.of([agent("ana")], rules={})
    queue.users["sup"] = agent("sup", role=Role.SUPERVISOR)
    call = Call("c9", "lilas", 1, "+33639980123", "+33199001009", START, FR, "twilio", "CA9")
    made: list[str] = []

    queue.do(lambda d: made.append(deeds.take_over(d, call, taker("sup"))))
    taken = queue.handoffs["c9-takeover-1"]
    assert (made, taken.status, taken.taker) == (["c9-takeover-1"], HandoffStatus.ACCEPTED, taker("sup"))
    queue.do(lambda d: deeds.give_back(d, "c9-takeover-1", "sup", None))
    assert queue.state("sup") is AgentState.OFFLINE
    queue.do(lambda d: made.append(deeds.take_over(d, call, taker("sup"))))
    with pytest.raises(HandoffRefused) as refused:
        queue.do(lambda d: deeds.take_over(d, call, taker("ana")))

    assert (made[-1], refused.value.reason) == ("c9-takeover-2", "taken")


def test_an_acceptance_that_never_becomes_a_talk_gives_the_caller_back() -> None:
    queue = Queue.of([agent("ana")], caller("c1"))
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana")))

    queue.wait(CONNECT_LIMIT_S)
    assert queue.handoff("c1").status is HandoffStatus.ACCEPTED
    queue.wait(1)

    assert (queue.handoff("c1").status, queue.handoff("c1").why) == (HandoffStatus.RETURNED, Why.NOT_CONNECTED)
    assert queue.state("ana") is AgentState.WRAP_UP
