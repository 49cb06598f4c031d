"""Who is rung for whom: skills, urgency, waiting and idle time; whoever passes a caller over is spared."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from queues import EN, FR, START, Queue, agent, caller, later, rings, taker

from voicebot.domain.agent import MISSED, AgentState, AgentWay, Role, User
from voicebot.domain.handoff import HandoffRules, HandoffStatus, Why
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.queue import deeds
from voicebot.policy.queue.commands import Overflow, StopRinging
from voicebot.policy.queue.order import AGE_S, in_order

P0, P1, P2, P3, P4 = UrgencyLevel


def test_the_agent_who_has_been_idle_longest_is_rung_until_ring_s() -> None:
    queue = Queue.of([agent("ana"), agent("bob")], caller("c1"))

    queue.do()

    assert rings(queue.commands) == [("c1", "ana")]
    c1 = queue.handoff("c1")
    assert (c1.status, c1.ringing, c1.ring_until) == (HandoffStatus.RINGING, "ana", later(20))
    assert (queue.state("ana"), queue.presences["ana"].handoff) == (AgentState.RINGING, "c1-handoff-1")
    assert queue.state("bob") is AgentState.AVAILABLE


@pytest.mark.parametrize(
    "unfit",
    [
        agent("ana", clients=("olivier",)),
        agent("ana", languages=(EN,)),
        agent("ana", role=Role.QA),
        agent("ana", role=Role.CLIENT_VIEWER, clients=("lilas",)),
        agent("ana", active=False),
    ],
    ids=["other client", "other language", "role", "viewer", "has left"],
)
def test_nobody_is_rung_who_does_not_cover_the_call(unfit: User) -> None:
    queue = Queue.of([unfit], caller("c1"))

    queue.do()

    assert rings(queue.commands) == []
    assert (queue.handoff("c1").status, queue.handoff("c1").why) == (HandoffStatus.OVERFLOWED, Why.NOBODY)


@pytest.mark.parametrize(("clients", "languages"), [(("olivier",), ()), ((), (EN,))], ids=["client", "language"])
def test_what_an_agent_did_not_choose_today_does_not_ring_there(
    clients: tuple[str, ...], languages: tuple[Language, ...]
) -> None:
    queue = Queue.of([agent("ana", clients=("lilas", "olivier")), agent("bob")])
    queue.do(lambda d: deeds.come(d, queue.users["ana"], clients, languages, AgentWay.BROWSER, telephone=False))

    queue.handoffs["c1-handoff-1"] = caller("c1")
    queue.do()

    assert rings(queue.commands) == [("c1", "bob")]


def test_urgency_comes_first_then_waiting_time_then_nobody_behind_is_held_up() -> None:
    queue = Queue.of(
        [agent("ana", languages=(FR,)), agent("bob", languages=(FR,)), agent("cid", languages=(EN,))],
        caller("old", queued_at=later(-30)),
        caller("older", queued_at=later(-40)),
        caller("fire", urgency=P0),
        caller("urgent", urgency=P1, queued_at=later(-1)),
        caller("english", urgency=P3, language=EN),
    )

    queue.do()

    assert rings(queue.commands) == [("fire", "ana"), ("urgent", "bob"), ("english", "cid")]
    waiting = [h.call for h in in_order(queue.handoffs.values(), queue.now)]
    assert waiting == ["fire", "urgent", "older", "old", "english"]


def test_who_was_chosen_is_rung_before_those_who_were_idle_longer() -> None:
    queue = Queue.of([agent("ana"), agent("bob")], caller("c1", wanted_by="bob"))

    queue.do()
    queue.do(lambda d: deeds.decline(d, "c1-handoff-1", "bob", Why.DECLINED))

    assert rings(queue.commands) == [("c1", "bob"), ("c1", "ana")]


@given(
    st.lists(
        st.tuples(st.sampled_from(list(UrgencyLevel)), st.integers(-600, 0)),
        min_size=2,
        max_size=12,
        unique_by=lambda c: c[1],
    )
)
def test_whoever_has_waited_long_is_overtaken_by_danger_only(callers: list[tuple[UrgencyLevel, int]]) -> None:
    queued = [caller(f"c{n}", urgency=level, queued_at=later(at)) for n, (level, at) in enumerate(callers)]

    order = in_order(queued, START)

    for place, one in enumerate(order):
        before = [other for other in order[:place] if other.queued_at > one.queued_at]
        if START - one.queued_at >= timedelta(seconds=3 * AGE_S):
            assert all(other.urgency is P0 for other in before)
        else:
            assert all(other.urgency < one.urgency for other in before)
        assert one.urgency is P0 or all(other.urgency is not P0 for other in order[place + 1 :])


def test_in_a_house_that_is_always_busy_the_least_urgent_caller_gets_through() -> None:
    rules = {"lilas": HandoffRules(max_wait_s=1800, wrap_up_s=0)}
    queue = Queue.of([agent("ana")], caller("humble", urgency=P4), rules=rules)
    queue.handoffs["now-handoff-1"] = caller("now", urgency=P2, queued_at=later(-1))

    served = ""
    for number in range(60):
        # Two more urgent callers come for each one who is served.
        queue.handoffs |= {
            f"{half}{number}-handoff-1": caller(f"{half}{number}", urgency=P2, queued_at=queue.now) for half in "xy"
        }
        queue.do()
        ringing = next(h for h in queue.handoffs.values() if h.ringing)
        queue.do(lambda d, ringing=ringing: deeds.accept(d, ringing.id, taker("ana")))
        queue.wait(20)
        queue.hang_up(ringing.id)
        served = ringing.call
        if served == "humble":
            break

    assert served == "humble"
    assert queue.now - START <= timedelta(seconds=3 * AGE_S + 60 * 20 / 2)


def test_a_ring_that_nobody_answers_goes_to_the_next_and_never_comes_back() -> None:
    queue = Queue.of([agent("ana"), agent("bob")], caller("c1"), rules={"lilas": HandoffRules(max_wait_s=300)})
    queue.do()

    commands = queue.wait(70)

    assert rings(commands) == [("c1", "bob")]
    assert [c for c in commands if isinstance(c, StopRinging)] == [
        StopRinging("c1-handoff-1", "ana", Why.NO_ANSWER),
        StopRinging("c1-handoff-1", "bob", Why.NO_ANSWER),
    ]
    assert commands[-1] == Overflow("c1-handoff-1", Why.NOBODY)
    assert queue.handoff("c1").passed_over == ("ana", "bob")
    missed = [(e.data["agent"], e.data["why"]) for e in queue.events if e.kind == "agent_missed"]
    assert missed == [("ana", "no_answer"), ("bob", "no_answer")]


def test_who_misses_two_callers_in_a_row_is_paused_and_says_so() -> None:
    rules = {"lilas": HandoffRules(ring_s=10)}
    queue = Queue.of([agent("ana")], caller("c1"), caller("c2", queued_at=later(1)), rules=rules)
    queue.do()

    queue.wait(25)

    ana = queue.presences["ana"]
    assert (ana.state, ana.reason, ana.missed) == (AgentState.PAUSED, MISSED, 0)
    queue.do(lambda d: deeds.set_state(d, "ana", AgentState.AVAILABLE, ""))
    assert (queue.state("ana"), queue.presences["ana"].reason) == (AgentState.AVAILABLE, "")


def test_who_declines_stays_available_for_others() -> None:
    queue = Queue.of([agent("ana")], caller("c1"), caller("c2", queued_at=later(1)))
    queue.do()

    queue.do(lambda d: deeds.decline(d, "c1-handoff-1", "ana", Why.DECLINED))
    queue.do(lambda d: deeds.decline(d, "c1-handoff-1", "ana", Why.DECLINED))

    assert queue.handoff("c1").why is Why.NOBODY
    assert queue.handoff("c2").ringing == "ana"
    assert sum(e.kind == "agent_missed" for e in queue.events) == 1


def test_a_paused_agent_is_worth_waiting_for_and_the_caller_waits_max_wait_s_at_most() -> None:
    queue = Queue.of([agent("ana")], caller("c1"), rules={"lilas": HandoffRules(max_wait_s=60)})
    queue.do(lambda d: deeds.set_state(d, "ana", AgentState.PAUSED, "café"))

    assert queue.wait(59) == []
    assert queue.wait(1) == [Overflow("c1-handoff-1", Why.MAX_WAIT)]
    assert queue.handoff("c1").over_at == later(60)


def test_a_ring_is_cut_short_by_max_wait_and_blames_nobody() -> None:
    rules = {"lilas": HandoffRules(max_wait_s=15, ring_s=20)}
    queue = Queue.of([agent("ana")], caller("c1"), rules=rules)
    queue.do()
    assert queue.handoff("c1").ring_until == later(15)

    queue.wait(15)

    assert queue.handoff("c1").why is Why.MAX_WAIT
    assert (queue.state("ana"), queue.presences["ana"].missed) == (AgentState.AVAILABLE, 0)
    assert not any(e.kind == "agent_missed" for e in queue.events)


def test_the_last_seconds_of_patience_ring_nobody() -> None:
    queue = Queue.of([agent("ana")], caller("c1", queued_at=later(-176)))

    queue.do()

    assert rings(queue.commands) == []
    queue.wait(4)
    assert queue.handoff("c1").why is Why.MAX_WAIT
