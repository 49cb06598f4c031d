"""Checks of the on-call roster from today on: no hole in the coming weeks, an end that is seen in time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from voicebot.clients.check.finding import DatedCheck, Finding, warning
from voicebot.domain.hours import Hours
from voicebot.domain.instructions import Instructions
from voicebot.domain.on_call import OnCall, Shift, WhenOnCall

AHEAD = timedelta(weeks=8)
"""How far ahead holes are looked for."""
SOON = timedelta(days=14)
_DAY_MIN = 1440
_MOST_TOLD = 5


def _shown(local: datetime) -> str:
    return f"{local:%a %Y-%m-%d %H:%M}"


def roster_has_ended(instructions: Instructions, now: datetime) -> Iterator[Finding]:
    duty = instructions.on_call
    if duty is None or not duty.shifts:
        return
    local = now.astimezone(instructions.identity.zone).replace(tzinfo=None)
    last = max(shift.ends for shift in duty.shifts)
    place = f"on_call.shifts[{max(range(len(duty.shifts)), key=lambda i: duty.shifts[i].ends)}]"
    if last <= local:
        yield warning("roster.ended", place, f"nobody has been on call since {_shown(last)}", "write the next shifts")
    elif last - local < SOON:
        yield warning("roster.ends_soon", place, f"nobody is on call after {_shown(last)}", "write the next shifts")


def roster_holes(instructions: Instructions, now: datetime) -> Iterator[Finding]:
    """Times without anybody on call, within the next 8 weeks and before the last shift ends."""
    duty = instructions.on_call
    if duty is None or not duty.shifts:
        return
    local = now.astimezone(instructions.identity.zone).replace(tzinfo=None, second=0, microsecond=0)
    until = min(local + AHEAD, max(shift.ends for shift in duty.shifts))
    holes = [hole for hole in _uncovered(duty.shifts, local, until) if _matters(duty, instructions.hours, hole)]
    for begins, ends, place in holes[:_MOST_TOLD]:
        yield warning(
            "roster.hole",
            f"on_call.shifts[{place}]",
            f"nobody is on call from {_shown(begins)} to {_shown(ends)}",
            "let the shift before end later, or add one",
        )
    if len(holes) > _MOST_TOLD:
        yield warning("roster.hole", "on_call.shifts", f"{len(holes) - _MOST_TOLD} more holes", "write the shifts")


_Hole = tuple[datetime, datetime, int]
"""(begins, ends, place of the shift after it), local times."""


def _uncovered(shifts: tuple[Shift, ...], begins: datetime, until: datetime) -> Iterator[_Hole]:
    covered = begins
    for place in sorted(range(len(shifts)), key=lambda i: shifts[i].begins):
        shift = shifts[place]
        if shift.begins >= until:
            break
        if shift.begins > covered:
            yield covered, shift.begins, place
        covered = max(covered, shift.ends)


def _matters(duty: OnCall, hours: Hours, hole: _Hole) -> bool:
    """A duty outside opening hours needs nobody while the client is open."""
    begins, ends, _ = hole
    return duty.active is WhenOnCall.ALWAYS or not _open_all_through(hours, begins, ends)


def _open_all_through(hours: Hours, begins: datetime, ends: datetime) -> bool:
    moment = begins
    while moment < ends:
        minute = moment.hour * 60 + moment.minute
        slot = next((s for s in hours.slots_on(moment.date()) if s.opens_minute <= minute < s.closes_minute), None)
        if slot is None:
            return False
        moment = moment.replace(hour=0, minute=0) + timedelta(minutes=min(slot.closes_minute, _DAY_MIN))
    return True


CHECKS: tuple[DatedCheck, ...] = (roster_has_ended, roster_holes)
