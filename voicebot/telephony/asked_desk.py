"""A desk asked within the time that a carrier waits for a document, its failures of any kind made ours."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

import structlog

from voicebot.errors import VoicebotError

DESK_LIMIT_S = 6.0
"""Two answers of the desk fit into Twilio's 15 s for a document."""
DESK_FAILS = (VoicebotError, TimeoutError, RuntimeError)

log = structlog.get_logger()
T = TypeVar("T")


async def of_desk(asked: Awaitable[T]) -> T:
    """The desk's answer within DESK_LIMIT_S. Raises: one of DESK_FAILS, whatever went wrong."""
    try:
        async with asyncio.timeout(DESK_LIMIT_S):
            return await asked
    except (VoicebotError, TimeoutError):
        raise
    except Exception as bug:
        log.exception("desk_failed", code="bug")
        raise RuntimeError("A desk failed.") from bug


def failure_code(wrong: Exception) -> str:
    return getattr(wrong, "code", "timeout" if isinstance(wrong, TimeoutError) else "bug")
