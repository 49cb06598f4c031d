"""Twilio Media Streams messages as frames: pipecat's serializer plus marks, their acknowledgements and the stop.

Source: twilio.com/docs/voice/media-streams/websocket-messages.
"""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from pipecat.frames.frames import Frame, OutputDTMFUrgentFrame
from pipecat.serializers.twilio import TwilioFrameSerializer

from voicebot.errors import BadMediaMessage
from voicebot.speech.ports import RATE_HZ
from voicebot.telephony.carrier import StreamStart, part, read_json, text
from voicebot.voice.media_frames import LineStoppedFrame, MarkFrame, MarkPlayedFrame

_SILENT_EVENTS = frozenset({"connected", "start"})


class TwilioMedia(TwilioFrameSerializer):
    """One stream's messages. Audio is int16 mono 8 kHz on our side, and 8 kHz µ-law on the wire: nothing is resampled.

    Never hangs up by itself: closing the websocket sends Twilio to the next verb of its document.
    """

    def __init__(self, stream_sid: str) -> None:
        super().__init__(stream_sid, params=TwilioFrameSerializer.InputParams(auto_hang_up=False, sample_rate=RATE_HZ))
        self._sample_rate = RATE_HZ

    async def serialize(self, frame: Frame) -> str | bytes | None:
        if isinstance(frame, MarkFrame):
            return json.dumps({"event": "mark", "streamSid": self._stream_sid, "mark": {"name": frame.mark}})
        if isinstance(frame, OutputDTMFUrgentFrame):
            # Headsets only: Twilio itself knows no keys in this direction.
            digit = frame.to_string()
            return json.dumps({"event": "dtmf", "streamSid": self._stream_sid, "dtmf": {"digit": digit}})
        return await super().serialize(frame)

    async def deserialize(self, data: str | bytes) -> Frame | None:
        """A frame, or None for messages without one. Raises: BadMediaMessage."""
        message = read_json(data)
        event = text(message, "event")
        if event == "media":
            return await self._audio(message, data)
        if event == "mark":
            return MarkPlayedFrame(mark=text(part(message, "mark"), "name"))
        if event == "stop":
            return LineStoppedFrame(reason="stop")
        if event == "dtmf":
            text(part(message, "dtmf"), "digit")
            return await super().deserialize(data)
        if event in _SILENT_EVENTS:
            return None
        raise BadMediaMessage("A media message has an unknown event.")

    async def _audio(self, message: dict[str, Any], data: str | bytes) -> Frame | None:
        media = part(message, "media")
        if media.get("track", "inbound") != "inbound":
            return None
        check_base64(media)
        return await super().deserialize(data)


def check_base64(media: dict[str, Any]) -> bytes:
    """The bytes of media["payload"]. Raises: BadMediaMessage."""
    try:
        return base64.b64decode(text(media, "payload"), validate=True)
    except binascii.Error as wrong:
        raise BadMediaMessage("A media message's audio is not base64.") from wrong


def read_twilio_start(message: str | bytes) -> StreamStart | None:
    """The start message; None for the "connected" before it. Raises: BadMediaMessage."""
    read = read_json(message)
    event = text(read, "event")
    if event == "connected":
        return None
    if event != "start":
        raise BadMediaMessage("A media stream did not begin with its start message.")
    start = part(read, "start")
    custom = start.get("customParameters", {})
    if not isinstance(custom, dict):
        raise BadMediaMessage("A start message's customParameters are not an object.")
    return StreamStart(
        stream_id=text(start, "streamSid"),
        carrier_call_id=text(start, "callSid"),
        parameters={str(name): str(value) for name, value in custom.items()},
    )
