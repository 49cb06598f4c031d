"""The ladder's reducer: one signal at a time goes in, the next state and the commands to be carried out come out.

Nothing is remembered here and no clock is read: the same plan, state, signal and time give the same step. Signals may be
repeated, late and out of order: what is no longer true of the state changes nothing. Commands of one step are carried out
in their order; each has a key under which it is done once.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from voicebot.domain.ladder import CallEnd, Contact, LadderPlan
from voicebot.policy.ladder.commands import (
    AlarmWhy,
    Command,
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
from voicebot.policy.ladder.state import LadderState, Phase

MARGIN_S = 20
"""Added to ring_s + answer_s before a call whose end the carrier never reports is given up: it may ring late."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, and what must be done for it. Store the state first, with the commands still to be carried out."""

    state: LadderState
    commands: tuple[Command, ...] = ()


def begin(plan: LadderPlan, now: datetime) -> Step:
    """The first step of a ladder; before plan.starts_at it only waits.

    Args:
        now: aware; must never run backwards between two steps of one ladder.
    """
    late = None if plan.alarm_after_s is None else plan.starts_at + timedelta(seconds=plan.alarm_after_s)
    climb = _Climb(plan, LadderState(Phase.WAITING, wait_until=plan.starts_at, alarm_at=late), now)
    climb.time_up()
    return climb.step


def advance(plan: LadderPlan, state: LadderState, signal: Signal, now: datetime) -> Step:
    """One signal of the ladder at `now` (aware). Returns: the same state and no command when it changes nothing."""
    climb = _Climb(plan, state, now)
    match signal:
        case Acknowledged():
            climb.acknowledge(signal)
        case PassedOn():
            climb.pass_on(signal)
        case AttemptHeard():
            climb.give_time(signal)
        case AttemptEnded():
            climb.end_attempt(signal)
        case TelephoneDown():
            climb.telephone_down(signal)
        case CallRefused():
            climb.refuse_calls(signal)
        case TimeUp():
            climb.time_up()
    return climb.step


