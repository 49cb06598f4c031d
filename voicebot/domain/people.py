"""The client's people: whom callers ask for, how their names sound, when they are there, who stands in for them."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from zoneinfo import ZoneInfo

from voicebot.domain.hours import Closure, Hours
from voicebot.domain.written import E164, EmailAddress, Id, Localised, Part, Sentence, Words


class Person(Part):
    """Someone whom callers ask for.

    aliases: other ways to say the name, as « le docteur ». sounds_like: how ears may write the name, as "ben ali".
    hours: when this person is there; None means the client's own hours. away: days of absence, both included.
    takes_calls: calls may be put through. backup: id of who stands in. absence: the one neutral sentence said when this
    person cannot take the call; without it the house says « en rendez-vous ». never_tell: what no caller is ever told.
    """

    id: Id
    name: Sentence
    role: str = ""
    aliases: tuple[Words, ...] = ()
    sounds_like: tuple[Words, ...] = ()
    phones: tuple[E164, ...] = ()
    email: EmailAddress | None = None
    hours: Hours | None = None
    away: tuple[Closure, ...] = ()
    takes_calls: bool = False
    backup: Id | None = None
    absence: Localised | None = None
    never_tell: tuple[Literal["phones", "email", "presence"], ...] = ("phones", "email")

    def is_there(self, now: datetime, zone: ZoneInfo, client_hours: Hours) -> bool:
        """Is this person at work at `now` (aware)? Says nothing about being free."""
        today = now.astimezone(zone).date()
        if any(away.first <= today <= away.last for away in self.away):
            return False
        hours = self.hours or client_hours
        return hours.is_open(now, zone)


class Team(Part):
    """People who can be asked for together, as « la comptabilité »; the first who is there is called first."""

    id: Id
    name: Localised
    aliases: tuple[Words, ...] = ()
    people: tuple[Id, ...]
