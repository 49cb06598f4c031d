"""Writes one frame on a carrier's line or a headset's; a line that is gone is told of, not raised."""

from __future__ import annotations

import asyncio

import structlog
from pipecat.frames.frames import Frame
from starlette.websockets import WebSocketDisconnect, WebSocketState

from voicebot.voice.line import Line

SEND_LIMIT_S = 5.0
"""A line that takes no audio for this long is gone."""

log = structlog.get_logger()


async def write_frame(line: Line, frame: Frame) -> bool:
    """Returns: False when the line has broken at this frame; one that was closed before takes nothing and is no news."""
    websocket = line.websocket
    if WebSocketState.CONNECTED not in (websocket.client_state, websocket.application_state):
        return True
    message = await line.serializer.serialize(frame)
    if not message:
        return True
    try:
        async with asyncio.timeout(SEND_LIMIT_S):
            if isinstance(message, str):
                await websocket.send_text(message)
            else:
                await websocket.send_bytes(message)
    except (RuntimeError, OSError, WebSocketDisconnect, TimeoutError) as gone:
        log.info("line_gone", stream=line.stream_id, what=type(gone).__name__)
        return False
    return True
