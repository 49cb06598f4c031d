"""Facts of a call that somebody wrote down as true: what judges compare a call with."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from voicebot.domain.call import EndReason
from voicebot.domain.language import Language
from voicebot.domain.message import MessageState
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel

NONE = "none"
"""Written where there must be no scenario, person or kind of caller."""


def _lines(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]
Text = Annotated[str, BeforeValidator(lambda value: value if value is None else str(value))]


class FactsPart(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class MessageFacts(FactsPart):
    """What the recorded message must say; only what is written is judged.

    details: values as recorded; names, addresses and free text are compared on their letters and digits, and the
    expected one may be a part. missing: ids of the mandatory details that are not there, in any order. to: orientation.
    """

    state: MessageState | None = None
    scenario: str | None = None
    urgency: UrgencyLevel | None = None
    criterion: str | None = None
    outcome: Outcome | None = None
    to: str | None = None
    person: str | None = None
    human_wanted: bool | None = None
    caller_kind: str | None = None
    language: Language | None = None
    promised: bool | None = None
    details: dict[str, Text] = Field(default_factory=dict)
    missing: tuple[str, ...] | None = None


class Facts(FactsPart):
    """What must be true when the call is over; only what is written is judged, besides what holds for every call.

    message: facts of the message; no_message: none may be recorded. decided, never_decided: an action, or an action and
    its subject, "safety_script gas_smell". says, never_says: parts of sentences. ended: how. most_turns: of the caller.
    outcome, to: where the call was led, also when it left no message.

    urgency: of the call, message or not. dangers: red flags that the caller's words raise, () none: recall and false alarms.
    handoff: how a human came into it; handoff_because: instruction behind that. filter: id of the client's filter, or
    "none". language: in which the receptionist must have spoken at the end. obeys: instruction line → was it to be obeyed in
    this call? heard: what the caller really said, turn by turn, for the word error rate.
    """

    message: MessageFacts | None = None
    no_message: bool = False
    outcome: Outcome | None = None
    to: str | None = None
    decided: Lines = ()
    never_decided: Lines = ()
    says: Lines = ()
    never_says: Lines = ()
    ended: EndReason | None = None
    most_turns: Annotated[int, Field(ge=1, le=60)] = 20
    urgency: UrgencyLevel | None = None
    dangers: tuple[str, ...] | None = None
    handoff: Literal["none", "transfer", "on_call", "callback"] | None = None
    handoff_because: str | None = None
    filter: str | None = None
    language: Language | None = None
    obeys: dict[str, bool] = Field(default_factory=dict)
    heard: tuple[str, ...] | None = None
