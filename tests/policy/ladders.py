"""Ladders for tests: invented contacts, a small plan, and a watch that finds every broken rule of a climb."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from voicebot.domain.ladder import Contact, LadderPlan, Role, plan_json
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
    command_json,
)
from voicebot.policy.ladder.signals import Acknowledged, AttemptEnded, CallRefused, Signal, TelephoneDown, signal_json
from voicebot.policy.ladder.state import Phase, state_json
from voicebot.policy.ladder.step import Step

C = TypeVar("C")
START = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)


def contact(rung: int, *, tries: int = 1, phone: bool = True, mobile: bool = True) -> Contact:
    """ "n1", "n2" …; phone, mobile: can be rung, can be texted."""
    number = f"+3363998010{rung}"
    return Contact(
        id=f"n{rung}",
        name=f"Personne {rung}",
        role=Role.ON_CALL,
        rung=rung,
        phone=number if phone else "",
        email=f"n{rung}@example.org",
        tries=tries,
        mobile=number if mobile else "",
    )


def plan(*contacts: Contact, **fields: Any) -> LadderPlan:
    people = contacts or (contact(1, tries=2), contact(2), contact(3))
    return LadderPlan("c1-on-call", "c1", "chauffage-morel", people, fields.pop("starts_at", START), **fields)


def of(kind: type[C], commands: tuple[Command, ...]) -> list[C]:
    return [command for command in commands if isinstance(command, kind)]


@dataclass
class Watch:
    """Looks at every step of one climb and fails at the first broken rule.

    ringing: ids of attempts that were placed and of which nothing says yet that they are over. reads_json: everything goes
    through JSON and back, as in the store; off only where ladders are counted by the ten thousand.
    """

    plan: LadderPlan
    ringing: set[str] = field(default_factory=set)
    rings: list[RingContact] = field(default_factory=list)
    told: list[TellContact] = field(default_factory=list)
    alarms: list[RaiseAlarm] = field(default_factory=list)
    ends: list[LadderEnd] = field(default_factory=list)
    who_has_it: list[TellWhoHasIt] = field(default_factory=list)
    keys: Counter[str] = field(default_factory=Counter)
    acknowledged: str = ""
    reads_json: bool = True

    def see(self, step: Step, now: datetime, signal: Signal | None = None) -> None:
        self._hear(step, signal)
        for command in step.commands:
            self.keys[command.key] += 1
            assert self.keys[command.key] == 1, f"{command.key} was asked for twice"
            assert not self.reads_json or command_json.validate_json(command_json.dump_json(command)) == command
            self._obey(command)
        self._check_state(step, now)
        if isinstance(signal, Acknowledged) and signal.contact in {c.id for c in self.plan.contacts} - {self.acknowledged}:
            told = {who for each in self.who_has_it for who in each.contacts}
            assert signal.contact in told, "who comes late is not told who has it"

    def _hear(self, step: Step, signal: Signal | None) -> None:
        if signal is None:
            return
        assert not self.reads_json or signal_json.validate_json(signal_json.dump_json(signal)) == signal
        if isinstance(signal, TelephoneDown) and signal.attempt in self.ringing:
            assert AlarmWhy.TELEPHONE in step.state.alarms
        if isinstance(signal, AttemptEnded | CallRefused | TelephoneDown):
            self.ringing.discard(signal.attempt)
        if isinstance(signal, Acknowledged) and not self.acknowledged:
            self.acknowledged = signal.contact
            # Their own call goes on: they say when they will be there.
            self.ringing.discard(signal.attempt)

    def _obey(self, command: Command) -> None:
        match command:
            case HangUp():
                assert command.attempt in self.ringing, "hangs up a call that does not exist"
                self.ringing.discard(command.attempt)
            case RingContact():
                assert not self.acknowledged, "rings after somebody has it"
                assert not self.ringing, "two telephones ring at once"
                assert (command.contact, command.phone) in {(c.id, c.phone) for c in self.plan.contacts if c.phone}
                assert command.number == len(self.rings) + 1
                assert command.attempt == f"{self.plan.id}-{command.number}"
                self.ringing.add(command.attempt)
                self.rings.append(command)
                self._check_order()
            case TellContact():
                assert not self.acknowledged, "asks somebody although somebody else has it"
                known = next(c for c in self.plan.contacts if c.id == command.contact)
                assert (command.sms, command.email) == (known.mobile, known.email)
                self.told.append(command)
            case RaiseAlarm():
                assert not self.acknowledged, "raises the alarm although somebody has it"
                self.alarms.append(command)
            case TellWhoHasIt():
                assert self.acknowledged
                assert command.by == self.acknowledged
                self.who_has_it.append(command)
            case Finished():
                self.ends.append(command.how)
            case _:
                pass

    def _check_order(self) -> None:
        """Rounds in order, rungs in order within a round, no more tries than the contact has, never more than most_calls."""
        rung = {c.id: c.rung for c in self.plan.contacts}
        order = [(ring.round, rung[ring.contact]) for ring in self.rings]
        assert order == sorted(order), "a rung was climbed down"
        tries = Counter((ring.round, ring.contact) for ring in self.rings)
        allowed = {c.id: c.tries for c in self.plan.contacts}
        assert all(count <= allowed[who] for (_, who), count in tries.items()), "rung more often than tries says"
        assert len(self.rings) <= self.plan.most_calls, "more calls than most_calls"
        assert all(ring.round <= self.plan.rounds for ring in self.rings)

    def _check_state(self, step: Step, now: datetime) -> None:
        state = step.state
        if self.reads_json:
            assert state_json.validate_json(state_json.dump_json(state)) == state
            assert plan_json.validate_json(plan_json.dump_json(self.plan)) == self.plan
        assert state.over == (state.wake_at is None), "a ladder that is not over must be woken again, and only then"
        assert bool(state.attempt) <= (state.attempt in self.ringing)
        assert state.acknowledged_by == self.acknowledged, "whoever acknowledged has it, nobody else"
        assert state.calls == len(self.rings)
        if state.phase is not Phase.WAITING and not self.acknowledged and not any(c.phone for c in self.plan.contacts):
            assert AlarmWhy.NOBODY in state.alarms
        if state.over:
            assert not self.ringing, "a telephone rings on after the end"
            assert self.acknowledged or self.alarms, "over without acknowledgement and without alarm"
            assert self.ends, "over and nobody is told so"
            assert self.ends[-1] is (LadderEnd.ACKNOWLEDGED if self.acknowledged else LadderEnd.ALARM)
        due = self.plan.alarm_after_s
        late = due is not None and (now - self.plan.starts_at).total_seconds() >= due
        if late and not self.acknowledged and state.wake_at and state.wake_at > now:
            assert self.alarms, "the time to acknowledge is over and there was no alarm"
        if self.acknowledged:
            others = {c.contact for c in self.told} | {r.contact for r in self.rings}
            told = {who for each in self.who_has_it for who in each.contacts}
            assert others - {self.acknowledged} <= told, "somebody who was woken is not told who has it"
