"""Plivo as a carrier: its XML and its audio streaming messages.

Sources: plivo.com/docs/voice/xml/audiostream, /docs/voice-agents/audio-streaming/concepts/audio-streaming-reference.
Plivo signs webhooks (X-Plivo-Signature-V3); this door trusts the key in its path instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from xml.etree import ElementTree as Xml

from pipecat.frames.frames import Frame
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.plivo import PlivoFrameSerializer

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
    "StartStream": LineStatus.STREAM_STARTED,
    "StopStream": LineStatus.STREAM_STOPPED,
    "DroppedStream": LineStatus.STREAM_FAILED,
}
_FINAL_CALL_STATUSES = frozenset({"completed", "busy", "failed", "timeout", "no-answer", "cancel"})


class Plivo:
    """See voicebot.telephony.carrier.Carrier."""

    name = "plivo"
    marks = True
    names_calls = False
    signs = False

    def verify(self, request: WebhookRequest) -> None:
        """The key in the webhook's path was checked by the door."""

    def incoming(self, fields: Mapping[str, str]) -> IncomingCall:
        call_uuid = fields.get("CallUUID", "") or fields.get("CallID", "")
        if not call_uuid:
            raise CarrierError("A voice webhook has no CallUUID.")
        return IncomingCall(self.name, call_uuid, _number(fields.get("To", "")), _number(fields.get("From", "")))

    def status(self, fields: Mapping[str, str]) -> LineStatus | None:
        if fields.get("Event") in _STREAM_EVENTS:
            return _STREAM_EVENTS[fields["Event"]]
        return LineStatus.CALL_ENDED if fields.get("CallStatus") in _FINAL_CALL_STATUSES else None

    def connect(self, offer: StreamOffer) -> Document:
        response = Xml.Element("Response")
        stream = Xml.SubElement(
            response,
            "Stream",
            bidirectional="true",
            keepCallAlive="true",
            audioTrack="inbound",
            contentType="audio/x-mulaw;rate=8000",
            statusCallbackUrl=offer.status_url,
            statusCallbackMethod="POST",
            # Plivo allows letters and digits only, 512 bytes.
            extraHeaders=f"token={offer.token.encode().hex()}",
        )
        stream.text = offer.media_url
        Xml.SubElement(response, "Redirect", method="POST").text = offer.resume_url
        return _document(response)

    def refuse(self, refused: Refused, dialled_url: str) -> Document:
        response = Xml.Element("Response")
        _speak(response, sentences_of(refused))
        if refused.fallback_number:
            dial = Xml.SubElement(
                response, "Dial", timeout=str(DIAL_LIMIT_S), action=dialled_url, method="POST", redirect="true"
            )
            Xml.SubElement(dial, "Number").text = refused.fallback_number.removeprefix("+")
        else:
            Xml.SubElement(response, "Hangup")
        return _document(response)

    def after_dial(self, fields: Mapping[str, str]) -> Document:
        response = Xml.Element("Response")
        if fields.get("DialStatus") != "completed":
            _speak(response, NOBODY_ANSWERED)
        Xml.SubElement(response, "Hangup")
        return _document(response)

    def hang_up(self) -> Document:
        response = Xml.Element("Response")
        Xml.SubElement(response, "Hangup")
        return _document(response)

    def read_start(self, message: str | bytes) -> StreamStart | None:
        read = read_json(message)
        if text(read, "event") != "start":
            raise BadMediaMessage("A media stream did not begin with its start message.")
        start = part(read, "start")
        if part(start, "mediaFormat").get("encoding") != "audio/x-mulaw":
            raise BadMediaMessage("A media stream is not µ-law.")
        return StreamStart(text(start, "streamId"), text(start, "callId"), _parameters(read.get("extra_headers")))

    def serializer(self, start: StreamStart) -> FrameSerializer:
        return PlivoMedia(start.stream_id)


class PlivoMedia(PlivoFrameSerializer):
    """One stream's messages. A mark is a "checkpoint" out and a "playedStream" in; "clearedAudio" tells of no mark."""

    def __init__(self, stream_id: str) -> None:
        params = PlivoFrameSerializer.InputParams(auto_hang_up=False, sample_rate=RATE_HZ)
        super().__init__(stream_id, params=params)
        self._sample_rate = RATE_HZ

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, MarkFrame):
            return json.dumps({"event": "checkpoint", "streamId": self._stream_id, "name": frame.mark})
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
        if event == "playedStream":
            return MarkPlayedFrame(mark=text(message, "name"))
        if event == "stop":
            return LineStoppedFrame(reason="stop")
        if event == "dtmf":
            text(part(message, "dtmf"), "digit")
            return await super().deserialize(data)
        if event in ("start", "clearedAudio"):
            return None
        raise BadMediaMessage("A media message has an unknown event.")


def _parameters(extra_headers: object) -> dict[str, str]:
    """extra_headers come as an object, as its JSON, or as "a=1;b=2"; names may have gained an "X-PH-"."""
    if isinstance(extra_headers, str):
        try:
            extra_headers = json.loads(extra_headers)
        except ValueError:
            pairs = re.findall(r"([\w-]+)\s*[=:]\s*([0-9A-Za-z]+)", str(extra_headers))
            extra_headers = dict(pairs)
    if not isinstance(extra_headers, dict):
        return {}
    given = {str(name).removeprefix("X-PH-"): str(value) for name, value in extra_headers.items()}
    if "token" in given:
        try:
            given["token"] = bytes.fromhex(given["token"]).decode()
        except ValueError as wrong:
            raise BadMediaMessage("A media stream's token is not hexadecimal.") from wrong
    return given


def _number(number: str) -> str:
    """Plivo writes E.164 without its plus."""
    return e164(number if number.startswith("+") else f"+{number}")


def _speak(response: Xml.Element, sentences: Iterable[tuple[Language, str]]) -> None:
    for language, sentence in sentences:
        Xml.SubElement(response, "Speak", language=CARRIER_LOCALE[language]).text = sentence


def _document(response: Xml.Element) -> Document:
    return Document('<?xml version="1.0" encoding="UTF-8"?>' + Xml.tostring(response, encoding="unicode"))
