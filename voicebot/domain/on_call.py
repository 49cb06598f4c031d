"""Who is on call: a dated roster, how each person is tried, and what happens when nobody acknowledges."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from voicebot.domain.written import Duration, Id, Part, QuietHours


class Shift(Part):
    """One turn of duty. from, to: local time of the client, the end excluded. contacts: N1, N2, N3 …, ids of people."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)
    begins: datetime = Field(validation_alias=AliasChoices("from", "begins"), serialization_alias="from")
    ends: datetime = Field(validation_alias=AliasChoices("to", "ends"), serialization_alias="to")
    contacts: tuple[Id, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.begins.tzinfo or self.ends.tzinfo:
            raise ValueError("write local times without a zone; identity.time_zone says where")
        if self.ends <= self.begins:
            raise ValueError("the shift ends before it begins")
        return self

    def holds_at(self, local: datetime) -> bool:
        return self.begins <= local.replace(tzinfo=None) < self.ends


class WhenOnCall(StrEnum):
    OUTSIDE_HOURS = "outside_hours"
    ALWAYS = "always"


class OnCall(Part):
    """The on-call duty of a client.

    active: when the roster is used. ring_s: per call. tries: how often N1 is rung before N2; tries_next: how often each of
    the others is. manager: called after the last contact. agents: our own reception floor is called last of all.
    acknowledge_within: the alarm is raised then, even while the ladder still climbs.
    restart_after: the ladder starts again after an exhausted round; None means the alarm alone goes on. rounds: at most.
    quiet: local hours in which only p0 wakes people; what is less urgent waits for their end.
    most_calls: telephone calls placed for one message at most.
    """

    active: WhenOnCall = WhenOnCall.OUTSIDE_HOURS
    shifts: tuple[Shift, ...]
    ring_s: Annotated[int, Field(ge=10, le=60)] = 25
    tries: Annotated[int, Field(ge=1, le=5)] = 2
    acknowledge_within: Duration | None = None
    tries_next: Annotated[int, Field(ge=1, le=5)] = 1
    manager: Id | None = None
    agents: bool = True
    restart_after: Duration | None = None
    rounds: Annotated[int, Field(ge=1, le=20)] = 3
    quiet: QuietHours | None = None
    most_calls: Annotated[int, Field(ge=1, le=200)] = 30

    def contacts_at(self, now: datetime, zone: ZoneInfo) -> tuple[str, ...]:
        """Ids of the people on duty at `now` (aware), first to be called first; empty when the roster has a hole."""
        local = now.astimezone(zone)
        return next((shift.contacts for shift in self.shifts if shift.holds_at(local)), ())
