"""The plan of a ladder: the roster of the right moment, everybody once, only numbers that may be dialled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clients.fiche import fiche
from voicebot.domain.call import Call
from voicebot.domain.ladder import LadderPlan, Role, plan_json
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.on_call import OnCall
from voicebot.domain.telephone_numbers import Dialling, dialling, may_be_rung, number_ends, takes_sms
from voicebot.domain.urgency import Urgency, UrgencyLevel
from voicebot.policy.ladder.duty import duty_then
from voicebot.policy.ladder.plan import ladder_starts, plan_ladder

NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
AGENTS = "+33199001099"
P0, P1 = Urgency(UrgencyLevel.P0, "gas_smell"), Urgency(UrgencyLevel.P1, "leak")


def call(urgency: Urgency | None = P1) -> Call:
    return Call("c1", "plomberie-duval", 1, "", "", NIGHT, Language.FRENCH, urgency=urgency)


def message(urgency: Urgency) -> Message:
    return Message(
        id="c1",
        call="c1",
        client="plomberie-duval",
        instructions_version=1,
        state=MessageState.PARTIAL,
        taken_at=NIGHT,
        language=Language.FRENCH,
        number_shown="",
        scenario=None,
        scenario_title="",
        urgency=urgency,
        person_wanted=None,
        human_wanted=False,
        details={},
        missing=(),
        verbatim=(),
    )


def planned(now: datetime = NIGHT, urgency: Urgency | None = P1, agents: str = "", **changes: Any) -> LadderPlan:
    plan = plan_ladder(fiche(**changes), call(urgency), None, now, agents_number=agents)
    assert plan is not None
    return plan


def order(plan: LadderPlan) -> list[tuple[int, str, Role, int]]:
    return [(c.rung, c.id, c.role, c.tries) for c in plan.contacts]


def test_roster_then_manager_then_our_own_agents() -> None:
    plan = planned(agents=AGENTS, on_call__tries_next=3)
    assert order(plan) == [(1, "lea", Role.ON_CALL, 2), (2, "duval", Role.MANAGER, 3), (3, "agents", Role.AGENTS, 3)]
    assert plan.contacts[2].phone == AGENTS
    assert (plan.id, plan.call, plan.client, plan.starts_at) == ("c1-on-call", "c1", "plomberie-duval", NIGHT)
    assert plan_json.validate_json(plan_json.dump_json(plan)) == plan


def test_manager_who_is_on_the_roster_is_on_the_ladder_once() -> None:
    plan = planned(datetime(2026, 12, 2, 22, tzinfo=UTC))
    assert order(plan) == [(1, "duval", Role.ON_CALL, 2), (2, "lea", Role.ON_CALL, 1)]


def test_roster_changes_at_the_local_hour() -> None:
    before, after = datetime(2026, 12, 1, 6, 59, tzinfo=UTC), datetime(2026, 12, 1, 7, 0, tzinfo=UTC)
    assert [c.id for c in planned(before).contacts] == ["lea", "duval"]
    assert [c.id for c in planned(after).contacts] == ["duval", "lea"]


def test_hole_in_the_roster_leaves_manager_and_agents() -> None:
    later = datetime(2027, 6, 1, 22, tzinfo=UTC)
    plan = planned(later, agents=AGENTS)
    assert order(plan) == [(1, "duval", Role.MANAGER, 2), (2, "agents", Role.AGENTS, 1)]
    assert [c.id for c in planned(later, agents=AGENTS, on_call__manager=None).contacts] == ["agents"]


@pytest.mark.parametrize("changes", [{"on_call__agents": False}, {"on_call": None}])
def test_nobody_at_all_is_no_plan(changes: dict[str, Any]) -> None:
    instructions = fiche(**({"on_call__manager": None} if "on_call" not in changes else {}), **changes)
    later = datetime(2027, 6, 1, 22, tzinfo=UTC)
    assert plan_ladder(instructions, call(), None, later, agents_number=AGENTS) is None


def test_client_that_wants_no_agents_has_none() -> None:
    assert [c.id for c in planned(agents=AGENTS, on_call__agents=False).contacts] == ["lea", "duval"]


def test_times_and_limits_are_the_clients() -> None:
    plan = planned(
        on_call__ring_s=30,
        on_call__acknowledge_within="15 min",
        on_call__restart_after="1 h",
        on_call__rounds=4,
        on_call__most_calls=12,
    )
    assert (plan.ring_s, plan.alarm_after_s, plan.restart_after_s, plan.rounds, plan.most_calls) == (30, 900, 3600, 4, 12)
    once = planned(on_call__rounds=4)
    assert (once.alarm_after_s, once.restart_after_s, once.rounds) == (None, None, 1)


QUIET = "21:00-07:00"


def test_only_danger_wakes_people_in_quiet_hours() -> None:
    assert planned(urgency=P0, on_call__quiet=QUIET).starts_at == NIGHT
    assert planned(urgency=P1, on_call__quiet=QUIET).starts_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    assert planned(urgency=None, on_call__quiet=QUIET).starts_at == datetime(2026, 11, 24, 6, tzinfo=UTC)
    evening = datetime(2026, 11, 23, 19, 59, tzinfo=UTC)
    assert planned(evening, on_call__quiet=QUIET).starts_at == evening


def test_after_quiet_hours_the_roster_of_that_moment_is_woken() -> None:
    last_night = datetime(2026, 11, 30, 22, tzinfo=UTC)
    plan = planned(last_night, on_call__quiet="21:00-09:00")
    assert plan.starts_at == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert [c.id for c in plan.contacts] == ["duval", "lea"]
    assert [c.id for c in planned(last_night, P0, on_call__quiet="21:00-09:00").contacts] == ["lea", "duval"]


@given(
    minutes=st.one_of(
        st.integers(0, 365 * 24 * 60), *(st.integers(day * 1440, day * 1440 + 240) for day in (87, 88, 297, 298))
    ),
    begins=st.integers(0, 47),
    ends=st.integers(0, 47),
    zone=st.sampled_from(("Europe/Paris", "America/Martinique", "Indian/Reunion")),
)
def test_nobody_is_woken_in_quiet_hours_nor_later_than_their_end(minutes: int, begins: int, ends: int, zone: str) -> None:
    if begins == ends:
        ends = (ends + 1) % 48
    written = "-".join(f"{half // 2:02}:{half % 2 * 30:02}" for half in (begins, ends))
    now = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    duty = OnCall.model_validate({"shifts": [], "quiet": written})
    assert duty.quiet is not None
    starts = ladder_starts(duty, ZoneInfo(zone), UrgencyLevel.P1, now)
    assert not duty.quiet.hold(starts.astimezone(ZoneInfo(zone)))
    held = duty.quiet.hold(now.astimezone(ZoneInfo(zone)))
    assert (now < starts <= now + timedelta(hours=25)) if held else starts == now
    assert ladder_starts(duty, ZoneInfo(zone), UrgencyLevel.P0, now) == now


def test_the_more_urgent_of_call_and_message_counts() -> None:
    instructions = fiche(on_call__quiet=QUIET)
    plan = plan_ladder(instructions, call(P1), message(P0), NIGHT)
    assert plan is not None
    assert plan.starts_at == NIGHT


def test_number_that_costs_is_not_rung_and_the_person_is_told_in_writing() -> None:
    plan = planned(people__1__phones=["+33899123456"], people__1__email="lea@example.org")
    lea = plan.contacts[0]
    assert (lea.id, lea.phone, lea.mobile, lea.email) == ("lea", "", "", "lea@example.org")
    both = planned(people__1__phones=["+33899123456", "+33199001055", "+33639980052"])
    assert (both.contacts[0].phone, both.contacts[0].mobile) == ("+33199001055", "+33639980052")


def test_contact_who_can_be_neither_rung_nor_told_is_not_on_the_ladder() -> None:
    plan = planned(people__1__phones=["+33899123456"])
    assert order(plan) == [(1, "duval", Role.MANAGER, 2)]


@pytest.mark.parametrize("number", ["15", "112", "+33899123456", "+881612345678", "", "lea"])
def test_agents_number_that_may_not_be_dialled_is_no_rung(number: str) -> None:
    assert [c.id for c in planned(agents=number).contacts] == ["lea", "duval"]


@pytest.mark.parametrize(
    ("number", "kind", "sms"),
    [
        ("+33639980051", Dialling.ORDINARY, True),
        ("+33199001050", Dialling.ORDINARY, False),
        ("+33536490001", Dialling.ORDINARY, False),
        ("+262692123456", Dialling.ORDINARY, True),
        ("+33700123456", Dialling.UNLISTED, True),
        ("+33899123456", Dialling.SPECIAL, False),
        ("+33812345678", Dialling.SPECIAL, False),
        ("+33806000000", Dialling.SPECIAL, False),
        ("+449061234567", Dialling.SPECIAL, False),
        ("+447012345678", Dialling.SPECIAL, False),
        ("+881612345678", Dialling.SPECIAL, False),
        ("+3315", Dialling.NO_NUMBER, False),
        ("+33112", Dialling.NO_NUMBER, False),
        ("+33117000", Dialling.NO_NUMBER, False),
        ("112", Dialling.NO_NUMBER, False),
        ("+999123456789", Dialling.NO_NUMBER, False),
    ],
)
def test_numbers_that_may_be_dialled(number: str, kind: Dialling, sms: bool) -> None:
    assert dialling(number) is kind
    assert takes_sms(number) is sms


@given(st.text(max_size=17))
def test_no_text_is_dialled_that_is_not_a_number(text: str) -> None:
    assert not may_be_rung(text) or (text.startswith("+") and text[1:].isdecimal() and len(text) >= 8)


def test_numbers_are_shown_by_their_ends() -> None:
    assert (number_ends("+33639980051"), number_ends("")) == ("…51", "")


def test_duty_says_who_until_when_and_who_follows() -> None:
    instructions = fiche()
    assert instructions.on_call is not None
    then = duty_then(instructions, instructions.on_call, NIGHT)
    assert (then.contacts, then.next_contacts, then.hole, then.asleep) == (("lea",), ("duval", "lea"), False, False)
    assert then.until is not None
    assert then.until.isoformat() == "2026-12-01T08:00:00+01:00"


def test_duty_sees_the_hole_the_open_client_and_the_quiet_hours() -> None:
    instructions = fiche(on_call__quiet=QUIET)
    duty = instructions.on_call
    assert duty is not None
    after = duty_then(instructions, duty, datetime(2027, 6, 1, 22, tzinfo=UTC))
    assert (after.hole, after.until, after.next_contacts) == (True, None, ())
    before = duty_then(instructions, duty, datetime(2025, 12, 31, 12, tzinfo=UTC))
    assert before.hole
    assert before.until is not None
    assert before.until.isoformat() == "2026-01-01T00:00:00+01:00"
    at_work = duty_then(instructions, duty, datetime(2026, 11, 23, 9, tzinfo=UTC))
    assert at_work.asleep
    assert at_work.wakes_at is not None
    assert at_work.wakes_at.isoformat() == "2026-11-23T12:00:00+01:00"
    night = duty_then(instructions, duty, NIGHT)
    assert night.quiet_until is not None
    assert night.quiet_until.isoformat() == "2026-11-24T07:00:00+01:00"
    assert not night.asleep


def test_duty_follows_the_first_of_two_shifts_that_overlap() -> None:
    instructions = fiche(
        on_call__shifts=[
            {"from": "2026-11-23 22:00", "to": "2026-11-24 02:00", "contacts": ["duval"]},
            {"from": "2026-11-20 00:00", "to": "2026-11-30 00:00", "contacts": ["lea"]},
        ]
    )
    duty = instructions.on_call
    assert duty is not None
    then = duty_then(instructions, duty, datetime(2026, 11, 23, 20, tzinfo=UTC))
    assert (then.contacts, then.next_contacts) == (("lea",), ("duval",))
    assert then.until is not None
    assert f"{then.until:%d %H:%M}" == "23 22:00"
