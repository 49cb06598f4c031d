"""What telephony hands to voice, one carrier media stream, and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pipecat.serializers.base_serializer import FrameSerializer
from starlette.websockets import WebSocket


@dataclass(frozen=True, slots=True)
class Line:
    """One media stream whose start message has been read.

    websocket: accepted; nothing else reads it or writes to it until converse returns.
    serializer: turns this carrier's messages into the frames of voicebot.voice.media_frames and back; a message
        that cannot be read gives None or raises BadMediaMessage, which is logged and survived.
    stream_id: the carrier's id of this stream, for logs.
    marks: the carrier acknowledges marks; False makes the play clock alone tell what was played.
    """

    websocket: WebSocket
    serializer: FrameSerializer
    stream_id: str
    marks: bool = True


class Opening(StrEnum):
    """How the receptionist begins on this line."""

    PICK_UP = "pick_up"
    RESUME = "resume"
    """The call was begun on another line or by another process."""


class HowItEnded(StrEnum):
    """Why converse returned. The websocket is closed in every case."""

    HUNG_UP = "hung_up"
    """By us, once the last sentence was played."""
    CALLER_HUNG_UP = "caller_hung_up"
    LINE_LOST = "line_lost"
    """The websocket broke without the carrier's stop: the caller may come back on the resume address."""
