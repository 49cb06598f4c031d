"""Exotel as a carrier: the address behind its Voicebot applet and that applet's media messages.

Source: developer.exotel.com/docs/agentstream/websocket-protocol, /docs/agentstream/stream-voicebot-applet. The
applet asks an HTTPS address for the websocket's; what comes after the stream is drawn in Exotel's flow, not told by us.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import urlencode

from pipecat.frames.frames import Frame
from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.serializers.exotel import ExotelFrameSerializer

from voicebot.errors import BadMediaMessage, CarrierError
from voicebot.speech.ports import RATE_HZ
from voicebot.telephony.carrier import Document, StreamOffer, StreamStart, WebhookRequest, e164, part, read_json, text
from voicebot.telephony.ports import IncomingCall, LineStatus, Refused
from voicebot.telephony.twilio_media import check_base64
from voicebot.voice.media_frames import LineStoppedFrame, MarkFrame, MarkPlayedFrame

_FINAL_CALL_STATUSES = frozenset({"completed", "failed", "busy", "no-answer"})


class Exotel:
    """See voicebot.telephony.carrier.Carrier. A refusal closes the applet: draw the busy branch in Exotel's flow."""

    name = "exotel"
    marks = True
    names_calls = False
    signs = False

    def verify(self, request: WebhookRequest) -> None:
        """The key in the webhook's path was checked by the door."""

    def incoming(self, fields: Mapping[str, str]) -> IncomingCall:
        call_sid = fields.get("CallSid", "")
        if not call_sid:
            raise CarrierError("A voice webhook has no CallSid.")
        dialled = fields.get("CallTo", "") or fields.get("To", "")
        caller = fields.get("CallFrom", "") or fields.get("From", "")
        return IncomingCall(self.name, call_sid, e164(dialled), e164(caller))

    def status(self, fields: Mapping[str, str]) -> LineStatus | None:
        return LineStatus.CALL_ENDED if fields.get("Status") in _FINAL_CALL_STATUSES else None

    def connect(self, offer: StreamOffer) -> Document:
        return _document({"url": f"{offer.media_url}?{urlencode({'token': offer.token})}"})

    def refuse(self, refused: Refused, dialled_url: str) -> Document:  # noqa: ARG002
        return _document({})

    def after_dial(self, fields: Mapping[str, str]) -> Document:  # noqa: ARG002
        return _document({})

    def hang_up(self) -> Document:
        return _document({})

    def read_start(self, message: str | bytes) -> StreamStart | None:
        read = read_json(message)
        event = text(read, "event")
        if event == "connected":
            return None
        if event != "start":
            raise BadMediaMessage("A media stream did not begin with its start message.")
        start = part(read, "start")
        custom = start.get("custom_parameters")
        parameters = {str(n): str(v) for n, v in custom.items()} if isinstance(custom, dict) else {}
        return StreamStart(text(start, "stream_sid"), text(start, "call_sid"), parameters)

    def serializer(self, start: StreamStart) -> FrameSerializer:
        return ExotelMedia(start.stream_id)


class ExotelMedia(ExotelFrameSerializer):
    """One stream's messages: base64 of int16 little-endian audio at 8 kHz."""

    def __init__(self, stream_sid: str) -> None:
        super().__init__(stream_sid, params=ExotelFrameSerializer.InputParams(sample_rate=RATE_HZ))
        self._sample_rate = RATE_HZ

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, MarkFrame):
            return json.dumps({"event": "mark", "stream_sid": self._stream_sid, "mark": {"name": frame.mark}})
        return await super().serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """A frame, or None for messages without one. Raises: BadMediaMessage."""
        message = read_json(data)
        event = text(message, "event")
        if event == "media":
            if len(check_base64(part(message, "media"))) % 2:
                raise BadMediaMessage("A media message is not 16-bit audio.")
            return await super().deserialize(data)
        if event == "mark":
            return MarkPlayedFrame(mark=text(part(message, "mark"), "name"))
        if event == "stop":
            return LineStoppedFrame(reason="stop")
        if event == "dtmf":
            text(part(message, "dtmf"), "digit")
            return await super().deserialize(data)
        if event in ("connected", "start"):
            return None
        raise BadMediaMessage("A media message has an unknown event.")


def _document(content: dict[str, str]) -> Document:
    return Document(json.dumps(content), media_type="application/json")
