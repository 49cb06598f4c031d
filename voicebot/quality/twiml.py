"""TwiML as its carrier reads it: the verbs of a document, in order. Source: twilio.com/docs/voice/twiml."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from xml.etree import ElementTree as Xml

from voicebot.errors import CarrierError


@dataclass(frozen=True, slots=True)
class ConnectStream:
    """Stream both ways to url until it closes or breaks; then the next verb."""

    url: str
    parameters: dict[str, str] = field(default_factory=dict)
    status_callback: str = ""


@dataclass(frozen=True, slots=True)
class Redirect:
    url: str


@dataclass(frozen=True, slots=True)
class Say:
    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Dial:
    """Ring number; then ask action, where there is one, for the next document."""

    number: str
    action: str = ""


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class Hangup:
    """Also <Reject>."""


Verb = ConnectStream | Redirect | Say | Dial | Pause | Hangup


def read_twiml(document: str) -> tuple[Verb, ...]:
    """Raises: CarrierError for what Twilio would not obey (error 12100 and following)."""
    try:
        response = Xml.fromstring(document)
    except Xml.ParseError as wrong:
        raise CarrierError("A voice document is not XML.") from wrong
    if response.tag != "Response":
        raise CarrierError("A voice document is not a <Response>.")
    return tuple(_verb(element) for element in response)


def _verb(element: Xml.Element) -> Verb:
    read = _READERS.get(element.tag)
    if read is None:
        raise CarrierError(f"A voice document has an unknown verb <{element.tag}>.")
    return read(element)


def _connect(element: Xml.Element) -> ConnectStream:
    stream = element.find("Stream")
    if stream is None or not stream.get("url", "").startswith(("ws://", "wss://")):
        raise CarrierError("A <Connect> has no <Stream> with a websocket address.")
    parameters = {p.get("name", ""): p.get("value", "") for p in stream.findall("Parameter")}
    if any(len(name) + len(value) > 500 for name, value in parameters.items()):
        raise CarrierError("A <Parameter> is longer than 500 characters.")
    return ConnectStream(stream.get("url", ""), parameters, stream.get("statusCallback", ""))


def _dial(element: Xml.Element) -> Dial:
    number = element.findtext("Number") or (element.text or "")
    return Dial(number.strip(), element.get("action", ""))


_READERS: dict[str, Callable[[Xml.Element], Verb]] = {
    "Connect": _connect,
    "Redirect": lambda element: Redirect((element.text or "").strip()),
    "Say": lambda element: Say((element.text or "").strip(), element.get("language", "")),
    "Dial": _dial,
    "Pause": lambda element: Pause(float(element.get("length", "1"))),
    "Hangup": lambda element: Hangup(),  # noqa: ARG005
    "Reject": lambda element: Hangup(),  # noqa: ARG005
}
