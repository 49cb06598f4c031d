"""Vonage Voice as a carrier: call control objects (NCCO) and its websocket of text events and bare audio.

Source: developer.vonage.com/en/voice/voice-api/concepts/websockets, /ncco-reference. Webhooks are trusted by the key
in their path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from pipecat.frames.frames import Frame
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.vonage import VonageFrameSerializer

from voicebot.errors import BadMediaMessage, CarrierError
from voicebot.speech.ports import RATE_HZ
from voicebot.telephony.carrier import (
    MESSAGE_LIMIT_BYTES,
    Document,
    StreamOffer,
    StreamStart,
    WebhookRequest,
    e164,
    part,
    read_json,
    text,
)
from voicebot.telephony.house_sentences import CARRIER_LOCALE, sentences_of
from voicebot.telephony.ports import IncomingCall, LineStatus, Refused
from voicebot.voice.media_frames import MarkFrame, MarkPlayedFrame

DIAL_LIMIT_S = 25
_FINAL_CALL_STATUSES = frozenset({"completed", "busy", "failed", "rejected", "timeout", "unanswered", "cancelled"})


class Vonage:
    """See voicebot.telephony.carrier.Carrier. Webhooks must be set to POST; Vonage sends them as JSON."""

    name = "vonage"
    marks = True
    names_calls = False
    signs = False

    def verify(self, request: WebhookRequest) -> None:
        """The key in the webhook's path was checked by the door."""

    def incoming(self, fields: Mapping[str, str]) -> IncomingCall:
        uuid = fields.get("conversation_uuid", "") or fields.get("uuid", "")
        if not uuid:
            raise CarrierError("A voice webhook has no conversation_uuid.")
        return IncomingCall(self.name, uuid, _number(fields.get("to", "")), _number(fields.get("from", "")))

    def status(self, fields: Mapping[str, str]) -> LineStatus | None:
        return LineStatus.CALL_ENDED if fields.get("status") in _FINAL_CALL_STATUSES else None

    def connect(self, offer: StreamOffer) -> Document:
        websocket = {
            "type": "websocket",
            "uri": offer.media_url,
            "content-type": f"audio/l16;rate={RATE_HZ}",
            "headers": {"token": offer.token},
        }
        connect = {"action": "connect", "eventUrl": [offer.status_url], "endpoint": [websocket]}
        # The answer to a notify replaces the rest of the control object: our way back when the websocket is gone.
        come_back = {"action": "notify", "payload": {"stream": "over"}, "eventUrl": [offer.resume_url]}
        return _document([connect, come_back])

    def refuse(self, refused: Refused, dialled_url: str) -> Document:  # noqa: ARG002
        actions: list[dict[str, object]] = [
            {"action": "talk", "text": sentence, "language": CARRIER_LOCALE[language]}
            for language, sentence in sentences_of(refused)
        ]
        if refused.fallback_number:
            phone = {"type": "phone", "number": refused.fallback_number.removeprefix("+")}
            actions.append({"action": "connect", "timeout": DIAL_LIMIT_S, "endpoint": [phone]})
        return _document(actions)

    def after_dial(self, fields: Mapping[str, str]) -> Document:  # noqa: ARG002
        return _document([])

    def hang_up(self) -> Document:
        return _document([])

    def read_start(self, message: str | bytes) -> StreamStart | None:
        """The first message: {"event": "websocket:connected", "content-type": …} and the headers of our document."""
        if isinstance(message, bytes):
            raise BadMediaMessage("A media stream did not begin with its start message.")
        read = read_json(message)
        if text(read, "event") != "websocket:connected":
            raise BadMediaMessage("A media stream did not begin with its start message.")
        if read.get("content-type") != f"audio/l16;rate={RATE_HZ}":
            raise BadMediaMessage("A media stream is not linear PCM at 8 kHz.")
        parameters = {name: str(value) for name, value in read.items() if name not in ("event", "content-type")}
        return StreamStart(stream_id="", carrier_call_id="", parameters=parameters)

    def serializer(self, start: StreamStart) -> FrameSerializer:  # noqa: ARG002
        return VonageMedia()


class VonageMedia(VonageFrameSerializer):
    """One stream's messages. A mark is a "notify" out, which comes back as "websocket:notify" once it is reached."""

    def __init__(self) -> None:
        super().__init__(VonageFrameSerializer.InputParams(vonage_sample_rate=RATE_HZ, sample_rate=RATE_HZ))
        self._sample_rate = RATE_HZ

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, MarkFrame):
            return json.dumps({"action": "notify", "payload": {"mark": frame.mark}})
        return await super().serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """A frame, or None for messages without one. Raises: BadMediaMessage."""
        if isinstance(data, bytes):
            if len(data) % 2 or len(data) > MESSAGE_LIMIT_BYTES:
                raise BadMediaMessage("A media message is not 16-bit audio.")
            return await super().deserialize(data)
        message = read_json(data)
        event = text(message, "event")
        if event == "websocket:notify":
            return MarkPlayedFrame(mark=text(part(message, "payload"), "mark"))
        if event == "websocket:dtmf":
            return await super().deserialize(data)
        if event in ("websocket:connected", "websocket:cleared"):
            return None
        raise BadMediaMessage("A media message has an unknown event.")


def _number(number: str) -> str:
    """Vonage writes E.164 without its plus."""
    return e164(number if number.startswith("+") else f"+{number}")


def _document(actions: list[dict[str, object]]) -> Document:
    return Document(json.dumps(actions), media_type="application/json")
