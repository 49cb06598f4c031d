"""Who is rung for whom: skills, urgency, waiting and idle time; each who passes a caller over is spared and heard of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from queues import EN, FR, START, Queue, agent, caller, present, rings, taker

from tests.fakes.instructions import heating_engineer
from voicebot.domain.agent import MISSED, UNSEEN, AgentState, AgentWay, Role, User
from voicebot.domain.call import Call
from voicebot.domain.handoff import HandoffRules, HandoffStatus, TaskKind, Why
from voicebot.domain.handoff import Task as GivenTask
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused, NotAllowed
from voicebot.policy.queue import deeds
from voicebot.policy.queue.callees import callees_of
from voicebot.policy.queue.commands import HangUp, Overflow, Ring, StopRinging
from voicebot.policy.queue.draft import BRIEFING_S
from voicebot.policy.queue.order import AGE_S, as_listed, in_order, may_transfer, standing_of
from voicebot.policy.queue.scene import Callee
from voicebot.policy.queue.settle import CONNECT_LIMIT_S, GOODBYE_S, UNSEEN_AFTER_S

PHONE = "+33639980111"
P0, P1, P2, P3, P4 = UrgencyLevel


def later(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)


# Choice


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


# Passing over


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


# Presence


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


# Claims


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


# Telephones


def test_a_telephone_rings_ring_s_and_gets_time_for_the_briefing() -> None:
    queue = Queue.of([agent("ana", phone=PHONE)], caller("c1"), by_phone={"c1-handoff-1"})
    queue.presences["ana"] = queue.presences["ana"].__class__(
        "ana", AgentState.AVAILABLE, START, START, START, way=AgentWay.PHONE
    )

    queue.do()

    assert queue.commands == [Ring("c1-handoff-1", "ana", AgentWay.PHONE, later(20 + BRIEFING_S), PHONE, 20)]


def test_an_agent_on_the_telephone_is_no_help_for_a_call_that_cannot_be_joined_with_one() -> None:
    queue = Queue.of([agent("ana", phone=PHONE)], caller("c1"))
    queue.do(lambda d: deeds.come(d, queue.users["ana"], (), (), AgentWay.PHONE, telephone=True))

    assert queue.handoff("c1").why is Why.NOBODY


def test_people_of_the_client_are_rung_first_then_agents() -> None:
    queue = Queue.of([agent("ana")], caller("c1", to="compta"), by_phone={"c1-handoff-1"})
    queue.callees["c1-handoff-1"] = (Callee("zoe", "Zoé", PHONE), Callee("yves", "Yves", "+33639980112"))
    queue.do()
    queue.do(lambda d: deeds.keep_line(d, "c1-handoff-1", "zoe", "CA-zoe"))

    queue.do(lambda d: deeds.decline(d, "c1-handoff-1", "zoe", Why.NO_ANSWER))
    queue.do(lambda d: deeds.decline(d, "c1-handoff-1", "yves", Why.CARRIER))

    assert rings(queue.commands) == [("c1", "zoe"), ("c1", "yves"), ("c1", "ana")]
    assert [c for c in queue.commands if isinstance(c, HangUp)] == [HangUp("c1-handoff-1", "CA-zoe")]
    assert queue.handoff("c1").passed_over == ("zoe", "yves")


def test_a_person_with_an_agents_id_is_nobody_elses_presence() -> None:
    queue = Queue.of([agent("ana")], caller("c1", to="ana"), by_phone={"c1-handoff-1"})
    queue.callees["c1-handoff-1"] = (Callee("ana", "Ana du cabinet", PHONE),)
    queue.do()
    assert (queue.handoff("c1").ringing, queue.state("ana")) == ("ana", AgentState.AVAILABLE)

    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana", AgentWay.PHONE)))
    queue.handoffs["c2-handoff-1"] = caller("c2")
    queue.do()

    assert queue.handoff("c1").status is HandoffStatus.ACCEPTED
    assert queue.handoff("c2").ringing == "ana"


def test_a_person_who_talks_is_not_rung_for_the_next_caller() -> None:
    zoe = (Callee("zoe", "Zoé", PHONE),)
    queue = Queue.of([], caller("c1", to="zoe"), by_phone={"c1-handoff-1", "c2-handoff-1"})
    queue.callees |= {"c1-handoff-1": zoe, "c2-handoff-1": zoe}
    queue.do()
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("zoe", AgentWay.PHONE)))

    queue.handoffs["c2-handoff-1"] = caller("c2", to="zoe")
    queue.do()
    assert queue.handoff("c2").status is HandoffStatus.WAITING
    queue.hang_up("c1-handoff-1")
    queue.do()

    assert queue.handoff("c2").ringing == "zoe"


def test_a_human_who_had_the_caller_is_told_before_their_line_is_hung_up() -> None:
    queue = Queue.of([agent("ana", phone=PHONE)], caller("c1"), by_phone={"c1-handoff-1"})
    queue.presences["ana"] = present("ana", way=AgentWay.PHONE)
    queue.do()
    queue.do(lambda d: deeds.keep_line(d, "c1-handoff-1", "ana", "CA1"))
    queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("ana", AgentWay.PHONE)))

    queue.do(lambda d: deeds.not_taken(d, "c1-handoff-1", Why.NOT_CONNECTED))
    assert (queue.handoff("c1").agent_line, queue.wait(GOODBYE_S - 1)) == ("CA1", [])

    assert queue.wait(1) == [HangUp("c1-handoff-1", "CA1")]


@pytest.mark.parametrize("way_it_ends", ["hang up", "taken in the browser", "time"])
def test_a_telephone_that_rings_for_nothing_is_hung_up_once(way_it_ends: str) -> None:
    queue = Queue.of([agent("ana", phone=PHONE), agent("bob")], caller("c1"), by_phone={"c1-handoff-1"})
    queue.do(lambda d: deeds.set_state(d, "bob", AgentState.PAUSED, ""))
    queue.handoffs["c1-handoff-1"] = caller("c1")
    queue.presences["ana"] = queue.presences["ana"].__class__(
        "ana", AgentState.AVAILABLE, START, START, START, way=AgentWay.PHONE
    )
    queue.do()
    assert queue.do(lambda d: deeds.keep_line(d, "c1-handoff-1", "ana", "CA1")).commands == ()

    if way_it_ends == "hang up":
        queue.hang_up("c1-handoff-1")
        queue.do()
    elif way_it_ends == "time":
        queue.wait(60, seen=True)
    else:
        queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("bob")))
    queue.wait(5)

    assert [c for c in queue.commands if isinstance(c, HangUp)] == [HangUp("c1-handoff-1", "CA1")]
    assert queue.state("ana") is AgentState.AVAILABLE
    late: list[bool] = []
    queue.do(lambda d: late.append(deeds.keep_line(d, "c1-handoff-1", "ana", "CA2")))
    assert late == [False]


def test_a_telephone_that_does_not_ring_takes_nobody() -> None:
    queue = Queue.of([agent("ana")], caller("c1"))
    queue.do(lambda d: deeds.set_state(d, "ana", AgentState.PAUSED, ""))

    with pytest.raises(HandoffRefused) as refused:
        queue.do(lambda d: deeds.accept(d, "c1-handoff-1", taker("bob", AgentWay.PHONE)))

    assert refused.value.reason == "no_line"


def test_only_people_who_are_there_and_can_be_rung_are_callees() -> None:
    monday, sunday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC), datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
    house = heating_engineer()
    tison = house.people[0].model_copy(update={"phones": ("+33836000000", PHONE)})
    house = house.model_copy(update={"people": (tison, *house.people[1:])})

    assert callees_of(house, "tison", monday) == (Callee("tison", "Monsieur Tison", PHONE),)
    assert callees_of(house, "tison", sunday) == callees_of(house, "lambert", monday) == ()
    assert callees_of(house, "nobody", monday) == callees_of(house, "", monday) == ()


# What callers are told


def test_a_caller_hears_how_many_are_before_them_for_the_same_agents() -> None:
    queue = Queue.of(
        [agent("ana", clients=("lilas",)), agent("bob", clients=("olivier",))],
        caller("c1"),
        caller("c2", queued_at=later(1)),
        caller("c3", queued_at=later(2), urgency=P1),
        caller("o1", queued_at=later(-9), client="olivier"),
    )
    queue.do(lambda d: [deeds.set_state(d, who, AgentState.PAUSED, "") for who in ("ana", "bob")])
    queue.now = later(30)

    told = {h.call: standing_of(queue.scene, h, queue.now) for h in queue.handoffs.values()}

    assert {call: s.position for call, s in told.items()} == {"c3": 1, "c1": 2, "c2": 3, "o1": 1}
    assert (told["c1"].waited_s, told["c1"].able, told["c1"].status) == (30, 1, HandoffStatus.WAITING)
    assert [h.call for h in as_listed(queue.handoffs.values(), queue.now)] == ["c3", "o1", "c1", "c2"]
    queue.hang_up("c1-handoff-1")
    assert standing_of(queue.scene, queue.handoff("c1"), later(99)).position == 0
    assert standing_of(queue.scene, queue.handoff("c2"), later(30)).position == 2


def test_a_transfer_is_offered_when_somebody_is_expected_and_the_queue_has_room() -> None:
    queue = Queue.of([agent("ana", languages=(FR,)), agent("bob", phone=PHONE)])
    queue.do(lambda d: deeds.come(d, queue.users["bob"], (), (), AgentWay.PHONE, telephone=True))

    def may(language: Language = FR, most: int = 10, *, by_phone: bool = False) -> bool:
        return may_transfer(queue.scene, "lilas", language, most, by_phone=by_phone)

    assert (may(), may(EN), may(EN, by_phone=True)) == (True, False, True)
    queue.do(lambda d: deeds.set_state(d, "ana", AgentState.PAUSED, ""))
    assert not may()
    queue.do(lambda d: deeds.set_state(d, "ana", AgentState.AVAILABLE, ""))
    queue.handoffs["c1-handoff-1"] = caller("c1")
    queue.do()
    assert (may(most=2), may(most=1)) == (True, False)
