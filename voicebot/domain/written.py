"""What people write in instruction files: the types of their fields, checked where they are read."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from voicebot.domain.language import Language

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,47}$")]
E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
NumberPrefix = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{2,13}$")]
"""First digits of numbers, E.164: "+33162" for 01 62 …"""
Sentence = Annotated[str, StringConstraints(min_length=2, max_length=400, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(min_length=2, max_length=120, strip_whitespace=True)]
EmailAddress = Annotated[str, StringConstraints(pattern=r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", max_length=254)]
Localised = dict[Language, Sentence]
LocalisedWords = dict[Language, tuple[Words, ...]]


class Part(BaseModel):
    """A part of an instruction file: frozen, and a field that nobody knows is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Dated(Part):
    """A part that holds between two days, both included; None means without end on that side."""

    valid_from: date | None = None
    valid_to: date | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValueError("valid_to is before valid_from")
        return self

    def holds_on(self, day: date) -> bool:
        return (self.valid_from is None or self.valid_from <= day) and (self.valid_to is None or day <= self.valid_to)


_DURATION = re.compile(r"^(\d{1,4}) ?(min|h|d)$")
_UNITS = {"min": "minutes", "h": "hours", "d": "days"}


def _duration(value: Any) -> Any:
    if isinstance(value, timedelta):
        return value
    found = _DURATION.match(str(value).strip())
    if found is None:
        raise ValueError(f'"{value}" is not a duration; write it as "30 min", "4 h" or "2 d"')
    return timedelta(**{_UNITS[found.group(2)]: int(found.group(1))})


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration, json_schema_input_type=Annotated[str, Field(pattern=_DURATION.pattern)]),
]
"""Written "30 min", "4 h" or "2 d"."""


class QuietHours(Part):
    """Hours of every day in which nobody is disturbed, "21:00-07:00"; they may run over midnight. The end is excluded."""

    begins: time
    ends: time

    @model_validator(mode="before")
    @classmethod
    def _read(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        begins, _, ends = value.replace(" ", "").partition("-")
        try:
            return {"begins": time.fromisoformat(begins), "ends": time.fromisoformat(ends)}
        except ValueError as wrong:
            raise ValueError(f'"{value}" is not a span of hours; write it as "21:00-07:00"') from wrong

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.begins == self.ends:
            raise ValueError("the span is empty; write it as 21:00-07:00")
        return self

    def hold(self, local: datetime) -> bool:
        """Is `local`, a time of the client's zone, within them?"""
        now = local.time().replace(tzinfo=None)
        if self.begins < self.ends:
            return self.begins <= now < self.ends
        return now >= self.begins or now < self.ends

    def over_at(self, local: datetime) -> datetime:
        """The first moment at or after `local` (aware, in the client's zone) that is not within them."""
        if not self.hold(local):
            return local
        end = local.replace(hour=self.ends.hour, minute=self.ends.minute, second=0, microsecond=0)
        return end if end > local else end + timedelta(days=1)
