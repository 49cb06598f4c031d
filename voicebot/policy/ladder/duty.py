"""The duty at one moment: whether the roster is in use, who is on it, until when, and who follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from voicebot.domain.hours import Hours
from voicebot.domain.instructions import Instructions
from voicebot.domain.on_call import OnCall


@dataclass(frozen=True, slots=True)
class DutyThen:
    """Times are local, in the client's zone.

    contacts: ids, N1 first; empty is a hole in the roster. until: when that changes, None when no shift is written after.
    next_contacts: who follows then; empty is a hole. asleep: the roster is not in use, as the client is open;
    wakes_at: when it closes. quiet_until: end of the quiet hours it is in, None outside them.
    """

    at: datetime
    contacts: tuple[str, ...]
    until: datetime | None
    next_contacts: tuple[str, ...]
    asleep: bool
    wakes_at: datetime | None
    quiet_until: datetime | None

    @property
    def hole(self) -> bool:
        return not self.contacts


def duty_then(instructions: Instructions, duty: OnCall, now: datetime) -> DutyThen:
    """The duty of a client at `now` (aware)."""
    zone = instructions.identity.zone
    local = now.astimezone(zone)
    contacts = duty.contacts_at(local, zone)
    until, following = _next_change(duty, local, contacts)
    asleep = not instructions.roster_in_use(now)
    return DutyThen(
        at=local,
        contacts=contacts,
        until=until,
        next_contacts=following,
        asleep=asleep,
        wakes_at=_closes(instructions.hours, local) if asleep else None,
        quiet_until=duty.quiet.over_at(local) if duty.quiet and duty.quiet.hold(local) else None,
    )


def _next_change(duty: OnCall, local: datetime, contacts: tuple[str, ...]) -> tuple[datetime | None, tuple[str, ...]]:
    zone = local.tzinfo
    edges = sorted({edge for shift in duty.shifts for edge in (shift.begins, shift.ends)})
    for edge in edges:
        at = edge.replace(tzinfo=zone)
        if at.astimezone(UTC) > local.astimezone(UTC):
            following = next((s.contacts for s in duty.shifts if s.holds_at(at)), ())
            if following != contacts:
                return at, following
    return None, ()


def _closes(hours: Hours, local: datetime) -> datetime | None:
    minute = local.hour * 60 + local.minute
    slot = next((s for s in hours.slots_on(local.date()) if s.opens_minute <= minute < s.closes_minute), None)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(minutes=slot.closes_minute) if slot else None
