"""A rehearsal: the whole ladder in virtual time, with answers that are made up, as an operator or a test wants to see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from voicebot.domain.ladder import CallEnd, LadderPlan, Way
from voicebot.policy.ladder.climb import advance, begin
from voicebot.policy.ladder.commands import Command, Finished, LadderEnd, RingContact
from voicebot.policy.ladder.signals import Acknowledged, AttemptEnded, Signal, TelephoneDown, TimeUp
from voicebot.policy.ladder.state import LadderState
from voicebot.policy.ladder.step import Step


class Answer(StrEnum):
    """What a contact, a voicemail or the carrier does with one call."""

    NO_ANSWER = "no_answer"
    BUSY = "busy"
    FAILED = "failed"
    MACHINE = "machine"
    SILENT = "silent"
    PASSED = "passed"
    ACK = "ack"
    """« 1 » on the keypad."""
    LOST = "lost"
    """The carrier never says how the call ended."""
    DOWN = "down"
    """The carrier cannot be reached."""


Answers = Mapping[str, tuple[Answer, ...]]
"""By contact id: what happens at their first call, second call …; the last one holds for all that follow."""

_QUICK_S = 2
_TO_KEY_S = 20
"""From the ring to a key, for somebody who listens first."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What happens at one time of the ladder: a signal (None where it begins), then the commands that follow from it."""

    at: datetime
    signal: Signal | None
    commands: tuple[Command, ...]
    state: LadderState


def simulate(plan: LadderPlan, answers: Answers, now: datetime | None = None) -> tuple[Moment, ...]:
    """Climbs the ladder until it is over. Contacts without answers do not answer their telephone.

    Args:
        now: aware; when the ladder is asked for; None means plan.starts_at.
    """
    at = now or plan.starts_at
    step = begin(plan, at)
    moments = [Moment(at, None, step.commands, step.state)]
    calls: dict[str, int] = {}
    coming: tuple[datetime, Signal] | None = None
    while True:
        coming = _answer_to(plan, step, at, answers, calls) or _still(coming, step)
        wake_at = step.state.wake_at
        if wake_at is None:
            return tuple(moments)
        at, signal = coming if coming and coming[0] <= wake_at else (wake_at, TimeUp())
        step = advance(plan, step.state, signal, at)
        moments.append(Moment(at, signal, step.commands, step.state))


def ends_how(moments: tuple[Moment, ...]) -> LadderEnd:
    """How a rehearsed ladder ended."""
    return next(c.how for m in reversed(moments) for c in m.commands if isinstance(c, Finished))


def _still(coming: tuple[datetime, Signal] | None, step: Step) -> tuple[datetime, Signal] | None:
    """The answer that is still to come, unless its call is no longer under way."""
    return coming if coming and getattr(coming[1], "attempt", "") == step.state.attempt != "" else None


def _answer_to(
    plan: LadderPlan, step: Step, at: datetime, answers: Answers, calls: dict[str, int]
) -> tuple[datetime, Signal] | None:
    """When and how the call that was placed in this step ends; None when none was, or nobody will ever say."""
    ring = next((c for c in step.commands if isinstance(c, RingContact)), None)
    if ring is None:
        return None
    made_up = answers.get(ring.contact, ()) or (Answer.NO_ANSWER,)
    place = calls[ring.contact] = calls.get(ring.contact, 0) + 1
    answer = made_up[min(place, len(made_up)) - 1]
    name = next(c.name for c in plan.contacts if c.id == ring.contact)
    return None if answer is Answer.LOST else _signal(plan, ring, answer, at, name)


def _signal(plan: LadderPlan, ring: RingContact, answer: Answer, at: datetime, name: str) -> tuple[datetime, Signal]:
    match answer:
        case Answer.ACK:
            told = Acknowledged(ring.contact, name, Way.KEYPAD, ring.attempt)
            return at + timedelta(seconds=_TO_KEY_S), told
        case Answer.DOWN:
            return at, TelephoneDown(ring.attempt)
        case Answer.BUSY | Answer.FAILED:
            lasts_s = _QUICK_S
        case Answer.PASSED:
            lasts_s = _TO_KEY_S
        case Answer.SILENT:
            lasts_s = ring.ring_s + plan.answer_s
        case _:
            lasts_s = ring.ring_s
    return at + timedelta(seconds=lasts_s), AttemptEnded(ring.attempt, CallEnd(answer.value))
