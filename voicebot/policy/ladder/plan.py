"""The plan of a ladder: who is on call when it starts, in which order, at which numbers; fixed before anybody is woken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Contact, LadderPlan, Role
from voicebot.domain.language import Language
from voicebot.domain.message import Message
from voicebot.domain.on_call import OnCall
from voicebot.domain.people import Person
from voicebot.domain.telephone_numbers import may_be_rung, takes_sms
from voicebot.domain.urgency import UrgencyLevel

AGENTS = "agents"
_AGENTS_NAME = {Language.FRENCH: "l'accueil", Language.ENGLISH: "reception"}


def plan_ladder(
    instructions: Instructions, call: Call, message: Message | None, now: datetime, *, agents_number: str = ""
) -> LadderPlan | None:
    """The ladder of one call, or None when there is nobody at all to wake: raise the alarm then.

    Args:
        message: as taken so far; the more urgent of call and message counts.
        now: aware; when the ladder is asked for.
        agents_number: our own reception floor, E.164; "" when there is none.
    """
    told = [urgency.level for urgency in (call.urgency, message.urgency if message else None) if urgency]
    urgency = min(told, default=UrgencyLevel.P1)
    return plan_for(instructions, call.id, urgency, now, agents_number=agents_number)


def plan_for(
    instructions: Instructions, call_id: str, urgency: UrgencyLevel, now: datetime, *, agents_number: str = ""
) -> LadderPlan | None:
    """The same for a call that is only known by its id and urgency, as in a rehearsal."""
    duty = instructions.on_call
    if duty is None:
        return None
    starts_at = ladder_starts(duty, instructions.identity.zone, urgency, now)
    contacts = _contacts(instructions, duty, starts_at, agents_number)
    if not contacts:
        return None
    restart = duty.restart_after
    return LadderPlan(
        id=f"{call_id}-on-call",
        call=call_id,
        client=instructions.id,
        contacts=contacts,
        starts_at=starts_at,
        ring_s=duty.ring_s,
        alarm_after_s=None if duty.acknowledge_within is None else int(duty.acknowledge_within.total_seconds()),
        restart_after_s=None if restart is None else int(restart.total_seconds()),
        rounds=1 if restart is None else duty.rounds,
        most_calls=duty.most_calls,
    )


def ladder_starts(duty: OnCall, zone: ZoneInfo, urgency: UrgencyLevel, now: datetime) -> datetime:
    """When people are woken for a call at `now` (aware): at once, or at the end of quiet hours. Returns: aware UTC."""
    if duty.quiet is None or urgency is UrgencyLevel.P0:
        return now.astimezone(UTC)
    return max(duty.quiet.over_at(now.astimezone(zone)).astimezone(UTC), now.astimezone(UTC))


@dataclass(frozen=True, slots=True)
class _Reach:
    """How a person is reached. phone: for the voice; their first one that may be dialled."""

    phone: str
    mobile: str
    email: str


def _contacts(instructions: Instructions, duty: OnCall, starts_at: datetime, agents_number: str) -> tuple[Contact, ...]:
    on_duty = duty.contacts_at(starts_at, instructions.identity.zone)
    wanted = [(person, Role.ON_CALL) for person in dict.fromkeys(on_duty)]
    if duty.manager and duty.manager not in on_duty:
        wanted.append((duty.manager, Role.MANAGER))
    people = [(person, role) for i, role in wanted if (person := instructions.person(i)) is not None]
    reached = [(person.id, person.name, role, _reach(person)) for person, role in people]
    if duty.agents and may_be_rung(agents_number):
        floor = _Reach(agents_number, "", "")
        reached.append((AGENTS, _AGENTS_NAME[instructions.language], Role.AGENTS, floor))
    kept = [one for one in reached if one[3].phone or one[3].mobile or one[3].email]
    return tuple(
        Contact(
            id=who,
            name=name,
            role=role,
            rung=rung,
            phone=reach.phone,
            email=reach.email,
            tries=duty.tries if rung == 1 else duty.tries_next,
            mobile=reach.mobile,
        )
        for rung, (who, name, role, reach) in enumerate(kept, 1)
    )


def _reach(person: Person) -> _Reach:
    """Who has no number that may be dialled is only told in writing."""
    phone = next((number for number in person.phones if may_be_rung(number)), "")
    mobile = next((number for number in person.phones if takes_sms(number)), "")
    return _Reach(phone, mobile, person.email or "")
