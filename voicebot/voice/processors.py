"""The three pipecat processors of a call: line in, conversation, line out.

They run in direct mode: a frame is a chain of awaited calls, not three queues and three tasks. Frame routing was more
than half of a stock pipeline's CPU, and nothing here needs a queue: voice detection takes 0.1 ms per frame, and
everything slower runs in a task of the conversation. pipecat keeps what it is good at: carriers' serializers, frames,
the life cycle, and a place to bridge a second leg.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import numpy as np
import structlog
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InputDTMFFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
    StartFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor, FrameProcessorSetup
from starlette.websockets import WebSocketDisconnect, WebSocketState

from voicebot.errors import BadMediaMessage
from voicebot.voice.conversation import Conversation
from voicebot.voice.line import HowItEnded, Line
from voicebot.voice.line_writing import write_frame
from voicebot.voice.media_frames import LineStoppedFrame, MarkFrame, MarkPlayedFrame

log = structlog.get_logger()


class LineIn(FrameProcessor):
    """Reads the carrier's messages and pushes their frames, until the carrier's stop or the end of the websocket."""

    def __init__(self, line: Line, on_lost: Callable[[], None]) -> None:
        super().__init__(enable_direct_mode=True)
        self._line = line
        self._on_lost = on_lost
        self._reading: asyncio.Task[None] | None = None

    async def setup(self, setup: FrameProcessorSetup) -> None:
        await super().setup(setup)
        await self._line.serializer.setup(setup)

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        await self.push_frame(frame, direction)
        if isinstance(frame, StartFrame):
            self._reading = self.create_task(self._read())

    async def cleanup(self) -> None:
        if self._reading:
            await self.cancel_task(self._reading)
            self._reading = None
        await super().cleanup()

    async def _read(self) -> None:
        websocket = self._line.websocket
        while websocket.client_state is WebSocketState.CONNECTED:
            try:
                message = await websocket.receive()
            except (RuntimeError, WebSocketDisconnect) as gone:
                log.info("line_gone", stream=self._line.stream_id, what=type(gone).__name__)
                break
            if message["type"] == "websocket.disconnect":
                log.info("line_closed", stream=self._line.stream_id, close_code=message.get("code"))
                break
            data = message.get("text")
            frame = await self._deserialize(data if data is not None else message.get("bytes") or b"")
            if frame is not None:
                await self.push_frame(frame)
            if isinstance(frame, LineStoppedFrame):
                return
        self._on_lost()

    async def _deserialize(self, data: str | bytes) -> Frame | None:
        try:
            return await self._line.serializer.deserialize(data)
        except (BadMediaMessage, ValueError, TypeError, KeyError, AttributeError) as unreadable:
            log.warning("bad_media_message", stream=self._line.stream_id, what=type(unreadable).__name__)
            return None


class InConversation(FrameProcessor):
    """Hands the caller's frames to the conversation."""

    def __init__(self, conversation: Conversation) -> None:
        super().__init__(enable_direct_mode=True)
        self._conversation = conversation

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        match frame:
            case InputAudioRawFrame():
                whole = len(frame.audio) - len(frame.audio) % 2
                self._conversation.hear(np.frombuffer(frame.audio[:whole], dtype=np.int16))
            case InputDTMFFrame():
                self._conversation.press(frame.button.value)
            case MarkPlayedFrame():
                self._conversation.mark_played(frame.mark)
            case LineStoppedFrame():
                self._conversation.line_ended(HowItEnded.CALLER_HUNG_UP)
            case _:
                await self.push_frame(frame, direction)


class LineOut(FrameProcessor):
    """Writes frames to the carrier at once: the mouth paces them."""

    def __init__(self, line: Line, on_lost: Callable[[], None]) -> None:
        super().__init__(enable_direct_mode=True)
        self._line = line
        self._on_lost = on_lost

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, (OutputAudioRawFrame, MarkFrame, InterruptionFrame)):
            await self.write(frame)
        if isinstance(frame, (StartFrame, EndFrame, CancelFrame)) or direction is FrameDirection.UPSTREAM:
            await self.push_frame(frame, direction)

    async def write(self, frame: Frame) -> None:
        """Write one frame. A line that is gone is told of, not raised."""
        if not await write_frame(self._line, frame):
            self._on_lost()
