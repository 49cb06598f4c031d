"""One step of a ladder while it is made: the state as it changes, and the commands in the order in which they are given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from voicebot.domain.ladder import Contact, LadderPlan
from voicebot.policy.ladder.commands import (
    AlarmWhy,
    Command,
    Finished,
    HangUp,
    LadderEnd,
    RaiseAlarm,
    RingContact,
    TellContact,
    TellWhoHasIt,
)
from voicebot.policy.ladder.state import LadderState, Phase

MARGIN_S = 20
"""Added to ring_s + answer_s before a call whose end the carrier never reports is given up: it may ring late."""


@dataclass(frozen=True, slots=True)
class Step:
    """The next state, and what must be done for it. Store the state first, with the commands still to be carried out."""

    state: LadderState
    commands: tuple[Command, ...] = ()


class Draft:
    """A step that is being made. Every change of state and every command goes through here; climb.py holds the rules."""

    def __init__(self, plan: LadderPlan, state: LadderState, now: datetime) -> None:
        self.plan = plan
        self.state = state
        self.now = now
        self._commands: list[Command] = []

    @property
    def step(self) -> Step:
        return Step(self.state, tuple(self._commands))

    @property
    def contact(self) -> Contact:
        """Whose turn it is."""
        return self.plan.contacts[self.state.place]

    def change(self, **fields: Any) -> None:
        self.state = replace(self.state, **fields)

    def do(self, command: Command) -> None:
        self._commands.append(command)

    def key(self, *parts: object) -> str:
        return "-".join((self.plan.id, *map(str, parts)))

    def after(self, seconds: int) -> datetime:
        return self.now + timedelta(seconds=seconds)

    def is_under_way(self, attempt: str) -> bool:
        return bool(attempt) and self.state.attempt == attempt

    def pause(self, seconds: int) -> None:
        self.change(phase=Phase.PAUSING, wait_until=self.after(seconds))

    def tell(self) -> None:
        """Whose turn it is, in writing, once per round."""
        contact, state = self.contact, self.state
        if contact.id in state.told_now or not (contact.mobile or contact.email):
            return
        self._note_told()
        self.change(told_now=(*state.told_now, contact.id))
        key = self.key("tell", state.round, contact.id)
        self.do(TellContact(key, contact.id, state.round, contact.mobile, contact.email))

    def ring(self) -> None:
        """Whose turn it is. The caller of the function has looked at most_calls."""
        state, plan, contact = self.state, self.plan, self.contact
        number = state.calls + 1
        attempt = self.key(number)
        self._note_told()
        self.change(
            phase=Phase.RINGING,
            attempt=attempt,
            heard=False,
            calls=number,
            tries=state.tries + 1,
            wait_until=self.after(plan.ring_s + plan.answer_s + MARGIN_S),
        )
        self.do(RingContact(attempt, contact.id, attempt, number, state.round, contact.phone, plan.ring_s))

    def hang_up(self, *, unless_answered: bool) -> None:
        """The call under way; nothing when there is none."""
        attempt = self.state.attempt
        if attempt:
            self.do(HangUp(f"{attempt}-hang-up", attempt, unless_answered))
        self.over_with_call()

    def over_with_call(self) -> None:
        self.change(attempt="", heard=False)

    def alarm_once(self, why: AlarmWhy) -> None:
        if why not in self.state.alarms:
            self._alarm(why, self.key("alarm", why))

    def alarm_of_round(self, why: AlarmWhy) -> None:
        self._alarm(why, self.key("alarm", why, self.state.round))

    def tell_who_has_it(self) -> None:
        state = self.state
        others = tuple(contact for contact in state.told if contact != state.acknowledged_by)
        if others:
            self.do(TellWhoHasIt(self.key("has-it"), others, state.acknowledged_by, state.acknowledged_name))

    def tell_late(self, contact: str) -> None:
        """Somebody who acknowledges after somebody else, once."""
        state = self.state
        known = any(one.id == contact for one in self.plan.contacts)
        if not known or contact == state.acknowledged_by or contact in state.late:
            return
        self.change(late=(*state.late, contact))
        self.do(TellWhoHasIt(self.key("late", contact), (contact,), state.acknowledged_by, state.acknowledged_name))

    def finish(self, how: LadderEnd) -> None:
        self.change(phase=Phase.OVER, attempt="", heard=False, wait_until=None, alarm_at=None)
        self.do(Finished(self.key("finished", how), how))

    def _alarm(self, why: AlarmWhy, key: str) -> None:
        state = self.state
        self.change(alarms=(*state.alarms, why), alarmed_at=state.alarmed_at or self.now)
        self.do(RaiseAlarm(key, why, state.round))

    def _note_told(self) -> None:
        if self.contact.id not in self.state.told:
            self.change(told=(*self.state.told, self.contact.id))
