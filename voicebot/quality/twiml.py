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
class Gather:
    """Say prompts and collect keys, then ask action; without a key the next verb follows, unless asks_when_empty.

    most_keys: 0 for any number. finish_on: the key that ends the number, "" for none. wait_s: after the prompts and
    between two keys.
    """

    action: str
    prompts: tuple[Say | Pause, ...]
    most_keys: int = 0
    finish_on: str = "#"
    wait_s: float = 5.0
    asks_when_empty: bool = False


@dataclass(frozen=True, slots=True)
class Conference:
    """Talk in a room with whoever else is there; then ask action, where there is one, else the next verb.

    wait_url: asked, again and again, for what is heard while one is alone there.
    ends_on_exit: the room is closed for all when this one leaves. status_url: told of status_events ("join", "leave" …),
    when this one came first.
    """

    room: str
    action: str = ""
    wait_url: str = ""
    starts_on_enter: bool = True
    ends_on_exit: bool = False
    status_url: str = ""
    status_events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hangup:
    """Also <Reject>."""


Verb = ConnectStream | Redirect | Say | Dial | Pause | Gather | Conference | Hangup


def read_twiml(document: str) -> tuple[Verb, ...]:
    """Raises: CarrierError for what Twilio would not obey (error 12100 and following)."""
    try:
        response = Xml.fromstring(document)
    except Xml.ParseError as wrong:
        raise CarrierError("A voice document is not XML.") from wrong
    if response.tag != "Response":
        raise CarrierError("A voice document is not a <Response>.")
    return tuple(_verb(element) for element in response)


def read_sms_twiml(document: str) -> tuple[str, ...]:
    """Texts that the answer to an incoming SMS sends back. Raises: CarrierError for what Twilio would not obey."""
    try:
        response = Xml.fromstring(document)
    except Xml.ParseError as wrong:
        raise CarrierError("A messaging document is not XML.") from wrong
    if response.tag != "Response" or any(element.tag != "Message" for element in response):
        raise CarrierError("A messaging document is not a <Response> of <Message>s.")
    texts = tuple((element.findtext("Body") or element.text or "").strip() for element in response)
    if any(not text or len(text) > 1600 for text in texts):
        raise CarrierError("A <Message> is empty or longer than 1,600 letters.")
    return texts


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


def _dial(element: Xml.Element) -> Dial | Conference:
    conference = element.find("Conference")
    if conference is not None:
        room = (conference.text or "").strip()
        if not 0 < len(room) <= 128:
            raise CarrierError("A <Conference> has no name of 1 to 128 letters.")
        return Conference(
            room,
            element.get("action", ""),
            conference.get("waitUrl", ""),
            starts_on_enter=conference.get("startConferenceOnEnter", "true") == "true",
            ends_on_exit=conference.get("endConferenceOnExit", "false") == "true",
            status_url=conference.get("statusCallback", ""),
            status_events=tuple(conference.get("statusCallbackEvent", "").split()),
        )
    number = element.findtext("Number") or (element.text or "")
    return Dial(number.strip(), element.get("action", ""))


def _say(element: Xml.Element) -> Say:
    text = (element.text or "").strip()
    if not text or len(text) > 4096:
        raise CarrierError("A <Say> is empty or longer than 4,096 letters.")
    return Say(text, element.get("language", ""))


def _pause(element: Xml.Element) -> Pause:
    return Pause(float(element.get("length", "1")))


def _gather(element: Xml.Element) -> Gather:
    if element.get("input", "dtmf") != "dtmf" or element.get("method", "POST") != "POST":
        raise CarrierError("A <Gather> wants something else than keys by POST.")
    inside = {"Say": _say, "Pause": _pause}
    if any(child.tag not in inside for child in element):
        raise CarrierError("A <Gather> holds something else than <Say> and <Pause>.")
    finish_on = element.get("finishOnKey", "#")
    if finish_on not in {"", *"0123456789*#"}:
        raise CarrierError("A <Gather> ends on what is no key.")
    return Gather(
        element.get("action", ""),
        tuple(inside[child.tag](child) for child in element),
        most_keys=int(element.get("numDigits", "0")),
        finish_on=finish_on,
        wait_s=float(element.get("timeout", "5")),
        asks_when_empty=element.get("actionOnEmptyResult", "false") == "true",
    )


_READERS: dict[str, Callable[[Xml.Element], Verb]] = {
    "Connect": _connect,
    "Redirect": lambda element: Redirect((element.text or "").strip()),
    "Say": _say,
    "Dial": _dial,
    "Pause": _pause,
    "Gather": _gather,
    "Hangup": lambda element: Hangup(),  # noqa: ARG005
    "Reject": lambda element: Hangup(),  # noqa: ARG005
}