class _Climb:
    """One step while it is made."""

    def __init__(self, plan: LadderPlan, state: LadderState, now: datetime) -> None:
        self._plan = plan
        self._state = state
        self._now = now
        self._commands: list[Command] = []

    @property
    def step(self) -> Step:
        return Step(self._state, tuple(self._commands))

    def acknowledge(self, signal: Acknowledged) -> None:
        if self._state.acknowledged_by:
            self._tell_late(signal.contact)
            return
        if signal.attempt != self._state.attempt:
            self._hang_up(unless_answered=True)
        self._change(
            acknowledged_by=signal.contact,
            acknowledged_name=signal.name,
            acknowledged_way=signal.way,
            acknowledged_at=self._now,
        )
        others = tuple(contact for contact in self._state.told if contact != signal.contact)
        if others:
            self._do(TellWhoHasIt(self._key("has-it"), others, signal.contact, signal.name))
        self._finish(LadderEnd.ACKNOWLEDGED)

    def pass_on(self, signal: PassedOn) -> None:
        state = self._state
        known = any(contact.id == signal.contact for contact in self._plan.contacts)
        if state.over or signal.round != state.round or signal.contact in state.passed or not known:
            return
        trying = state.trying(self._plan)
        self._change(passed=(*state.passed, signal.contact))
        if trying and trying.id == signal.contact:
            self._hang_up(unless_answered=False)
            self._next_contact()

    def give_time(self, signal: AttemptHeard) -> None:
        if self._is_under_way(signal.attempt) and not self._state.heard:
            self._change(heard=True, wait_until=self._in(self._plan.answer_s + MARGIN_S))

    def end_attempt(self, signal: AttemptEnded) -> None:
        if not self._is_under_way(signal.attempt):
            return
        self._change(attempt="", heard=False)
        if signal.how is CallEnd.PASSED:
            self._change(passed=(*self._state.passed, self._contact.id))
        self._after_try()

    def telephone_down(self, signal: TelephoneDown) -> None:
        if not self._is_under_way(signal.attempt):
            return
        self._alarm_once(AlarmWhy.TELEPHONE)
        # As long as a ring: who was told in writing may answer, and the carrier may come back.
        self._change(phase=Phase.PAUSING, attempt="", heard=False, wait_until=self._in(self._plan.ring_s))

    def refuse_calls(self, signal: CallRefused) -> None:
        if self._is_under_way(signal.attempt):
            self._change(attempt="", heard=False)
            self._stop_for_cost()

    def time_up(self) -> None:
        state = self._state
        if state.alarm_at is not None and state.alarm_at <= self._now:
            self._change(alarm_at=None)
            self._alarm_once(AlarmWhy.LATE)
        if state.wait_until is None or state.wait_until > self._now:
            return
        match state.phase:
            case Phase.WAITING:
                self._begin_climbing()
            case Phase.RINGING:
                self._hang_up(unless_answered=False)
                self._after_try()
            case Phase.PAUSING:
                self._try_again_or_next()
            case Phase.RESTING:
                self._change(round=state.round + 1, told_now=(), passed=())
                self._do(RoundBegun(self._key("round", self._state.round), self._state.round))
                self._enter(0)
            case Phase.OVER:
                pass

    def _begin_climbing(self) -> None:
        if not any(contact.phone for contact in self._plan.contacts):
            self._alarm_once(AlarmWhy.NOBODY)
        if self._plan.contacts:
            self._enter(0)
        else:
            self._finish(LadderEnd.ALARM)

    def _enter(self, place: int) -> None:
        """Tries the first contact from `place` on who has not passed."""
        for at in range(place, len(self._plan.contacts)):
            if self._plan.contacts[at].id not in self._state.passed:
                self._change(place=at, tries=0)
                self._tell()
                if self._contact.phone:
                    self._ring()
                else:
                    self._change(phase=Phase.PAUSING, wait_until=self._in(self._plan.ring_s))
                return
        self._exhausted()

    def _next_contact(self) -> None:
        self._enter(self._state.place + 1)

    def _after_try(self) -> None:
        """A call has ended: a pause before the same contact is tried again, none before the next one."""
        if self._may_try_again:
            self._change(phase=Phase.PAUSING, wait_until=self._in(self._plan.pause_s))
        else:
            self._next_contact()

    def _try_again_or_next(self) -> None:
        if self._may_try_again:
            self._ring()
        else:
            self._next_contact()

    @property
    def _may_try_again(self) -> bool:
        contact, state = self._contact, self._state
        return bool(contact.phone) and state.tries < contact.tries and contact.id not in state.passed

    def _tell(self) -> None:
        """In writing, once per round."""
        contact, state = self._contact, self._state
        sms = contact.mobile
        if contact.id in state.told_now or not (sms or contact.email):
            return
        self._note_told(contact)
        self._change(told_now=(*self._state.told_now, contact.id))
        key = self._key("tell", state.round, contact.id)
        self._do(TellContact(key, contact.id, state.round, sms, contact.email))

    def _ring(self) -> None:
        state, plan, contact = self._state, self._plan, self._contact
        if state.calls >= plan.most_calls:
            self._stop_for_cost()
            return
        number = state.calls + 1
        attempt = self._key(number)
        self._note_told(contact)
        self._change(
            phase=Phase.RINGING,
            attempt=attempt,
            heard=False,
            calls=number,
            tries=state.tries + 1,
            wait_until=self._in(plan.ring_s + plan.answer_s + MARGIN_S),
        )
        self._do(RingContact(attempt, contact.id, attempt, number, state.round, contact.phone, plan.ring_s))

    def _stop_for_cost(self) -> None:
        """Whoever is left in this round is told in writing; nobody is rung any more."""
        for place in range(self._state.place, len(self._plan.contacts)):
            self._change(place=place)
            if self._contact.id not in self._state.passed:
                self._tell()
        self._alarm_once(AlarmWhy.COST)
        self._finish(LadderEnd.ALARM)

    def _exhausted(self) -> None:
        plan, state = self._plan, self._state
        self._alarm(AlarmWhy.EXHAUSTED, self._key("alarm", AlarmWhy.EXHAUSTED, state.round))
        self._change(alarm_at=None)
        if plan.restart_after_s is None or state.round >= plan.rounds:
            self._finish(LadderEnd.ALARM)
        else:
            self._change(phase=Phase.RESTING, wait_until=self._in(plan.restart_after_s))

    def _tell_late(self, contact: str) -> None:
        state = self._state
        if contact == state.acknowledged_by or contact in state.late or contact.startswith("operator:"):
            return
        self._change(late=(*state.late, contact))
        key = self._key("late", contact)
        self._do(TellWhoHasIt(key, (contact,), state.acknowledged_by, state.acknowledged_name))

    def _hang_up(self, *, unless_answered: bool) -> None:
        attempt = self._state.attempt
        if attempt:
            self._do(HangUp(f"{attempt}-hang-up", attempt, unless_answered))
        self._change(attempt="", heard=False)

    def _alarm_once(self, why: AlarmWhy) -> None:
        if why not in self._state.alarms:
            self._alarm(why, self._key("alarm", why))

    def _alarm(self, why: AlarmWhy, key: str) -> None:
        state = self._state
        self._change(alarms=(*state.alarms, why), alarmed_at=state.alarmed_at or self._now)
        self._do(RaiseAlarm(key, why, state.round))

    def _finish(self, how: LadderEnd) -> None:
        self._change(phase=Phase.OVER, attempt="", heard=False, wait_until=None, alarm_at=None)
        self._do(Finished(self._key("finished", how), how))

    def _note_told(self, contact: Contact) -> None:
        if contact.id not in self._state.told:
            self._change(told=(*self._state.told, contact.id))

    def _is_under_way(self, attempt: str) -> bool:
        return bool(attempt) and self._state.attempt == attempt

    @property
    def _contact(self) -> Contact:
        return self._plan.contacts[self._state.place]

    def _in(self, seconds: int) -> datetime:
        return self._now + timedelta(seconds=seconds)

    def _key(self, *parts: object) -> str:
        return "-".join((self._plan.id, *map(str, parts)))

    def _change(self, **fields: Any) -> None:
        self._state = replace(self._state, **fields)

    def _do(self, command: Command) -> None:
        self._commands.append(command)
