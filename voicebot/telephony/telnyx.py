"""Telnyx as a carrier: TeXML and its media streaming messages.

Sources: developers.telnyx.com/docs/voice/programmable-voice/texml-verbs/stream, /api-reference/websockets/
stream-call-media-over-websocket. Telnyx signs webhooks with Ed25519; this door trusts the key in its path instead.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as Xml

from pipecat.frames.frames import Frame
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.telnyx import TelnyxFrameSerializer

from voicebot.domain.language import Language
from voicebot.errors import BadMediaMessage, CarrierError
from voicebot.speech.ports import RATE_HZ
from voicebot.telephony.carrier import Document, StreamOffer, StreamStart, WebhookRequest, e164, part, read_json, text
from voicebot.telephony.house_sentences import CARRIER_LOCALE, NOBODY_ANSWERED, sentences_of
from voicebot.telephony.ports import IncomingCall, LineStatus, Refused
from voicebot.telephony.twilio_media import check_base64
from voicebot.voice.media_frames import LineStoppedFrame, MarkFrame, MarkPlayedFrame

DIAL_LIMIT_S = 25
_STREAM_EVENTS = {
    "stream-started": LineStatus.STREAM_STARTED,
    "stream-stopped": LineStatus.STREAM_STOPPED,
    "stream-failed": LineStatus.STREAM_FAILED,
}
_FINAL_CALL_STATUSES = frozenset({"completed", "busy", "failed", "no-answer", "canceled"})


class Telnyx:
    """See voicebot.telephony.carrier.Carrier."""

    name = "telnyx"
    marks = True
    names_calls = False
    signs = False

    def verify(self, request: WebhookRequest) -> None:
        """The key in the webhook's path was checked by the door."""

    def incoming(self, fields: Mapping[str, str]) -> IncomingCall:
        call_sid = fields.get("CallSid", "")
        if not call_sid:
            raise CarrierError("A voice webhook has no CallSid.")
        return IncomingCall(self.name, call_sid, e164(fields.get("To", "")), e164(fields.get("From", "")))

    def status(self, fields: Mapping[str, str]) -> LineStatus | None:
        if "StreamEvent" in fields:
            return _STREAM_EVENTS.get(fields["StreamEvent"])
        return LineStatus.CALL_ENDED if fields.get("CallStatus") in _FINAL_CALL_STATUSES else None

    def connect(self, offer: StreamOffer) -> Document:
        response = Xml.Element("Response")
        stream = Xml.SubElement(
            Xml.SubElement(response, "Connect"),
            "Stream",
            url=offer.media_url,
            track="inbound_track",
            codec="PCMU",
            bidirectionalMode="rtp",
            bidirectionalCodec="PCMU",
            statusCallback=offer.status_url,
            statusCallbackMethod="POST",
        )
        Xml.SubElement(stream, "Parameter", name="token", value=offer.token)
        Xml.SubElement(response, "Redirect", method="POST").text = offer.resume_url
        return _document(response)

    def refuse(self, refused: Refused, dialled_url: str) -> Document:
        response = Xml.Element("Response")
        _say(response, sentences_of(refused))
        if refused.fallback_number:
            dial = Xml.SubElement(response, "Dial", timeout=str(DIAL_LIMIT_S), action=dialled_url, method="POST")
            dial.text = refused.fallback_number
        else:
            Xml.SubElement(response, "Hangup")
        return _document(response)

    def after_dial(self, fields: Mapping[str, str]) -> Document:
        response = Xml.Element("Response")
        if fields.get("DialCallStatus") != "completed":
            _say(response, NOBODY_ANSWERED)
        Xml.SubElement(response, "Hangup")
        return _document(response)

    def hang_up(self) -> Document:
        response = Xml.Element("Response")
        Xml.SubElement(response, "Hangup")
        return _document(response)

    def read_start(self, message: str | bytes) -> StreamStart | None:
        read = read_json(message)
        event = text(read, "event")
        if event == "connected":
            return None
        if event != "start":
            raise BadMediaMessage("A media stream did not begin with its start message.")
        start = part(read, "start")
        if part(start, "media_format").get("encoding") != "PCMU":
            raise BadMediaMessage("A media stream is not µ-law.")
        return StreamStart(text(read, "stream_id"), text(start, "call_control_id"), _parameters(start))

    def serializer(self, start: StreamStart) -> FrameSerializer:
        return TelnyxMedia(start.stream_id)


class TelnyxMedia(TelnyxFrameSerializer):
    """One stream's messages, µ-law at 8 kHz both ways; never hangs up by itself."""

    def __init__(self, stream_id: str) -> None:
        params = TelnyxFrameSerializer.InputParams(auto_hang_up=False, sample_rate=RATE_HZ)
        super().__init__(stream_id, outbound_encoding="PCMU", inbound_encoding="PCMU", params=params)
        self._sample_rate = RATE_HZ

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, MarkFrame):
            return json.dumps({"event": "mark", "mark": {"name": frame.mark}})
        return await super().serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """A frame, or None for messages without one. Raises: BadMediaMessage."""
        message = read_json(data)
        event = text(message, "event")
        if event == "media":
            media = part(message, "media")
            if media.get("track", "inbound") != "inbound":
                return None
            check_base64(media)
            return await super().deserialize(data)
        if event == "mark":
            return MarkPlayedFrame(mark=text(part(message, "mark"), "name"))
        if event == "stop":
            return LineStoppedFrame(reason="stop")
        if event == "dtmf":
            text(part(message, "dtmf"), "digit")
            return await super().deserialize(data)
        if event == "error":
            raise BadMediaMessage("Telnyx reports an error in what we sent.")
        if event in ("connected", "start"):
            return None
        raise BadMediaMessage("A media message has an unknown event.")


def _parameters(start: Mapping[str, object]) -> dict[str, str]:
    """custom_parameters as an object or as a list of {"name", "value"}: both have been seen."""
    custom = start.get("custom_parameters")
    if isinstance(custom, dict):
        return {str(name): str(value) for name, value in custom.items()}
    if isinstance(custom, list):
        return {str(p["name"]): str(p["value"]) for p in custom if isinstance(p, dict) and "name" in p and "value" in p}
    return {}


def _say(response: Xml.Element, sentences: Iterable[tuple[Language, str]]) -> None:
    for language, sentence in sentences:
        Xml.SubElement(response, "Say", language=CARRIER_LOCALE[language]).text = sentence


def _document(response: Xml.Element) -> Document:
    return Document('<?xml version="1.0" encoding="UTF-8"?>' + Xml.tostring(response, encoding="unicode"))
