"""The queue as it was a moment ago, in memory: what a call may offer is answered at once, without a database."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from voicebot.domain.handoff import QueueStanding
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.policy.queue.callees import callees_of
from voicebot.policy.queue.order import may_transfer, standing_of
from voicebot.policy.queue.scene import QueueScene

STALE_AFTER_S = 10
"""Rows that were not read for so long promise nothing: a queue that nobody steps serves nobody."""


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """read_at: when the rows were read, aware. phone_carriers: of calls for which telephones can ring; () for none."""

    scene: QueueScene
    read_at: datetime
    phone_carriers: Collection[str] = ()

    def fresh(self, now: datetime) -> bool:
        return now - self.read_at <= timedelta(seconds=STALE_AFTER_S)

    def may_transfer(self, instructions: Instructions, language: Language, now: datetime, *, carrier: str = "") -> bool:
        """Some agent covers such a call and is not paused, and the client's queue is not full. carrier: of the call."""
        most, by_phone = instructions.handoff.most_waiting, carrier in self.phone_carriers
        return self.fresh(now) and may_transfer(self.scene, instructions.id, language, most, by_phone=by_phone)

    def may_ring(self, instructions: Instructions, to: str, now: datetime, *, carrier: str) -> bool:
        """The person or team `to` of the client is there and can be rung for a call of this carrier now."""
        if carrier not in self.phone_carriers or not self.fresh(now):
            return False
        callees = callees_of(instructions, to, now)
        return any(not self.scene.callee_is_busy(instructions.id, callee.id) for callee in callees)

    def standing(self, handoff_id: str, now: datetime) -> QueueStanding | None:
        """None for one that is not among the open ones."""
        handoff = self.scene.handoffs.get(handoff_id)
        return None if handoff is None else standing_of(self.scene, handoff, now)
