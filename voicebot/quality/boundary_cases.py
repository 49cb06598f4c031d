"""What would happen at each boundary of a client's instructions: open or not and why, the greeting, who is woken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from voicebot.clients.boundaries import Boundary, boundaries_of, reason_of
from voicebot.domain.call import Call
from voicebot.domain.hours import Openness
from voicebot.domain.instructions import Instructions
from voicebot.domain.on_call import WhenOnCall
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.decide import greet
from voicebot.replies.compose import compose

_LEGAL = ("notice", "recording_notice")
_URGENT = (UrgencyLevel.P0, UrgencyLevel.P1)


@dataclass(frozen=True, slots=True)
class Case:
    """One boundary and what happens there.

    why: the instruction that makes the client open or not, and its words. greeting: what is spoken after the legal notice.
    duty: is the on-call duty active, and its roster not at its end? on_call: ids of the people on it, first called first.
    urgent: (path of a scenario or red flag, where it leads). reopens: next opening, None while open or without one within
    60 days.
    """

    boundary: Boundary
    openness: Openness
    why_path: str
    why: str
    greeting: tuple[str, ...]
    duty: bool
    on_call: tuple[str, ...]
    reopens: datetime | None
    urgent: tuple[tuple[str, Outcome], ...]

    @property
    def wakes_nobody(self) -> bool:
        """Does an urgency lead to the person on call while the roster has a hole?"""
        return self.duty and not self.on_call and any(outcome is Outcome.ON_CALL for _, outcome in self.urgent)


def cases_of(instructions: Instructions, now: datetime) -> list[Case]:
    """Boundary cases from `now` (aware) on."""
    return [_case(instructions, boundary) for boundary in boundaries_of(instructions, now)]


def _case(instructions: Instructions, boundary: Boundary) -> Case:
    zone, at = instructions.identity.zone, boundary.at
    held = instructions.on(at.astimezone(zone).date())
    openness = held.hours.openness(at, zone)
    why_path, why = reason_of(held.hours, at, zone)
    is_open = openness is Openness.OPEN
    duty = _on_duty(held, at, is_open=is_open)
    return Case(
        boundary,
        openness,
        why_path,
        why,
        _greeting(held, at),
        duty,
        held.on_call.contacts_at(at, zone) if duty and held.on_call else (),
        None if is_open else held.hours.next_opening(at, zone),
        tuple(_urgencies(held, is_open=is_open)),
    )


def _on_duty(instructions: Instructions, at: datetime, *, is_open: bool) -> bool:
    duty = instructions.on_call
    if duty is None or (is_open and duty.active is WhenOnCall.OUTSIDE_HOURS):
        return False
    local = at.astimezone(instructions.identity.zone).replace(tzinfo=None)
    return any(shift.ends > local for shift in duty.shifts)


def _urgencies(instructions: Instructions, *, is_open: bool) -> Iterator[tuple[str, Outcome]]:
    for s in instructions.scenarios:
        if s.urgency in _URGENT or Outcome.ON_CALL in (s.outcome, s.outside_hours):
            yield f"scenarios[{s.id}]", s.outcome_when(is_open=is_open)
    for rule in instructions.red_flags:
        yield f"red_flags[{rule.red_flag}]", Outcome.ON_CALL if rule.on_call else Outcome.MESSAGE


def _greeting(instructions: Instructions, at: datetime) -> tuple[str, ...]:
    now = at.astimezone(UTC)
    call = Call("boundary", instructions.id, instructions.version, "", "", now, instructions.language)
    verdict = greet(call, instructions, now)
    said = compose(verdict.decisions, verdict.call, instructions, now, number=1)
    return tuple(sentence.text for sentence in said if sentence.phrase not in _LEGAL)


def summary_of(cases: list[Case]) -> Iterator[str]:
    """A line or two about all cases, for whoever does not ask for each of them."""
    yield f"{len(cases)} boundary cases"
    if silent := [case for case in cases if case.wakes_nobody]:
        first = silent[0].boundary
        yield f"{len(silent)} where an urgency wakes nobody, the first {first.at:%a %Y-%m-%d %H:%M} ({first.what})"
