"""The ladder's reducer: one signal at a time goes in, the next state and the commands to be carried out come out.

Nothing is remembered here and no clock is read: the same plan, state, signal and time give the same step. Signals may be
repeated, late and out of order: what is no longer true of the state changes nothing. Commands of one step are carried out
in their order; each has a key under which it is done once.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from voicebot.domain.ladder import CallEnd, LadderPlan
from voicebot.policy.ladder.commands import AlarmWhy, LadderEnd, RoundBegun
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
from voicebot.policy.ladder.state import LadderState, Phase
from voicebot.policy.ladder.step import MARGIN_S, Draft, Step


def begin(plan: LadderPlan, now: datetime) -> Step:
    """The first step of a ladder; before plan.starts_at it only waits.

    Args:
        now: aware; must never run backwards between two steps of one ladder.
    """
    late = None if plan.alarm_after_s is None else plan.starts_at + timedelta(seconds=plan.alarm_after_s)
    draft = Draft(plan, LadderState(Phase.WAITING, wait_until=plan.starts_at, alarm_at=late), now)
    _time_up(draft)
    return draft.step


def advance(plan: LadderPlan, state: LadderState, signal: Signal, now: datetime) -> Step:
    """One signal of the ladder at `now` (aware). Returns: the same state and no command when it changes nothing."""
    draft = Draft(plan, state, now)
    match signal:
        case Acknowledged():
            _acknowledge(draft, signal)
        case PassedOn():
            _pass_on(draft, signal)
        case AttemptHeard():
            _give_time(draft, signal)
        case AttemptEnded():
            _end_attempt(draft, signal)
        case TelephoneDown():
            _wait_for_telephone(draft, signal)
        case CallRefused():
            _refuse_calls(draft, signal)
        case TimeUp():
            _time_up(draft)
    return draft.step


def _acknowledge(draft: Draft, signal: Acknowledged) -> None:
    if draft.state.acknowledged_by:
        draft.tell_late(signal.contact)
        return
    if signal.attempt != draft.state.attempt:
        draft.hang_up(unless_answered=True)
    draft.change(
        acknowledged_by=signal.contact,
        acknowledged_name=signal.name,
        acknowledged_way=signal.way,
        acknowledged_at=draft.now,
    )
    draft.tell_who_has_it()
    draft.finish(LadderEnd.ACKNOWLEDGED)


def _pass_on(draft: Draft, signal: PassedOn) -> None:
    state = draft.state
    known = any(contact.id == signal.contact for contact in draft.plan.contacts)
    if state.over or signal.round != state.round or signal.contact in state.passed or not known:
        return
    trying = state.trying(draft.plan)
    draft.change(passed=(*state.passed, signal.contact))
    if trying and trying.id == signal.contact:
        draft.hang_up(unless_answered=False)
        _next_contact(draft)


def _give_time(draft: Draft, signal: AttemptHeard) -> None:
    if draft.is_under_way(signal.attempt) and not draft.state.heard:
        draft.change(heard=True, wait_until=draft.after(draft.plan.answer_s + MARGIN_S))


def _end_attempt(draft: Draft, signal: AttemptEnded) -> None:
    if not draft.is_under_way(signal.attempt):
        return
    draft.over_with_call()
    if signal.how is CallEnd.PASSED:
        draft.change(passed=(*draft.state.passed, draft.contact.id))
    _after_try(draft)


def _wait_for_telephone(draft: Draft, signal: TelephoneDown) -> None:
    if not draft.is_under_way(signal.attempt):
        return
    draft.over_with_call()
    draft.alarm_once(AlarmWhy.TELEPHONE)
    # As long as a ring: who was told in writing may answer, and the carrier may come back.
    draft.pause(draft.plan.ring_s)


def _refuse_calls(draft: Draft, signal: CallRefused) -> None:
    if draft.is_under_way(signal.attempt):
        draft.over_with_call()
        _stop_for_cost(draft)


def _time_up(draft: Draft) -> None:
    state = draft.state
    if state.alarm_at is not None and state.alarm_at <= draft.now:
        draft.change(alarm_at=None)
        draft.alarm_once(AlarmWhy.LATE)
    if state.wait_until is None or state.wait_until > draft.now:
        return
    match state.phase:
        case Phase.WAITING:
            _begin_climbing(draft)
        case Phase.RINGING:
            draft.hang_up(unless_answered=False)
            _after_try(draft)
        case Phase.PAUSING:
            _try_again_or_next(draft)
        case Phase.RESTING:
            draft.change(round=state.round + 1, told_now=(), passed=())
            draft.do(RoundBegun(draft.key("round", draft.state.round), draft.state.round))
            _enter(draft, 0)
        case Phase.OVER:
            pass


def _begin_climbing(draft: Draft) -> None:
    if not any(contact.phone for contact in draft.plan.contacts):
        draft.alarm_once(AlarmWhy.NOBODY)
    if draft.plan.contacts:
        _enter(draft, 0)
    else:
        draft.finish(LadderEnd.ALARM)


def _enter(draft: Draft, place: int) -> None:
    """Tries the first contact from `place` on who has not passed."""
    for at in range(place, len(draft.plan.contacts)):
        if draft.plan.contacts[at].id not in draft.state.passed:
            draft.change(place=at, tries=0)
            draft.tell()
            if draft.contact.phone:
                _ring(draft)
            else:
                draft.pause(draft.plan.ring_s)
            return
    _exhausted(draft)


def _next_contact(draft: Draft) -> None:
    _enter(draft, draft.state.place + 1)


def _after_try(draft: Draft) -> None:
    """A call has ended: a pause before the same contact is tried again, none before the next one."""
    if _may_try_again(draft):
        draft.pause(draft.plan.pause_s)
    else:
        _next_contact(draft)


def _try_again_or_next(draft: Draft) -> None:
    if _may_try_again(draft):
        _ring(draft)
    else:
        _next_contact(draft)


def _may_try_again(draft: Draft) -> bool:
    contact, state = draft.contact, draft.state
    return bool(contact.phone) and state.tries < contact.tries and contact.id not in state.passed


def _ring(draft: Draft) -> None:
    if draft.state.calls >= draft.plan.most_calls:
        _stop_for_cost(draft)
    else:
        draft.ring()


def _stop_for_cost(draft: Draft) -> None:
    """Whoever is left in this round is told in writing; nobody is rung any more."""
    for place in range(draft.state.place, len(draft.plan.contacts)):
        draft.change(place=place)
        if draft.contact.id not in draft.state.passed:
            draft.tell()
    draft.alarm_once(AlarmWhy.COST)
    draft.finish(LadderEnd.ALARM)


def _exhausted(draft: Draft) -> None:
    plan, state = draft.plan, draft.state
    draft.alarm_of_round(AlarmWhy.EXHAUSTED)
    draft.change(alarm_at=None)
    if plan.restart_after_s is None or state.round >= plan.rounds:
        draft.finish(LadderEnd.ALARM)
    else:
        draft.change(phase=Phase.RESTING, wait_until=draft.after(plan.restart_after_s))
