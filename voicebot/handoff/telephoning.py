"""Rings the telephones of humans for the queue, and hangs them up; the rows say for whom, and whether it still matters."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from typing import Any

import structlog

from voicebot.domain.handoff import Why
from voicebot.errors import ChannelError, VoicebotError
from voicebot.handoff.ports import AgentRing, AgentTelephone
from voicebot.policy.queue.commands import Command, HangUp, Ring

CARRIER_LIMIT_S = 10.0
"""Longest wait for the carrier's answer, in real seconds."""

_log = structlog.get_logger()


class Telephoning:
    """The calls to humans that this process places. Nothing waits for them: each is a task of its own.

    A process that dies between the row and the carrier's answer leaves a ring without a line: it ends at ring_until.

    Args:
        keep_line: records the carrier's id. Returns: False when the ring is over by now.
        pass_over: nobody could be rung there.
    """

    def __init__(
        self,
        telephone: AgentTelephone | None,
        keep_line: Callable[[str, str, str], Awaitable[bool]],
        pass_over: Callable[[str, str, Why], Awaitable[None]],
    ) -> None:
        self._telephone = telephone
        self._keep_line = keep_line
        self._pass_over = pass_over
        self._running: set[asyncio.Task[None]] = set()

    def carry_out(self, commands: Iterable[Command]) -> None:
        for command in commands:
            if isinstance(command, Ring) and command.number:
                self._start(self._ring(command))
            elif isinstance(command, HangUp):
                self._start(self._hang_up(command.handoff, command.line))

    async def done(self) -> None:
        """Once nothing is under way with the carrier."""
        while self._running:
            await asyncio.wait(list(self._running))

    async def close(self) -> None:
        """Gives what is under way a moment, then lets it go."""
        if self._running:
            await asyncio.wait(list(self._running), timeout=1.0)
        for task in tuple(self._running):
            task.cancel()
        await self.done()

    async def _ring(self, ring: Ring) -> None:
        if self._telephone is None:
            await self._pass_over(ring.handoff, ring.agent, Why.CARRIER)
            return
        try:
            async with asyncio.timeout(CARRIER_LIMIT_S):
                line = await self._telephone.ring(AgentRing(ring.handoff, ring.agent, ring.number, ring.ring_s))
        except (ChannelError, TimeoutError) as refused:
            code = refused.reason if isinstance(refused, ChannelError) else "timeout"
            _log.warning("agent_not_rung", handoff=ring.handoff, code=code)
            await self._pass_over(ring.handoff, ring.agent, Why.CARRIER)
            return
        kept = False
        try:
            kept = await self._keep_line(ring.handoff, ring.agent, line)
        finally:
            # Also when the row could not be written: a telephone whose line nobody knows could not be stopped later.
            if not kept:
                await self._hang_up(ring.handoff, line)

    async def _hang_up(self, handoff: str, line: str) -> None:
        if self._telephone is None:
            return
        try:
            async with asyncio.timeout(CARRIER_LIMIT_S):
                await self._telephone.hang_up(line)
        except (ChannelError, TimeoutError) as refused:
            # It rings until the carrier gives up; whoever answers hears that the caller is gone.
            code = refused.reason if isinstance(refused, ChannelError) else "timeout"
            _log.warning("agent_not_hung_up", handoff=handoff, code=code)

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if task.cancelled():
            return
        wrong = task.exception()
        if isinstance(wrong, VoicebotError):
            _log.warning("agent_telephone_failed", code=wrong.code)
        elif wrong is not None:
            _log.error("agent_telephone_failed", exc_info=wrong)
