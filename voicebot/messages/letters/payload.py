"""The JSON body of a webhook: everything that was kept of a message, for the client's own system."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from voicebot.domain.acts import Confidence
from voicebot.domain.details import (
    ACCESS_CODES,
    ADDRESS,
    CALLBACK_NUMBER,
    CALLER_NAME,
    COMPANY,
    EMAIL,
    PREFERRED_SLOT,
    REASON,
    DetailKind,
    DetailSource,
)
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.messages.letters.tellable import Tellable
from voicebot.messages.letters.telling import Circumstances, deadline_of, kind_of, label_of, name_of, written_value

SCHEMA = "voicebot.message/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DetailPayload(_Part):
    """One detail. value: canonical (E.164, ISO 8601, capitals and digits …). written: the same for people.

    confidence: how sure the words were understood. confirmed: the caller agreed to the read-back.
    complete: False for what was only begun. words: the caller's own, "" where the client keeps none.
    """

    label: str
    kind: DetailKind
    value: str
    written: str
    words: str
    confidence: Confidence
    confirmed: bool
    complete: bool
    source: DetailSource


class ClientPayload(_Part):
    id: str
    name: str


class PersonPayload(_Part):
    """id: of the client's file, "" for a name that is in no directory."""

    id: str
    name: str


class UrgencyPayload(_Part):
    """criterion: id of the red flag, scenario or filter, "house" for none. criterion_words: the same for people."""

    level: UrgencyLevel
    criterion: str
    criterion_words: str
    words: str


class OrientationPayload(_Part):
    """Where the instructions lead the call. to: id of a person or team, "" for none. because: path of the instruction."""

    outcome: Outcome
    to: str
    because: str


class InstructionsPayload(_Part):
    """What the call obeyed. digest: first 12 hex digits of the SHA-256 of the file, "" when not known."""

    version: int
    digest: str


class MessagePayload(_Part):
    """A message. Times are UTC; receivers know the same message again by id, the same sending by the header webhook-id.

    party: by the client's own yes/no detail "third_party", None where it was not asked. missing: ids of mandatory
    details that were not given. verbatim: the caller's turns, empty where confidentiality.never_keep names a detail.
    deadline_at: call back before.
    actions: what was tried and is to be done, in words. recipients: ids of people, empty for an address of its own.
    """

    schema_version: Literal["voicebot.message/1"] = SCHEMA
    type: Literal["message.recorded", "message.updated"]
    id: str
    call: str
    client: ClientPayload
    state: MessageState
    taken_at: datetime
    time_zone: str
    language: Language
    number_shown: str
    caller_name: DetailPayload | None
    callback_number: DetailPayload | None
    company: DetailPayload | None
    party: Literal["patient", "third_party"] | None = None
    caller_kind: str | None
    person_wanted: PersonPayload | None
    human_wanted: bool
    scenario: str | None
    scenario_title: str
    reason: DetailPayload | None
    summary: str
    urgency: UrgencyPayload
    address: DetailPayload | None
    access_codes: DetailPayload | None
    references: dict[str, DetailPayload]
    callback_slot: DetailPayload | None
    email: DetailPayload | None
    details: dict[str, DetailPayload] = Field(description="The client's other details, by id.")
    missing: tuple[str, ...]
    verbatim: tuple[str, ...]
    promise: str
    deadline_at: datetime | None
    orientation: OrientationPayload | None
    actions: tuple[str, ...]
    recipients: tuple[str, ...]
    link: str
    instructions: InstructionsPayload


class DigestPayload(_Part):
    """Many messages, urgent ones first, then by time."""

    schema_version: Literal["voicebot.message/1"] = SCHEMA
    type: Literal["digest"] = "digest"
    client: ClientPayload
    messages: tuple[MessagePayload, ...]


_NAMED = (CALLER_NAME, CALLBACK_NUMBER, COMPANY, REASON, ADDRESS, ACCESS_CODES, PREFERRED_SLOT, EMAIL)
PARTY_DETAIL = "third_party"
"""Id of a client's own yes/no detail: does the caller call for somebody else?"""


