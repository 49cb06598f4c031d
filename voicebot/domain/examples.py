"""Examples in a client file: what a caller says and what must happen; run by `voicebot clients check` and by the tests."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StringConstraints

from voicebot.domain.filters import CallerKind
from voicebot.domain.language import Language
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import Id, Part

_Said = Annotated[str, StringConstraints(min_length=1, max_length=600, strip_whitespace=True)]
Said = Annotated[tuple[_Said, ...], BeforeValidator(lambda value: (value,) if isinstance(value, str) else value)]


class Expected(Part):
    """What must be true after the last turn; only what is written is judged.

    outcome: where the call is led (see scenario.Outcome). to: person or team of a transfer. red_flag, faq, filter: ids.
    details: values as the message holds them. says, never_says: parts of sentences that the receptionist spoke.
    asks: id of the detail that is asked for next. ends: has the receptionist taken leave?
    """

    outcome: Outcome | None = None
    to: Id | None = None
    scenario: Id | None = None
    urgency: UrgencyLevel | None = None
    red_flag: Id | None = None
    faq: Id | None = None
    filter: Id | None = None
    caller_kind: CallerKind | None = None
    person: Id | None = None
    language: Language | None = None
    details: dict[Id, str] = Field(default_factory=dict)
    says: tuple[str, ...] = ()
    never_says: tuple[str, ...] = ()
    asks: Id | None = None
    ends: bool | None = None

    @property
    def judges_something(self) -> bool:
        return bool(self.model_fields_set)


def _quoted(value: Any) -> Any:
    return str(value) if value is not None else value


class Example(Part):
    """say: one caller turn, or several. at: local time, "2026-08-15 10:00"; "" means a working day in hours.

    caller: the number shown, E.164. Turns "/silence" and "/keys 0612…" stand for what a line does.
    """

    say: Said
    at: Annotated[str, BeforeValidator(_quoted)] = ""
    caller: str = ""
    then: Expected
