"""The calls on the line in this process, and the headsets that are put on to talk with their callers or to listen."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog

from voicebot.domain.agent import User
from voicebot.domain.handoff import Handoff, Hint, Returned, Taker, Why
from voicebot.errors import HandoffRefused, StoreError
from voicebot.handoff.ports import AgentsDesk, HeadsetTicket, LiveCall, Purpose
from voicebot.handoff.telephones import Telephones
from voicebot.reception.receptionist import Receptionist
from voicebot.telephony.headset_door import MEDIA_PATH
from voicebot.telephony.ports import HeadsetPass
from voicebot.telephony.stream_tokens import StreamTokens
from voicebot.voice.line import Line
from voicebot.voice.live_line import LiveLine

PUT_ON_LIMIT_S = 6.0
"""An accepted call whose headset does not come within this time goes back to the receptionist."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _OnTheLine:
    receptionist: Receptionist
    line: LiveLine


class LiveFloorHere:
    """A handoff.ports.LiveFloor and a telephony.ports.HeadsetDesk."""

    def __init__(self, agents: AgentsDesk, tokens: StreamTokens, clock: Callable[[], datetime]) -> None:
        self._agents = agents
        self._tokens = tokens
        self._clock = clock
        self.telephones: Telephones | None = None
        """Of callers who talk with a human on the telephone: their lines are the carrier's."""
        self._calls: dict[str, _OnTheLine] = {}
        self._awaited: dict[str, asyncio.Task[None]] = {}

    # What the switchboard tells

    def opened(self, receptionist: Receptionist, line: LiveLine) -> None:
        self._calls[receptionist.call.id] = _OnTheLine(receptionist, line)

    def closed(self, call_id: str) -> None:
        self._calls.pop(call_id, None)

    # What the console and telephones ask

    def live(self) -> Sequence[LiveCall]:
        return tuple(
            LiveCall(on.receptionist.call, on.line.speaking, on.line.joined, on.line.listeners)
            for on in self._calls.values()
        )

    def headset(self, call_id: str, user: User, purpose: Purpose, handoff: str = "") -> HeadsetTicket:
        self._on_the_line(call_id)
        token = self._tokens.issue_headset(HeadsetPass(call_id, user.id, purpose, handoff))
        if purpose is Purpose.TALK:
            waiting = asyncio.create_task(self._await_headset(call_id, handoff), name=f"headset-{handoff}")
            self._awaited[handoff] = waiting
            waiting.add_done_callback(lambda done: self._forget_wait(handoff, done))
        return HeadsetTicket(MEDIA_PATH, token, call_id, handoff, purpose)

    async def hint(self, call_id: str, hint: Hint) -> None:
        await self._on_the_line(call_id).line.hint(hint)

    async def hold(self, call_id: str, *, on: bool) -> None:
        await self._on_the_line(call_id).line.hold(on=on)

    async def return_caller(self, call_id: str, returned: Returned) -> None:
        if call_id not in self._calls and self.telephones:
            # Whoever gave the caller back by row is seen by voicebot.handoff.telephones, which leads the caller here.
            return
        await self._on_the_line(call_id).line.part(returned)

    async def hang_up(self, call_id: str) -> None:
        if call_id not in self._calls and self.telephones:
            await self.telephones.hang_up(await self._newest_handoff(call_id))
            return
        await self._on_the_line(call_id).line.hang_up()

    async def announce(self, call_id: str, handoff: str, taker: Taker) -> None:
        await self._on_the_line(call_id).line.announce(taker, handoff)

    # What headsets do

    async def wear(self, line: Line, headset: HeadsetPass) -> None:
        on = self._on_the_line(headset.call_id)
        if headset.purpose is Purpose.LISTEN:
            await on.line.listen(line)
            return
        self._stop_waiting(headset.handoff)
        handoff = await self._agents.handoff(headset.handoff)
        taker = handoff.taker
        if taker is None or taker.id != headset.user or not handoff.status.taken:
            raise HandoffRefused("not_yours", f"Handoff {handoff.id} is not with whoever put a headset on for it.")
        await self._talk(on, line, handoff, taker)

    async def _talk(self, on: _OnTheLine, line: Line, handoff: Handoff, taker: Taker) -> None:
        accepted = handoff.accepted_at or self._clock()
        after_ms = (self._clock() - accepted).total_seconds() * 1000
        noting = asyncio.create_task(self._note_talking(handoff.id, after_ms))
        why = await on.line.join(line, taker, handoff.id)
        await noting
        _log.info("talk over", handoff=handoff.id, call=handoff.call, why=why)
        if why is Why.AGENT_LOST:
            await self._agents.not_taken(handoff.id, why)

    async def _note_talking(self, handoff_id: str, after_ms: float) -> None:
        try:
            await self._agents.talking(handoff_id, after_ms)
        except StoreError as refused:
            _log.error("talk not noted", handoff=handoff_id, code=refused.code)

    # A headset that does not come

    async def _await_headset(self, call_id: str, handoff_id: str) -> None:
        await asyncio.sleep(PUT_ON_LIMIT_S)
        _log.warning("no headset came", handoff=handoff_id)
        handoff = await self._agents.not_taken(handoff_id, Why.NOT_CONNECTED)
        on = self._calls.get(call_id)
        if on is not None:
            await on.line.part(Returned(Why.NOT_CONNECTED, handoff.taker))

    def _stop_waiting(self, handoff_id: str) -> None:
        waiting = self._awaited.pop(handoff_id, None)
        if waiting is not None:
            waiting.cancel()

    def _forget_wait(self, handoff_id: str, done: asyncio.Task[None]) -> None:
        if self._awaited.get(handoff_id) is done:
            del self._awaited[handoff_id]
        if not done.cancelled() and (wrong := done.exception()):
            _log.error("caller not taken back", handoff=handoff_id, exc_info=wrong)

    async def _newest_handoff(self, call_id: str) -> str:
        """Raises: HandoffRefused where there is none."""
        handoffs = await self._agents.of_call(call_id)
        if not handoffs:
            self._on_the_line(call_id)
        return handoffs[-1].id

    def _on_the_line(self, call_id: str) -> _OnTheLine:
        """Raises: HandoffRefused."""
        on = self._calls.get(call_id)
        if on is None:
            raise HandoffRefused(
                "elsewhere", f"Call {call_id} is not on the line in this process.", "It ended, or another process has it."
            )
        return on