def message_payload(
    message: Message, instructions: Instructions, told: Tellable, around: Circumstances, *, recipients: tuple[str, ...]
) -> dict[str, Any]:
    """The JSON body of one message.

    Args:
        told: the view for webhooks, which carries everything that is kept.
    """
    own_words = not instructions.confidentiality.never_keep
    known = {
        name: _detail(name, message, instructions, own_words=own_words)
        for name in message.details
        if name not in instructions.confidentiality.never_keep
    }
    others = {name: detail for name, detail in known.items() if name not in _NAMED}
    payload = MessagePayload(
        type="message.updated" if around.updated else "message.recorded",
        id=message.id,
        call=message.call,
        client=ClientPayload(id=instructions.id, name=instructions.identity.name),
        state=message.state,
        taken_at=message.taken_at,
        time_zone=instructions.identity.time_zone,
        language=message.language,
        number_shown=message.number_shown,
        caller_name=known.get(CALLER_NAME),
        callback_number=known.get(CALLBACK_NUMBER),
        company=known.get(COMPANY),
        party=_party(message),
        caller_kind=message.caller_kind,
        person_wanted=_person(message, instructions),
        human_wanted=message.human_wanted,
        scenario=message.scenario,
        scenario_title=told.title,
        reason=known.get(REASON),
        summary=_summary(told),
        urgency=UrgencyPayload(
            level=message.urgency.level,
            criterion=message.urgency.criterion,
            criterion_words=told.criterion,
            words=message.urgency.words if own_words else "",
        ),
        address=known.get(ADDRESS),
        access_codes=known.get(ACCESS_CODES),
        references={name: detail for name, detail in others.items() if detail.kind is DetailKind.REFERENCE},
        callback_slot=known.get(PREFERRED_SLOT),
        email=known.get(EMAIL),
        details={name: detail for name, detail in others.items() if detail.kind is not DetailKind.REFERENCE},
        missing=message.missing,
        verbatim=told.verbatim,
        promise=message.callback_promised,
        deadline_at=deadline_of(message, instructions),
        orientation=_orientation(message),
        actions=told.actions,
        recipients=recipients,
        link=around.link,
        instructions=InstructionsPayload(
            version=message.instructions_version, digest=around.call.instructions_digest if around.call else ""
        ),
    )
    return payload.model_dump(mode="json")


def digest_payload(messages: Sequence[dict[str, Any]], instructions: Instructions) -> dict[str, Any]:
    """The JSON body of a digest.

    Args:
        messages: as message_payload makes them, in order.
    """
    client = ClientPayload(id=instructions.id, name=instructions.identity.name)
    checked = tuple(map(MessagePayload.model_validate, messages))
    return DigestPayload(client=client, messages=checked).model_dump(mode="json")


def _detail(name: str, message: Message, instructions: Instructions, *, own_words: bool) -> DetailPayload:
    known = message.details[name]
    return DetailPayload(
        label=label_of(name, instructions),
        kind=kind_of(name, instructions),
        value=known.value,
        written=written_value(known.value, name, instructions),
        words=known.words if own_words else "",
        confidence=known.confidence,
        confirmed=known.confirmed,
        complete=known.complete,
        source=known.source,
    )


def _orientation(message: Message) -> OrientationPayload | None:
    wanted = message.orientation
    return OrientationPayload(outcome=wanted.outcome, to=wanted.to, because=wanted.because) if wanted else None


def _party(message: Message) -> Literal["patient", "third_party"] | None:
    said = message.details.get(PARTY_DETAIL)
    if said is None or said.value not in ("yes", "no"):
        return None
    return "third_party" if said.value == "yes" else "patient"


def _person(message: Message, instructions: Instructions) -> PersonPayload | None:
    wanted = message.person_wanted
    if not wanted:
        return None
    name = name_of(wanted, instructions)
    return PersonPayload(id=wanted if name else "", name=name or wanted)


def _summary(told: Tellable) -> str:
    """One line of what is known, without a word of our own making."""
    about = told.criterion or told.title
    callback = told.callback.shown if told.callback else ""
    return " - ".join(filter(None, (told.level, about, told.caller_words, callback)))
