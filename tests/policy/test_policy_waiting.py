"""The queue in whole random calls: rows follow from what is said, nobody is rung for a call that does not wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.acts_at_random import FICHES, Passage, calls
from tests.policy.conftest import BY_DAY, greeted
from voicebot.domain.acts import AskForHuman, RaiseRedFlag
from voicebot.domain.call import Awaited, Call
from voicebot.domain.callback import Callback
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.handoff import Handoff, HandoffRules, HandoffStatus, QueueStanding, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.domain.scenario import Outcome
from voicebot.domain.telephone_numbers import may_be_rung
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.decide import decide
from voicebot.policy.follow_up import work_after_turn
from voicebot.policy.humans import hear_queue
from voicebot.policy.waiting import handoff_id, queued_by, waits

often = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CAN = Facilities(transfer=True, on_call=True, callback=True)


class Rows:
    """Rows as the store keeps them of what the receptionist queues (store.handoff_rows)."""

    def __init__(self) -> None:
        self.handoffs: dict[str, Handoff] = {}
        self.callbacks: dict[str, Callback] = {}

    def put(self, queued: tuple[Handoff | Callback, ...]) -> None:
        for one in queued:
            if isinstance(one, Callback):
                self.callbacks[one.id] = one
                self._end_all(HandoffStatus.CALLED_BACK)
            elif (known := self.handoffs.get(one.id)) is None:
                self.handoffs[one.id] = one
            elif known.status.queued:
                self.handoffs[one.id] = replace(
                    known, status=one.status, why=one.why, urgency=min(known.urgency, one.urgency)
                )

    def _end_all(self, status: HandoffStatus) -> None:
        for name, known in self.handoffs.items():
            if known.status.queued:
                self.handoffs[name] = replace(known, status=status)

    @property
    def waiting(self) -> list[str]:
        return [name for name, row in self.handoffs.items() if row.status.queued]


@often
@given(calls())
def test_rows_say_of_every_call_whether_it_waits(passages: list[Passage]) -> None:
    rows = Rows()
    for passage in passages:
        before, after = passage.before, passage.verdict.call
        rows.put(queued_by(before, after, passage.verdict.decisions, passage.now, "…"))
        assert rows.waiting == ([handoff_id(after)] if waits(after) else []), passage.verdict.decisions
        if waits(after):
            level = after.urgency.level if after.urgency else UrgencyLevel.P3
            assert rows.handoffs[handoff_id(after)].urgency <= level


@often
@given(calls())
def test_callback_is_promised_only_with_its_list_and_a_number_that_may_be_rung(passages: list[Passage]) -> None:
    for passage in passages:
        done = {d.action: d for d in passage.verdict.decisions}
        if Action.OFFER_CALLBACK in done or Action.PROMISE_CALLBACK in done:
            assert passage.facilities.callback or "callback.promised" in passage.before.told
        if promised := done.get(Action.PROMISE_CALLBACK):
            assert may_be_rung(promised.subject)
            (callback,) = [
                row
                for row in queued_by(passage.before, passage.verdict.call, passage.verdict.decisions, passage.now, "w")
                if isinstance(row, Callback)
            ]
            assert (callback.number, callback.words) == (promised.subject, "w")
        if passage.verdict.call.expectation.awaited is Awaited.CALLBACK:
            assert waits(passage.verdict.call), "nobody is asked who does not wait"


@often
@given(calls())
def test_nothing_is_said_of_a_queue_in_which_the_call_is_not(passages: list[Passage]) -> None:
    for passage in passages:
        if any(d.action in (Action.SAY_QUEUE, Action.OFFER_CALLBACK) for d in passage.verdict.decisions):
            assert waits(passage.before)
            assert waits(passage.verdict.call)
        if any(d.action is Action.LEAVE_QUEUE for d in passage.verdict.decisions):
            assert waits(passage.before)


@often
@given(
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 40), st.booleans()), min_size=1, max_size=12),
    st.integers(10, 60),
)
def test_place_is_told_when_new_when_better_and_not_oftener_than_the_client_wants(
    told: list[tuple[int, int, bool]], every_s: int
) -> None:
    client, call = waiting_call(HandoffRules(tell_position_every_s=every_s, callback_after_s=None))
    now, last, best = BY_DAY, None, 0
    for position, passed_s, ringing in told:
        now += timedelta(seconds=passed_s)
        status = HandoffStatus.RINGING if ringing else HandoffStatus.WAITING
        standing = QueueStanding(handoff_id(call), status, position, (now - BY_DAY).total_seconds(), 1)
        verdict = hear_queue(call, client, now, CAN, standing)
        due = last is None or position < best or (now - last).total_seconds() >= every_s
        assert (verdict is not None) == due
        if verdict:
            assert [d.subject for d in verdict.decisions] == [str(position)]
            call, last, best = verdict.call, now, position


def waiting_call(rules: HandoffRules, client_id: str = "chauffage-morel") -> tuple[Instructions, Call]:
    client = next(c for c in reversed(FICHES) if c.id == client_id).model_copy(update={"handoff": rules})
    return client, decide(greeted(client, BY_DAY, "+33639980200"), [AskForHuman("…")], client, BY_DAY, CAN).call


def test_overflow_leads_to_people_on_call_only_where_the_client_wants_that() -> None:
    for overflow, outcome in (("message", Outcome.TRANSFER), ("on_call", Outcome.ON_CALL)):
        client, call = waiting_call(HandoffRules.model_validate({"overflow": overflow}))
        over = QueueStanding(handoff_id(call), HandoffStatus.OVERFLOWED, 1, 200.0, 0, Why.MAX_WAIT)
        verdict = hear_queue(call, client, BY_DAY, CAN, over)
        assert verdict is not None
        assert verdict.decisions[0].action is Action.SAY_NOBODY_AVAILABLE
        assert verdict.call.handover.to is None
        assert verdict.call.orientation is not None
        assert verdict.call.orientation.outcome is outcome
        assert (verdict.call.orientation.because == "handoff.overflow") is (overflow == "on_call")


def test_danger_makes_the_row_more_urgent_and_nothing_makes_it_less() -> None:
    client, call = waiting_call(HandoffRules())
    verdict = decide(call, [RaiseRedFlag("fire", "au feu")], client, BY_DAY, CAN)
    (row,) = queued_by(call, verdict.call, verdict.decisions, BY_DAY)
    assert isinstance(row, Handoff)
    assert (row.id, row.urgency, row.status) == (handoff_id(call), UrgencyLevel.P0, HandoffStatus.WAITING)
    after = decide(verdict.call, [AskForHuman("…")], client, BY_DAY, CAN)
    assert queued_by(verdict.call, after.call, after.decisions, BY_DAY) == ()


def test_rehearsal_orders_no_text() -> None:
    client, call = waiting_call(HandoffRules())
    send = Decision(Action.SEND_TEXT, "taking_back.send_text", "texts[address].body", "address")
    (work,) = work_after_turn(call, None, [send])
    assert (work.id, work.revision) == ("c1-text-address", "address")
    assert work_after_turn(replace(call, rehearsal=True), None, [send]) == ()
    assert client.texts
