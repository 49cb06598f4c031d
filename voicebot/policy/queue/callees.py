"""Which people of the client are rung for a handoff that is for one of them."""

from __future__ import annotations

from datetime import datetime

from voicebot.domain.instructions import Instructions
from voicebot.domain.people import Person
from voicebot.domain.telephone_numbers import may_be_rung
from voicebot.policy.queue.scene import Callee


def callees_of(instructions: Instructions, to: str, now: datetime) -> tuple[Callee, ...]:
    """The person `to`, or those of the team `to` in its order, who are there and have a telephone that may be rung.

    Whom to lead a call to is decided before (policy.people); stand-ins are led to there, not here. () for "" and for
    ids that the instructions no longer know.
    """
    team = instructions.team(to)
    ids = team.people if team else (to,)
    found = (_callee(instructions, instructions.person(one), now) for one in ids if one)
    return tuple(callee for callee in found if callee)


def _callee(instructions: Instructions, person: Person | None, now: datetime) -> Callee | None:
    if person is None or not person.is_there(now, instructions.identity.zone, instructions.hours):
        return None
    number = next((phone for phone in person.phones if may_be_rung(phone)), None)
    return Callee(person.id, person.name, number) if number else None
