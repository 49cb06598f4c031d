"""All answers of all people, in any order, late and repeated: no path ends without an acknowledgement or an alarm."""

from __future__ import annotations

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.policy.ladders import START, Watch, contact, plan
from voicebot.domain.ladder import CallEnd, Contact, LadderPlan, Way
from voicebot.policy.ladder.climb import advance, begin
from voicebot.policy.ladder.commands import AlarmWhy, LadderEnd
from voicebot.policy.ladder.rehearsal import Answer, ends_how, simulate
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
from voicebot.policy.ladder.step import Step

CONTACTS = st.integers(1, 4).flatmap(
    lambda many: st.tuples(
        *(
            st.builds(contact, st.just(rung), tries=st.integers(1, 3), phone=st.booleans(), mobile=st.booleans())
            for rung in range(1, many + 1)
        )
    )
)
RINGABLE = CONTACTS.map(lambda people: tuple(contact(c.rung, tries=c.tries) for c in people))


@st.composite
def plans(draw: st.DrawFn) -> LadderPlan:
    restart = draw(st.sampled_from((None, 0, 60, 1800)))
    return plan(
        *draw(st.one_of(CONTACTS, RINGABLE)),
        starts_at=START + timedelta(seconds=draw(st.sampled_from((0, 0, 3600)))),
        pause_s=draw(st.sampled_from((0, 5))),
        alarm_after_s=draw(st.sampled_from((None, 1, 40, 900))),
        restart_after_s=restart,
        rounds=draw(st.integers(1, 3)) if restart is not None else 1,
        most_calls=draw(st.sampled_from((1, 2, 5, 30))),
    )


class LadderMachine(RuleBasedStateMachine):
    """One ladder, a world that does what it likes, and a watch over every step."""

    plan: LadderPlan
    watch: Watch
    step: Step

    @initialize(of_plan=plans(), late_s=st.sampled_from((0, 0, 30, 7200)))
    def start(self, of_plan: LadderPlan, late_s: int) -> None:
        self.plan, self.now, self.watch = of_plan, START + timedelta(seconds=late_s), Watch(of_plan)
        self.seen: list[Signal] = []
        self.step = begin(of_plan, self.now)
        assert begin(of_plan, self.now) == self.step
        self.watch.see(self.step, self.now)

    def send(self, signal: Signal) -> None:
        before = self.step.state
        self.step = advance(self.plan, before, signal, self.now)
        assert advance(self.plan, before, signal, self.now) == self.step, "not the same each time"
        self.watch.see(self.step, self.now, signal)
        self.seen.append(signal)

    @rule(seconds=st.sampled_from((0, 1, 20, 300)))
    def time_passes(self, seconds: int) -> None:
        """Not beyond the next alarm clock, which rings in time."""
        wake_at = self.step.state.wake_at
        self.now += timedelta(seconds=seconds)
        if wake_at is not None and self.now >= wake_at:
            self.now = max(wake_at, self.now - timedelta(seconds=seconds))
            self.send(TimeUp())

    @precondition(lambda self: not self.step.state.over)
    @rule(seconds=st.sampled_from((30, 7200)))
    def the_house_is_down(self, seconds: int) -> None:
        """Nothing is sent for a while, then the clock that is long due rings."""
        self.now += timedelta(seconds=seconds)
        self.send(TimeUp())

    @rule()
    def the_clock_rings(self) -> None:
        wake_at = self.step.state.wake_at
        if wake_at is not None:
            self.now = max(self.now, wake_at)
            self.send(TimeUp())

    @precondition(lambda self: self.step.state.attempt)
    @rule(how=st.sampled_from(CallEnd), after_s=st.integers(0, 20))
    def the_call_ends(self, how: CallEnd, after_s: int) -> None:
        self.now += timedelta(seconds=after_s)
        self.send(AttemptEnded(self.step.state.attempt, how))

    @precondition(lambda self: self.step.state.attempt)
    @rule()
    def nobody_answers(self) -> None:
        self.now += timedelta(seconds=self.plan.ring_s)
        self.send(AttemptEnded(self.step.state.attempt, CallEnd.NO_ANSWER))

    @precondition(lambda self: self.step.state.attempt)
    @rule(how=st.sampled_from((CallEnd.MACHINE, CallEnd.SILENT)))
    def something_answers_and_presses_no_key(self, how: CallEnd) -> None:
        self.send(AttemptEnded(self.step.state.attempt, how))
        assert not self.step.state.acknowledged_by

    @precondition(lambda self: self.step.state.attempt)
    @rule()
    def the_carrier_is_down(self) -> None:
        self.send(TelephoneDown(self.step.state.attempt))

    @precondition(lambda self: self.step.state.attempt)
    @rule(seldom=st.integers(0, 4))
    def the_house_refuses_more_calls(self, seldom: int) -> None:
        if seldom == 4:
            self.send(CallRefused(self.step.state.attempt))
            assert self.step.state.over

    @precondition(lambda self: self.step.state.attempt)
    @rule()
    def a_key_is_pressed_to_hear(self) -> None:
        self.send(AttemptHeard(self.step.state.attempt))

    @precondition(lambda self: self.watch.rings)
    @rule(data=st.data(), how=st.sampled_from(CallEnd))
    def an_older_call_is_reported_ended(self, data: st.DataObject, how: CallEnd) -> None:
        ring = data.draw(st.sampled_from(self.watch.rings))
        if ring.attempt != self.step.state.attempt:
            self.send(AttemptEnded(ring.attempt, how))
            assert self.step.commands == ()

    @rule(data=st.data())
    def somebody_passes_on_in_writing(self, data: st.DataObject) -> None:
        who = data.draw(st.sampled_from(self.plan.contacts))
        self.send(PassedOn(who.id, data.draw(st.integers(1, self.step.state.round))))

    @rule(data=st.data(), seldom=st.integers(0, 4))
    def somebody_acknowledges(self, data: st.DataObject, seldom: int) -> None:
        """Anybody at any moment, but seldom: paths without anybody are the longer ones."""
        if seldom != 4:
            return
        trying = self.step.state.trying(self.plan)
        who = data.draw(st.sampled_from([*(c.id for c in self.plan.contacts), "operator:lea"]))
        by_key = self.step.state.attempt if trying and trying.id == who and data.draw(st.booleans()) else ""
        had = self.step.state.acknowledged_by
        self.send(Acknowledged(who, who, Way.KEYPAD if by_key else Way.LINK, by_key))
        assert self.step.state.over
        assert self.step.state.acknowledged_by == (had or who)

    @precondition(lambda self: self.seen)
    @rule(data=st.data())
    def something_is_delivered_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.seen))
        if not isinstance(again, TimeUp):
            assert advance(self.plan, self.step.state, again, self.now) == Step(self.step.state)

    @rule()
    def the_clock_rings_too_early(self) -> None:
        wake_at = self.step.state.wake_at
        if wake_at is None or self.now < wake_at:
            assert advance(self.plan, self.step.state, TimeUp(), self.now) == Step(self.step.state)

    @invariant()
    def a_person_is_being_tried_or_awaited_or_it_ended_well(self) -> None:
        state = self.step.state
        assert state.wake_at is not None or state.acknowledged_by or state.alarms

    def teardown(self) -> None:
        """Whatever happened: when nothing more happens, it ends by itself, with an acknowledgement or an alarm."""
        if not hasattr(self, "step"):
            return
        calls_left = sum(c.tries for c in self.plan.contacts) * self.plan.rounds
        for _ in range(2 * calls_left + 3 * len(self.plan.contacts) * self.plan.rounds + 2 * self.plan.rounds + 3):
            if self.step.state.over:
                break
            self.the_clock_rings()
        assert self.step.state.over, "it never ends"
        assert self.watch.acknowledged or any(a.why in _LAST for a in self.watch.alarms)
        self.send(Acknowledged("n1", "Personne 1", Way.LINK))
        assert self.step.state.acknowledged_by


