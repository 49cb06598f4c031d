"""The tasks of one call: each has this owner, a crash is logged, and none outlives the call."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

from voicebot.errors import VoicebotError

T = TypeVar("T")
log = structlog.get_logger()


class OwnedTasks:
    """Starts tasks and ends them all with the call."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: set[asyncio.Task[Any]] = set()
        self._closed = False

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work, name=f"{self._name}:{work.__name__}")
        self._running.add(task)
        task.add_done_callback(self._done)
        if self._closed:
            task.cancel()
        return task

    async def close(self) -> None:
        """Cancel what is left and wait for it."""
        self._closed = True
        while self._running:
            for task in self._running:
                task.cancel()
            await asyncio.wait(list(self._running))

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        wrong = task.exception()
        if wrong is not None and not isinstance(wrong, VoicebotError):
            log.error("call_task_failed", task=task.get_name(), exc_info=wrong)
