"""What telephony asks of the house above it: take a call, talk on a line, take a broken call up again."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from voicebot.channels.ports import Telephone
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.events import CallEvent
from voicebot.domain.ladder import CallEnd, Claim
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.handoff.ports import Purpose
from voicebot.on_call.desk import Answer, AnsweredBy, OnCallScript
from voicebot.telephony.calls_seen import CallsSeen
from voicebot.voice.line import Line, Opening

STREAM_LIMIT_S = 60.0
"""An accepted call whose media stream has not come within this time will never have one: its place may be given away."""


@dataclass(frozen=True, slots=True)
class IncomingCall:
    """A call as its carrier announces it. Numbers are E.164, or "" when withheld or unknown.

    client: id chosen by the softphone's user; None means that the dialled number chooses.
    """

    carrier: str
    carrier_call_id: str
    dialled_number: str
    caller_number: str
    client: str | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """We answer. fallback_number: people who can be rung (E.164) should our line break too often."""

    call_id: str
    language: Language = Language.FRENCH
    fallback_number: str | None = None


class RefusalReason(StrEnum):
    UNKNOWN_NUMBER = "unknown_number"
    """No client has the dialled number."""
    BUSY = "busy"
    """All places of this process are taken."""
    NO_ROOM = "no_room"
    """Nothing can be saved: the disk is full."""
    TROUBLE = "trouble"
    """The receptionist cannot work now, or its line broke too often."""
    HAND_OFF = "hand_off"
    """The conversation is over and people take the call: fallback_number."""


@dataclass(frozen=True, slots=True)
class Refused:
    """We do not talk (any more). sentences are spoken by the carrier; none means the house sentences of this reason.

    fallback_number: E.164, rung after the sentences; None means that the call ends kindly.
    """

    reason: RefusalReason
    sentences: tuple[tuple[Language, str], ...] = ()
    fallback_number: str | None = None


@dataclass(frozen=True, slots=True)
class Ended:
    """The conversation is over: the carrier may hang up."""


class LineStatus(StrEnum):
    """What a carrier's status callback told."""

    CALL_ENDED = "call_ended"
    """The caller is gone, whatever the media stream says."""
    STREAM_STARTED = "stream_started"
    STREAM_STOPPED = "stream_stopped"
    STREAM_FAILED = "stream_failed"
    """The carrier could not reach or keep our media stream; it takes the resume address next."""


class ReceptionDesk(Protocol):
    """The house above telephony. Methods raise VoicebotError when they cannot work: the caller hears an apology."""

    async def ring(self, call: IncomingCall) -> Accepted | Refused:
        """A carrier asks whether we answer. A place taken here lapses after STREAM_LIMIT_S without converse."""
        ...

    async def converse(self, line: Line, call_id: str, opening: Opening) -> None:
        """Talk on line until the end; the websocket is closed when this returns."""
        ...

    async def resume(self, carrier: str, carrier_call_id: str) -> Accepted | Ended | Refused:
        """The carrier went past our media stream: the call is over, is handed off, or its line broke."""
        ...

    async def give_up(self, carrier: str, carrier_call_id: str) -> Refused:
        """The line broke too often: end the call, keep what was said, tell which people may be rung."""
        ...

    async def carrier_status(self, carrier: str, carrier_call_id: str, status: LineStatus) -> None:
        """Watchdog: also told of calls that are long over or were never ours."""
        ...


@dataclass(frozen=True, slots=True)
class ClientCard:
    """One client as the softphone shows it. client: id. sector: a domain.instructions.Sector."""

    client: str
    name: str
    sector: str = "general"


@dataclass(frozen=True, slots=True)
class Engines:
    """Names of ears and voice as shown to people. practice: at least one is of the practice pair."""

    ears: str
    voice: str
    practice: bool


class SoftphoneDesk(ReceptionDesk, Protocol):
    """What the softphone page shows besides a call."""

    def clients(self) -> Sequence[ClientCard]: ...

    def engines(self) -> Engines: ...

    def follow(self, call_id: str) -> AsyncIterator[CallEvent]:
        """Events of a call from its first one, then live, until CALL_ENDED. Raises: UnknownCall."""
        ...


@dataclass(frozen=True, slots=True)
class HeadsetPass:
    """What a headset's token entitles to. user: id of whoever wears it. handoff: "" to listen."""

    call_id: str
    user: str
    purpose: Purpose
    handoff: str = ""


class HeadsetDesk(Protocol):
    """Where headsets of the console are put on (voicebot.wiring.live_floor)."""

    async def wear(self, line: Line, headset: HeadsetPass) -> None:
        """Until the talk or the listening is over; the websocket is closed when this returns. Raises: VoicebotError."""
        ...


class ContactDesk(Protocol):
    """What people on call can do; voicebot.on_call.desk.OnCallDesk says what each method means and raises."""

    async def script(self, attempt_id: str) -> OnCallScript: ...

    async def answered(self, attempt_id: str, by: AnsweredBy) -> bool:
        """False: a machine was told, but a key has proved a person; whoever is there is not hung up on."""
        ...

    async def heard(self, attempt_id: str) -> None: ...

    async def press(self, attempt_id: str, key: str) -> Answer: ...

    async def give_eta(self, attempt_id: str, minutes: int) -> None: ...

    async def call_ended(self, attempt_id: str, how: CallEnd) -> None: ...

    async def by_sms(self, number: str, body: str) -> tuple[Language, str]: ...

    async def by_link(self, ladder_id: str, contact_id: str) -> Claim: ...


@dataclass(frozen=True, slots=True)
class OnCallCard:
    """What the page behind a contact's link shows before anything is acknowledged; nothing of what the caller said.

    client_name: as callers know it. taken_by: name of who has it, "" while nobody has.
    """

    client_name: str
    urgency: UrgencyLevel
    language: Language
    contact_name: str
    taken_by: str = ""


@dataclass(frozen=True, slots=True)
class MessageCard:
    """What the page behind a message's link shows. lines: (title, value) of the message, () where it is confidential."""

    client_name: str
    language: Language
    lines: tuple[tuple[str, str], ...] = ()
    read: bool = False


class MessageDesk(Protocol):
    """What is told about messages under way. Ids that nobody knows raise UnknownMessage; StoreError for rows."""

    async def dispatch_told(
        self, dispatch_id: str, status: DispatchStatus, *, provider_id: str = "", trouble: str = ""
    ) -> None:
        """The channel or the reader says how far a dispatch has come; told twice, late and out of order, too.

        provider_id: the channel's name for it, "" from a reader. trouble: code of a failure, "" when none.
        """
        ...

    async def on_call_card(self, ladder_id: str, contact_id: str) -> OnCallCard: ...

    async def message_card(self, dispatch_id: str) -> MessageCard: ...


@dataclass(frozen=True, slots=True)
class OnCallHouse:
    """The part of the house that rings and writes to people.

    telephone: hangs up on voicemails, None where it is missing; its connections belong to the webhooks' event loop.
    seen: the one that the ladders' telephone looks into, None for none.
    """

    contacts: ContactDesk
    messages: MessageDesk
    telephone: Telephone | None = None
    seen: CallsSeen | None = None
