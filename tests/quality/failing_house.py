"""A house in which nothing gets through: every letter is refused, every ring fails, and all of it is on record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Ladder, LadderPlan, LadderStatus
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.speaking import Reply
from voicebot.policy.ladder.plan import plan_ladder
from voicebot.reception.receptionist import Receptionist
from voicebot.store.call_book import CallBook

Kind = MessageEventKind
TURNS_OF_A_ROUND = 7


@dataclass
class FailingHouse:
    """For one call at a time."""

    book: CallBook
    instructions: Instructions
    ladder: Ladder | None = None
    turns: int = 0

    async def between_turns(self, receptionist: Receptionist) -> Reply | None:
        """The ladder begins when people are woken; some turns later everybody was tried in vain."""
        call = receptionist.call
        if not call.handover.on_call_woken:
            return None
        now = (await self.book.events(call.id))[-1].at
        self.turns += 1
        if self.ladder is None:
            self.ladder = await self._begin(call, now)
        elif self.turns == TURNS_OF_A_ROUND:
            self.ladder = await self._exhaust(self.ladder, now)
        return await receptionist.hear_on_call(self.ladder)

    async def _begin(self, call: Call, now: datetime) -> Ladder:
        plan = plan_ladder(self.instructions, call, await self.book.message(call.id), now)
        plan = plan or LadderPlan(f"{call.id}-on-call", call.id, call.client, (), now)
        contacts = [contact.id for contact in plan.contacts]
        await self._note(call.id, "begun", now, Kind.LADDER_BEGUN, ladder=plan.id, contacts=contacts)
        return Ladder(plan.id, call.id, call.client, LadderStatus.CLIMBING, plan, now, now)

    async def _exhaust(self, ladder: Ladder, now: datetime) -> Ladder:
        for number, contact in enumerate(ladder.plan.contacts):
            attempt = f"{ladder.id}-{number}"
            told = {"ladder": ladder.id, "contact": contact.id, "attempt": attempt}
            await self._note(ladder.call, f"rung-{number}", now, Kind.CONTACT_RUNG, **told, number_ends=contact.phone[-2:])
            await self._note(ladder.call, f"ended-{number}", now, Kind.CONTACT_ENDED, **told, how="no_answer")
        await self._note(ladder.call, "alarm", now, Kind.ALARM_RAISED, ladder=ladder.id, why="exhausted", dispatch="")
        await self._note(ladder.call, "over", now, Kind.LADDER_ENDED, ladder=ladder.id, how="alarm")
        return replace(ladder, status=LadderStatus.ALARM, over=True, alarmed_at=now)

    async def lose_the_letters(self, call_id: str) -> None:
        """Each message is queued, refused for good, and told to the operator, as deliveries do; the ladder climbs on."""
        call, message = await self.book.call(call_id), await self.book.message(call_id)
        if message is None or call.ended_at is None:
            return
        if self.ladder is not None and not self.ladder.over:
            self.ladder = await self._exhaust(self.ladder, call.ended_at)
        at, letter = call.ended_at, f"{call_id}-office-email-final"
        queued = {"rule": "office", "channel": "email", "recipient": "", "due_at": at.isoformat()}
        await self._note(call_id, "queued", at, Kind.DISPATCH_QUEUED, dispatch=letter, **queued)
        refused = {"attempt": 1, "channel": "email", "trouble": "unreachable", "provider_id": ""}
        await self._note(call_id, "tried", at, Kind.DISPATCH_TRIED, dispatch=letter, **refused)
        await self._note(call_id, "failed", at, Kind.DISPATCH_FAILED, dispatch=letter, trouble="unreachable", fallback="")
        await self._note(call_id, "dead", at, Kind.ALARM_RAISED, ladder="", why="unreachable", dispatch=letter)

    async def _note(self, call_id: str, key: str, at: datetime, kind: MessageEventKind, **data: object) -> None:
        await self.book.note_after_call([MessageEvent(f"{call_id}-{key}", call_id, at, kind, dict(data))])
