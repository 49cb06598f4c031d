"""Telephones that ring for the queue, and what waiting callers may truly be told."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from queues import EN, FR, START, Queue, agent, caller, later, present, rings, taker

from tests.fakes.instructions import heating_engineer
from voicebot.domain.agent import AgentState, AgentWay
from voicebot.domain.handoff import HandoffStatus, Why
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused
from voicebot.policy.queue import deeds
from voicebot.policy.queue.callees import callees_of
from voicebot.policy.queue.commands import HangUp, Ring
from voicebot.policy.queue.draft import BRIEFING_S
from voicebot.policy.queue.order import as_listed, may_transfer, standing_of
from voicebot.policy.queue.scene import Callee
from voicebot.policy.queue.settle import GOODBYE_S

PHONE = "+33639980111"
P0, P1, P2, P3, P4 = UrgencyLevel


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