_LAST = (AlarmWhy.EXHAUSTED, AlarmWhy.COST)

LadderMachine.TestCase.settings = settings(
    max_examples=300, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestLadderMachine = LadderMachine.TestCase


def expected_rings(of_plan: LadderPlan, answers: dict[str, tuple[Answer, ...]]) -> list[str]:
    """Who should be rung, worked out without the reducer."""
    calls = {who: list(given) for who, given in answers.items()}
    rung: list[str] = []
    for _ in range(of_plan.rounds):
        for who in of_plan.contacts:
            for _ in range(who.tries):
                if len(rung) == of_plan.most_calls:
                    return rung
                rung.append(who.id)
                answer = calls[who.id].pop(0)
                if answer is Answer.ACK:
                    return rung
                if answer is Answer.PASSED:
                    break
    return rung


def climb_and_compare(of_plan: LadderPlan, answers: dict[str, tuple[Answer, ...]]) -> None:
    watch = Watch(of_plan, reads_json=False)
    moments = simulate(of_plan, answers)
    for moment in moments:
        step = Step(moment.state, moment.commands)
        watch.see(step, moment.at, moment.signal)
    expected = expected_rings(of_plan, answers)
    assert [ring.contact for ring in watch.rings] == expected
    # « 2 » spares the tries that are left, so an answer of the list may never be given.
    taken = watch.acknowledged != ""
    assert ends_how(moments) is (LadderEnd.ACKNOWLEDGED if taken else LadderEnd.ALARM)
    reached = {who: given[: expected.count(who)] for who, given in answers.items()}
    assert taken == any(Answer.ACK in given for given in reached.values())


FEW = (Answer.NO_ANSWER, Answer.MACHINE, Answer.PASSED, Answer.ACK, Answer.LOST)


def every_answer(people: tuple[Contact, ...], rounds: int, answers: tuple[Answer, ...]):
    """Every combination of answers to every call, as `simulate` wants it."""
    slots = [c.id for c in people for _ in range(c.tries * rounds)]
    for given in product(answers, repeat=len(slots)):
        by_contact: dict[str, tuple[Answer, ...]] = {c.id: () for c in people}
        for who, answer in zip(slots, given, strict=True):
            by_contact[who] += (answer,)
        yield by_contact


@pytest.mark.parametrize(
    ("of_plan", "answers", "count"),
    [
        (plan(contact(1, tries=2), contact(2), alarm_after_s=60), tuple(Answer), 9**3),
        (plan(contact(1, tries=2), contact(2), contact(3)), tuple(Answer), 9**4),
        (plan(contact(1), contact(2), restart_after_s=60, rounds=2, alarm_after_s=60), tuple(Answer), 9**4),
        (plan(contact(1, tries=2), contact(2), restart_after_s=60, rounds=2, most_calls=5), FEW, 5**6),
    ],
    ids=["two contacts", "three contacts", "two rounds", "most calls"],
)
def test_every_combination_of_answers_ends_with_a_human_or_an_alarm(
    of_plan: LadderPlan, answers: tuple[Answer, ...], count: int
) -> None:
    climbed = 0
    for given in every_answer(of_plan.contacts, of_plan.rounds, answers):
        climb_and_compare(of_plan, given)
        climbed += 1
    assert climbed == count
