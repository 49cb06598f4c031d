"""One call on one line, from the first sentence to the end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from voicebot.domain.language import Language
from voicebot.speech.ports import Transcriber, Voice
from voicebot.voice.line import HowItEnded, Line


async def converse(
    line: Line,
    receptionist: object,
    ears: Transcriber,
    voices: Callable[[Language], Voice],
    tape: object | None,
    *,
    opening: Literal["pick_up", "resume"],
    on_level: Callable[[float, float], None] | None = None,
) -> HowItEnded:
    """Talk with the caller until someone hangs up or the line breaks; closes the websocket and returns. Never raises."""
    raise NotImplementedError
