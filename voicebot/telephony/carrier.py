"""The port behind which a telephone carrier fits: its media messages, its webhooks, its documents."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pipecat.serializers.base_serializer import FrameSerializer

from voicebot.errors import BadMediaMessage
from voicebot.telephony.ports import IncomingCall, LineStatus, Refused

MESSAGE_LIMIT_BYTES = 65_536
"""No carrier's media message comes near this (20 ms of µ-law is 214 bytes of base64)."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """A carrier's HTTP request, or the handshake of its media websocket.

    url: as the carrier wrote and signed it, query included. fields: form or query fields.
    headers: names in lower case.
    """

    url: str
    fields: Mapping[str, str]
    headers: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class StreamOffer:
    """Where the carrier shall connect the caller, and where it shall come back to when that stream ends.

    media_url: ws(s) address. resume_url and status_url: absolute addresses. token: to be carried into the stream.
    """

    media_url: str
    resume_url: str
    status_url: str
    token: str


@dataclass(frozen=True, slots=True)
class Document:
    """The answer to a webhook."""

    body: str
    media_type: str = "application/xml"


@dataclass(frozen=True, slots=True)
class StreamStart:
    """A media stream's first words. parameters: what our StreamOffer's document put into it."""

    stream_id: str
    carrier_call_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)


class MediaCarrier(Protocol):
    """One carrier's media messages. Stateless; shared by all calls."""

    @property
    def name(self) -> str:
        """In paths, logs and call files: "twilio"."""
        ...

    @property
    def marks(self) -> bool:
        """The carrier tells when what was sent has been played."""
        ...

    @property
    def names_calls(self) -> bool:
        """The start message certainly has the same call id as the webhook: a token is good for that call only."""
        ...

    def read_start(self, message: str | bytes) -> StreamStart | None:
        """None: a message that comes before the start. Raises: BadMediaMessage."""
        ...

    def serializer(self, start: StreamStart) -> FrameSerializer:
        """Frames of voicebot.voice.media_frames; deserialize raises BadMediaMessage."""
        ...


class Carrier(MediaCarrier, Protocol):
    """A MediaCarrier's webhooks and documents."""

    @property
    def signs(self) -> bool:
        """Requests carry a signature that verify checks; else the webhook's path holds a shared key."""
        ...

    def verify(self, request: WebhookRequest) -> None:
        """Raises: BadSignature when the request is not the carrier's."""
        ...

    def incoming(self, fields: Mapping[str, str]) -> IncomingCall:
        """The call that the voice webhook announces. Raises: CarrierError without a call id."""
        ...

    def status(self, fields: Mapping[str, str]) -> LineStatus | None:
        """None: nothing that matters here."""
        ...

    def connect(self, offer: StreamOffer) -> Document:
        """Stream the call to us, then come back to offer.resume_url whatever happened."""
        ...

    def refuse(self, refused: Refused, dialled_url: str) -> Document:
        """Say the sentences, ring the fallback number where there is one (then ask dialled_url), hang up."""
        ...

    def after_dial(self, fields: Mapping[str, str]) -> Document:
        """The fallback number was rung: hang up, with a word of excuse where nobody answered."""
        ...

    def hang_up(self) -> Document: ...


def read_json(message: str | bytes) -> dict[str, Any]:
    """A media message as a JSON object. Raises: BadMediaMessage."""
    if len(message) > MESSAGE_LIMIT_BYTES:
        raise BadMediaMessage("A media message is too long.")
    try:
        read = json.loads(message)
    except (ValueError, RecursionError) as wrong:
        raise BadMediaMessage("A media message is not JSON.") from wrong
    if not isinstance(read, dict):
        raise BadMediaMessage("A media message is not a JSON object.")
    return read


def part(message: Mapping[str, Any], name: str) -> dict[str, Any]:
    """The object message[name]. Raises: BadMediaMessage."""
    found = message.get(name)
    if not isinstance(found, dict):
        raise BadMediaMessage(f'A media message has no "{name}" object.')
    return found


def text(message: Mapping[str, Any], name: str) -> str:
    """The non-empty text message[name]. Raises: BadMediaMessage."""
    found = message.get(name)
    if not isinstance(found, str) or not found:
        raise BadMediaMessage(f'A media message has no "{name}" text.')
    return found


def e164(number: str) -> str:
    """number as E.164, or "" for what is none (withheld, SIP addresses, carriers' words for anonymous)."""
    bare = re.sub(r"[\s().-]", "", number)
    return bare if re.fullmatch(r"\+[1-9]\d{5,14}", bare) else ""
