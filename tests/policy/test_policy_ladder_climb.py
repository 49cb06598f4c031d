"""The ladder, rung by rung: who is told and rung when, what moves on, what ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.policy.ladders import START, Watch, contact, of, plan
from voicebot.domain.ladder import CallEnd, LadderPlan, LadderStatus, Way
from voicebot.policy.ladder.climb import advance, begin
from voicebot.policy.ladder.commands import (
    AlarmWhy,
    Finished,
    HangUp,
    LadderEnd,
    RaiseAlarm,
    RingContact,
    RoundBegun,
    TellContact,
    TellWhoHasIt,
)
from voicebot.policy.ladder.signals import (
    Acknowledged,
    AttemptEnded,
    AttemptHeard,
    CallRefused,
    PassedOn,
    Signal,
    TelephoneDown,
    TimeUp,
)
from voicebot.policy.ladder.state import Phase
from voicebot.policy.ladder.step import MARGIN_S, Step


class Climb:
    """A ladder under way, watched at every step."""

    def __init__(self, of_plan: LadderPlan, at: datetime = START) -> None:
        self.plan, self.now, self.watch = of_plan, at, Watch(of_plan)
        self.step = begin(of_plan, at)
        self.watch.see(self.step, at)

    def after(self, seconds: float, signal: Signal) -> Step:
        self.now += timedelta(seconds=seconds)
        self.step = advance(self.plan, self.step.state, signal, self.now)
        self.watch.see(self.step, self.now, signal)
        return self.step

    def ended(self, how: CallEnd = CallEnd.NO_ANSWER, after_s: float = 25) -> Step:
        """The call under way ends."""
        return self.after(after_s, AttemptEnded(self.step.state.attempt, how))

    def wait(self) -> Step:
        """Nothing happens until the ladder wants to be woken."""
        wake_at = self.step.state.wake_at
        assert wake_at is not None
        return self.after(max(0.0, (wake_at - self.now).total_seconds()), TimeUp())

    def nobody_answers(self) -> None:
        while not self.step.state.over:
            if self.step.state.phase is Phase.RINGING:
                self.ended()
            else:
                self.wait()

    @property
    def rung(self) -> list[str]:
        return [ring.contact for ring in self.watch.rings]


def acknowledged(who: str, way: Way = Way.SMS, attempt: str = "") -> Acknowledged:
    return Acknowledged(who, f"Personne {who[1:]}", way, attempt)


def test_first_contact_is_told_in_writing_and_rung_at_once() -> None:
    climb = Climb(plan())
    [told] = of(TellContact, climb.step.commands)
    [ring] = of(RingContact, climb.step.commands)
    assert (told.contact, told.sms, told.email) == ("n1", "+33639980101", "n1@example.org")
    assert (ring.contact, ring.attempt, ring.phone, ring.ring_s) == ("n1", "c1-on-call-1", "+33639980101", 25)
    assert climb.step.state.status is LadderStatus.CLIMBING


def test_nobody_answers_first_twice_then_each_of_the_others_then_the_alarm() -> None:
    climb = Climb(plan())
    climb.nobody_answers()
    assert climb.rung == ["n1", "n1", "n2", "n3"]
    assert [t.contact for t in climb.watch.told] == ["n1", "n2", "n3"]
    assert [a.why for a in climb.watch.alarms] == [AlarmWhy.EXHAUSTED]
    assert climb.now - START == timedelta(seconds=4 * 25 + 5)
    assert climb.step.state.status is LadderStatus.ALARM


@pytest.mark.parametrize(
    "how", [CallEnd.NO_ANSWER, CallEnd.BUSY, CallEnd.FAILED, CallEnd.MACHINE, CallEnd.SILENT, CallEnd.STOPPED]
)
def test_a_call_without_a_key_never_counts(how: CallEnd) -> None:
    climb = Climb(plan())
    step = climb.ended(how)
    assert step.commands == ()
    assert step.state.phase is Phase.PAUSING
    assert not step.state.acknowledged_by
    assert [r.contact for r in of(RingContact, climb.wait().commands)] == ["n1"]


def test_two_on_the_keypad_goes_to_the_next_contact_at_once() -> None:
    step = Climb(plan()).ended(CallEnd.PASSED, after_s=12)
    assert [r.contact for r in of(RingContact, step.commands)] == ["n2"]


def test_two_by_sms_stops_the_telephone_and_goes_to_the_next_contact_at_once() -> None:
    climb = Climb(plan())
    step = climb.after(8, PassedOn("n1", 1))
    assert [type(c) for c in step.commands] == [HangUp, TellContact, RingContact]
    assert of(HangUp, step.commands)[0].attempt == "c1-on-call-1"
    assert climb.rung == ["n1", "n2"]


def test_two_by_sms_in_the_pause_goes_to_the_next_contact_at_once() -> None:
    climb = Climb(plan())
    climb.ended()
    step = climb.after(1, PassedOn("n1", 1))
    assert [type(c) for c in step.commands] == [TellContact, RingContact]


def test_passing_on_is_of_its_round_and_of_its_contact() -> None:
    climb = Climb(plan(restart_after_s=600, rounds=2))
    assert climb.after(1, PassedOn("n2", 1)).commands == ()
    assert climb.after(1, PassedOn("n1", 2)).commands == ()
    assert climb.after(1, PassedOn("stranger", 1)).commands == ()
    while climb.step.state.phase is not Phase.RESTING:
        climb.ended() if climb.step.state.attempt else climb.wait()
    assert climb.rung == ["n1", "n1", "n3"]
    climb.wait()
    assert climb.after(1, PassedOn("n2", 1)).commands == ()
    climb.nobody_answers()
    assert climb.rung == ["n1", "n1", "n3", "n1", "n1", "n2", "n3"]


def test_everybody_passes_on_and_the_alarm_is_raised() -> None:
    climb = Climb(plan())
    climb.ended(CallEnd.PASSED)
    climb.ended(CallEnd.PASSED)
    step = climb.ended(CallEnd.PASSED)
    assert [type(c) for c in step.commands] == [RaiseAlarm, Finished]


def test_a_call_whose_end_is_never_reported_is_given_up() -> None:
    climb = Climb(plan())
    step = climb.wait()
    assert climb.now - START == timedelta(seconds=25 + 60 + MARGIN_S)
    assert [type(c) for c in step.commands] == [HangUp]
    assert climb.after(1, AttemptEnded("c1-on-call-1", CallEnd.PASSED)).commands == ()
    assert [r.attempt for r in of(RingContact, climb.wait().commands)] == ["c1-on-call-2"]
    assert climb.after(1, AttemptEnded("c1-on-call-1", CallEnd.PASSED)).commands == ()
    assert climb.step.state.attempt == "c1-on-call-2"


def test_a_busy_line_moves_on_sooner_than_a_full_ring() -> None:
    climb = Climb(plan(contact(1), contact(2)))
    step = climb.ended(CallEnd.BUSY, after_s=2)
    assert [r.contact for r in of(RingContact, step.commands)] == ["n2"]
    assert climb.now - START == timedelta(seconds=2)


def test_a_person_who_hears_the_message_is_given_time_once() -> None:
    climb = Climb(plan())
    first = climb.after(60, AttemptHeard("c1-on-call-1")).state.wake_at
    assert first == climb.now + timedelta(seconds=60 + MARGIN_S)
    assert climb.after(30, AttemptHeard("c1-on-call-1")).state.wake_at == first
    assert climb.after(1, AttemptHeard("c1-on-call-9")).state.wake_at == first


def test_acknowledgement_by_key_ends_the_ladder_and_their_own_call_goes_on() -> None:
    climb = Climb(plan())
    climb.ended(CallEnd.PASSED)
    step = climb.after(20, acknowledged("n2", Way.KEYPAD, "c1-on-call-2"))
    assert [type(c) for c in step.commands] == [TellWhoHasIt, Finished]
    assert of(TellWhoHasIt, step.commands)[0].contacts == ("n1",)
    assert (step.state.over, step.state.status) == (True, LadderStatus.ACKNOWLEDGED)


def test_acknowledgement_of_another_stops_what_rings_and_cuts_nobody_off() -> None:
    climb = Climb(plan())
    climb.ended(CallEnd.PASSED)
    step = climb.after(3, acknowledged("n1"))
    [hang_up] = of(HangUp, step.commands)
    assert (hang_up.attempt, hang_up.unless_answered) == ("c1-on-call-2", True)
    assert of(TellWhoHasIt, step.commands)[0].contacts == ("n2",)


def test_acknowledgement_by_key_in_a_call_that_was_given_up_stops_the_next_one() -> None:
    climb = Climb(plan())
    climb.wait()
    climb.wait()
    step = climb.after(1, acknowledged("n1", Way.KEYPAD, "c1-on-call-1"))
    assert of(HangUp, step.commands)[0].attempt == "c1-on-call-2"


def test_acknowledgement_after_the_end_is_still_told() -> None:
    climb = Climb(plan())
    climb.nobody_answers()
    step = climb.after(3600, acknowledged("n3", Way.LINK))
    assert of(TellWhoHasIt, step.commands)[0].contacts == ("n1", "n2")
    assert climb.watch.ends == [LadderEnd.ALARM, LadderEnd.ACKNOWLEDGED]
    assert step.state.status is LadderStatus.ACKNOWLEDGED


def test_somebody_of_the_house_may_acknowledge() -> None:
    climb = Climb(plan())
    step = climb.after(3, Acknowledged("operator:lea", "Léa", Way.CONSOLE))
    assert of(TellWhoHasIt, step.commands)[0].contacts == ("n1",)
    assert step.state.acknowledged_name == "Léa"


def test_who_comes_second_is_told_once_who_has_it() -> None:
    climb = Climb(plan())
    climb.ended(CallEnd.PASSED)
    climb.after(1, acknowledged("n2"))
    [told] = climb.after(1, acknowledged("n3")).commands
    assert isinstance(told, TellWhoHasIt)
    assert (told.contacts, told.by, told.name) == (("n3",), "n2", "Personne 2")
    assert climb.after(1, acknowledged("n3")).commands == ()
    assert climb.after(1, acknowledged("n2")).commands == ()
    assert climb.step.state.acknowledged_by == "n2"


def test_alarm_is_raised_early_while_the_ladder_climbs() -> None:
    climb = Climb(plan(alarm_after_s=10))
    step = climb.wait()
    assert climb.now - START == timedelta(seconds=10)
    assert [c.why for c in of(RaiseAlarm, step.commands)] == [AlarmWhy.LATE]
    assert step.state.phase is Phase.RINGING
    climb.nobody_answers()
    assert climb.rung == ["n1", "n1", "n2", "n3"]
    assert [a.why for a in climb.watch.alarms] == [AlarmWhy.LATE, AlarmWhy.EXHAUSTED]


def test_a_ladder_that_begins_after_a_breakdown_raises_the_alarm_it_owes() -> None:
    climb = Climb(plan(alarm_after_s=600), START + timedelta(hours=1))
    assert [type(c) for c in climb.step.commands] == [RaiseAlarm, TellContact, RingContact]


def test_an_exhausted_ladder_starts_again_by_the_clients_rule() -> None:
    climb = Climb(plan(contact(1), contact(2), restart_after_s=1800, rounds=3))
    climb.ended()
    step = climb.ended()
    assert [type(c) for c in step.commands] == [RaiseAlarm]
    assert (step.state.status, step.state.over) == (LadderStatus.WAITING, False)
    step = climb.wait()
    assert [type(c) for c in step.commands] == [RoundBegun, TellContact, RingContact]
    assert climb.now - START == timedelta(seconds=2 * 25 + 1800)
    climb.nobody_answers()
    assert climb.rung == ["n1", "n2"] * 3
    assert [a.round for a in climb.watch.alarms] == [1, 2, 3]


def test_acknowledgement_between_two_rounds_ends_it() -> None:
    climb = Climb(plan(contact(1), restart_after_s=1800, rounds=3))
    climb.ended()
    assert climb.after(60, acknowledged("n1")).state.over
    assert climb.watch.ends == [LadderEnd.ACKNOWLEDGED]


def test_no_more_calls_than_the_client_allows_and_the_rest_is_told_in_writing() -> None:
    climb = Climb(plan(most_calls=2, restart_after_s=60, rounds=9))
    climb.nobody_answers()
    assert climb.rung == ["n1", "n1"]
    assert [t.contact for t in climb.watch.told] == ["n1", "n2", "n3"]
    assert [a.why for a in climb.watch.alarms] == [AlarmWhy.COST]
    assert climb.after(900, acknowledged("n3")).state.status is LadderStatus.ACKNOWLEDGED


def test_a_house_that_refuses_more_calls_raises_the_alarm_and_tells_the_rest_in_writing() -> None:
    climb = Climb(plan(restart_after_s=60, rounds=9))
    assert climb.after(0, CallRefused("c1-on-call-7")).commands == ()
    step = climb.after(0, CallRefused("c1-on-call-1"))
    assert [type(c) for c in step.commands] == [TellContact, TellContact, RaiseAlarm, Finished]
    assert [a.why for a in climb.watch.alarms] == [AlarmWhy.COST]
    assert climb.after(9, acknowledged("n2")).state.status is LadderStatus.ACKNOWLEDGED


def test_a_contact_without_telephone_is_told_and_has_the_time_of_a_ring() -> None:
    climb = Climb(plan(contact(1, phone=False, mobile=False), contact(2)))
    assert [type(c) for c in climb.step.commands] == [TellContact]
    step = climb.wait()
    assert climb.now - START == timedelta(seconds=25)
    assert climb.rung == ["n2"]
    assert step.state.phase is Phase.RINGING


def test_nobody_can_be_rung_is_an_alarm_at_once_and_all_are_told() -> None:
    climb = Climb(plan(contact(1, phone=False), contact(2, phone=False)))
    assert [a.why for a in climb.watch.alarms] == [AlarmWhy.NOBODY]
    climb.nobody_answers()
    assert [t.contact for t in climb.watch.told] == ["n1", "n2"]


def test_a_plan_without_anybody_is_an_alarm() -> None:
    climb = Climb(replace(plan(), contacts=()))
    assert [type(c) for c in climb.step.commands] == [RaiseAlarm, Finished]
    assert climb.step.state.over


def test_a_carrier_that_is_down_raises_the_alarm_once_and_the_ladder_does_not_race() -> None:
    climb = Climb(plan(contact(1, tries=2), contact(2)))
    climb.after(0, TelephoneDown("c1-on-call-1"))
    climb.wait()
    assert climb.now - START == timedelta(seconds=25)
    climb.after(0, TelephoneDown("c1-on-call-2"))
    climb.wait()
    climb.after(0, TelephoneDown("c1-on-call-3"))
    climb.wait()
    assert climb.rung == ["n1", "n1", "n2"]
    assert [t.contact for t in climb.watch.told] == ["n1", "n2"]
    assert [a.why for a in climb.watch.alarms] == [AlarmWhy.TELEPHONE, AlarmWhy.EXHAUSTED]


def test_quiet_hours_are_waited_for_and_may_be_acknowledged_in() -> None:
    later = START + timedelta(hours=8)
    climb = Climb(plan(starts_at=later, alarm_after_s=60))
    assert climb.step.commands == ()
    assert climb.step.state.status is LadderStatus.WAITING
    assert climb.after(60, TimeUp()).commands == ()
    climb.wait()
    assert climb.now == later
    assert climb.rung == ["n1"]
    other = Climb(plan(starts_at=later))
    assert [type(c) for c in other.after(5, Acknowledged("operator:lea", "Léa", Way.CONSOLE)).commands] == [Finished]


def test_after_a_long_breakdown_one_telephone_rings_and_not_all() -> None:
    climb = Climb(plan(contact(1, tries=3), contact(2)))
    step = climb.after(7200, TimeUp())
    assert [type(c) for c in step.commands] == [HangUp]
    assert climb.after(0, TimeUp()).commands == ()
    assert [type(c) for c in climb.wait().commands] == [RingContact]
