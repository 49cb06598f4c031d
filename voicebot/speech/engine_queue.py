"""One bounded line of jobs in front of an engine's worker threads, so that no engine work runs on the event loop."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog

from voicebot.errors import SpeechBusy, SpeechError, SpeechTimedOut, VoicebotError
from voicebot.speech.ports import Priority

log = structlog.get_logger()

T = TypeVar("T")
CLOSING_S = 10.0
"""Patience with a running job when the queue closes."""

Withdrawn = Callable[[], bool]
"""Asked by long work between its pieces: has nobody wanted the result any more?"""


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """A job's result. waited_ms: from submission to the worker; took_ms: in the worker."""

    value: T
    waited_ms: float
    took_ms: float


@dataclass(slots=True, eq=False)
class _Job:
    work: Callable[[Withdrawn], Any]
    priority: Priority
    loop: asyncio.AbstractEventLoop
    result: asyncio.Future[Done[Any]]
    submitted_s: float
    withdrawn: threading.Event = field(default_factory=threading.Event)

    def settle(self, value: Done[Any] | VoicebotError) -> None:
        """Give the result to the waiting task, from any thread; nobody waits any more: it is dropped."""
        if self.withdrawn.is_set() or self.loop.is_closed():
            return
        self.loop.call_soon_threadsafe(self._settle_here, value)

    def _settle_here(self, value: Done[Any] | VoicebotError) -> None:
        if self.result.done():
            return
        if isinstance(value, VoicebotError):
            self.result.set_exception(value)
        else:
            self.result.set_result(value)


class EngineQueue:
    """Jobs of one engine, the most urgent first, in order of arrival within one priority.

    Args:
        name: as written in logs and errors: "ears", "piper".
        workers: threads that run jobs; more than one only for an engine that is safe to share between threads.
        room: jobs that may wait. When full, a job evicts the newest waiting job of the lowest priority below its
            own; where there is none it is refused. Both losers raise SpeechBusy.
        limit_s: from submission to result; then SpeechTimedOut.
    """

    def __init__(self, name: str, *, workers: int = 1, room: int = 32, limit_s: float = 6.0) -> None:
        self.name = name
        self.room = room
        self.limit_s = limit_s
        self._line: dict[Priority, deque[_Job]] = {priority: deque() for priority in Priority}
        self._changed = threading.Condition()
        self._closing = False
        self._threads = [
            threading.Thread(target=self._serve, name=f"{name}-{n}", daemon=True) for n in range(max(1, workers))
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Jobs that no worker has taken yet."""
        return sum(len(jobs) for jobs in self._line.values())

    async def submit(
        self, work: Callable[[Withdrawn], T], *, priority: Priority = Priority.TURN, limit_s: float | None = None
    ) -> Done[T]:
        """Run `work` in a worker. Cancelling the awaiting task withdraws it: a running one ends unheard.

        Args:
            work: called with a question that it may ask between its pieces: nobody waits any more?

        Raises: SpeechBusy when refused or evicted, SpeechTimedOut, SpeechError when the work failed.
        """
        loop = asyncio.get_running_loop()
        job = _Job(work, priority, loop, loop.create_future(), time.monotonic())
        self._enter(job)
        allowed_s = self.limit_s if limit_s is None else limit_s
        try:
            async with asyncio.timeout(allowed_s):
                return await job.result
        except TimeoutError:
            raise SpeechTimedOut(f"{self.name} gave no result within {allowed_s:g} s.") from None
        finally:
            self._withdraw(job)

    async def close(self) -> None:
        """Refuse what waits, let running jobs end, stop the workers. Idempotent."""
        with self._changed:
            self._closing = True
            left = [job for jobs in self._line.values() for job in jobs]
            for jobs in self._line.values():
                jobs.clear()
            self._changed.notify_all()
        for job in left:
            job.settle(SpeechError(f"{self.name} is closing."))
        await asyncio.to_thread(self._join)

    def _join(self) -> None:
        ends_s = time.monotonic() + CLOSING_S
        for thread in self._threads:
            thread.join(max(0.0, ends_s - time.monotonic()))
        stuck = sum(thread.is_alive() for thread in self._threads)
        if stuck:
            log.warning("engine_queue_stuck", engine=self.name, workers=stuck)

    def _enter(self, job: _Job) -> None:
        with self._changed:
            if self._closing:
                raise SpeechError(f"{self.name} is closing.")
            if self.waiting >= self.room:
                self._evict_below(job.priority)
            self._line[job.priority].append(job)
            self._changed.notify()

    def _evict_below(self, priority: Priority) -> None:
        for lower in sorted(self._line, reverse=True):
            if lower > priority and self._line[lower]:
                evicted = self._line[lower].pop()
                evicted.settle(SpeechBusy(f"{self.name} is full: a job of lower priority made room."))
                log.info("engine_job_evicted", engine=self.name, priority=lower.name.lower())
                return
        log.warning("engine_job_refused", engine=self.name, priority=priority.name.lower(), room=self.room)
        raise SpeechBusy(f"{self.name} is full: {self.room} jobs wait already.")

    def _withdraw(self, job: _Job) -> None:
        job.withdrawn.set()
        with self._changed:
            if job in self._line[job.priority]:
                self._line[job.priority].remove(job)

    def _take(self) -> _Job | None:
        with self._changed:
            while True:
                for priority in sorted(self._line):
                    if self._line[priority]:
                        return self._line[priority].popleft()
                if self._closing:
                    return None
                self._changed.wait()

    def _serve(self) -> None:
        while (job := self._take()) is not None:
            started_s = time.monotonic()
            try:
                value = job.work(job.withdrawn.is_set)
            except VoicebotError as failed:
                job.settle(failed)
            # A worker thread must outlive whatever an engine's library raises; the caller of submit gets it.
            except Exception as failed:  # noqa: BLE001
                log.error("engine_job_failed", engine=self.name, error=type(failed).__name__)
                wrapped = SpeechError(f"{self.name} failed: {type(failed).__name__}.")
                wrapped.__cause__ = failed
                job.settle(wrapped)
            else:
                waited_ms = (started_s - job.submitted_s) * 1000
                job.settle(Done(value, waited_ms, (time.monotonic() - started_s) * 1000))
