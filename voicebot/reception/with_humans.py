"""The receptionist around a human: the queue, who takes the caller, coming back, hints, and what the two say."""

from __future__ import annotations

from dataclasses import replace

from voicebot.domain.acts import Act, AskForHuman, acts_json
from voicebot.domain.decisions import Action
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import Hint, QueueStanding, Returned, Taker, Task
from voicebot.domain.speaking import Reply
from voicebot.policy import humans as rules
from voicebot.policy.decide import Verdict
from voicebot.policy.hints import acts_by_hint
from voicebot.policy.waiting import handoff_id, waits
from voicebot.reception.journal import unbroken
from voicebot.reception.one_call import OneCall
from voicebot.understanding.masking import mask_payment_numbers
from voicebot.understanding.tasks import orders_of


class WithHumans(OneCall):
    """What a call does while humans of ours wait for it, have it, gave it back, or watch it."""

    @property
    def _with_human(self) -> bool:
        return self._call.handover.with_taker is not None

    async def hear_queue(self, standing: QueueStanding) -> Reply | None:
        """How the caller stands in the queue of agents. Returns: None when nothing is to be said of it now."""
        verdict = rules.hear_queue(*self._now(), standing)
        if verdict is None:
            return None
        self._note_return(verdict)
        return await unbroken(self._settle(verdict))

    async def announce(self, handoff: str, taker: Taker) -> Reply:
        """Saves that `taker` has the caller from now on. Returns: what the caller hears of it; nothing is asked."""
        verdict = rules.announce(self._call, self._instructions, self._clock(), handoff, taker)
        if verdict is None:
            return self._nothing_to_say()
        self._journal.add(EventKind.HANDED_OVER, handoff=handoff, taker=taker.id, name=taker.name, way=taker.way)
        return await unbroken(self._settle(verdict))

    async def take_back(self, handoff: str, returned: Returned) -> Reply:
        """Saves that the receptionist has the caller again. Returns: how she goes on; nothing when she has them already."""
        verdict = rules.take_back(*self._now(), returned)
        if verdict is None:
            return self._nothing_to_say()
        self._note_return(verdict, handoff, returned.task)
        return await unbroken(self._settle(verdict))

    async def give_task(self, task: Task) -> None:
        """What the human who has the caller wants done when the caller comes back, by whatever way that is."""
        self._call = replace(self._call, handover=replace(self._call.handover, task=task))
        await unbroken(self._save())

    async def hear_hint(self, hint: Hint) -> Reply | None:
        """Words of somebody who watches; understood, never spoken. Returns: None when nothing is to be said now."""
        if self.ended or self._with_human:
            return None
        orders = orders_of(hint.text, self._instructions, self._instructions.language)
        task = replace(orders.task, by=hint.by) if orders.task else None
        acts = () if task else await self._acts_of(hint, human=orders.human, only_orders=bool(orders))
        self._journal.add(
            EventKind.HINTED,
            by=hint.by,
            text=mask_payment_numbers(hint.text),
            acts=acts_json.dump_python(acts, mode="json"),
            **({"task": task.kind, "detail": task.detail, "sms": task.text} if task else {}),
            **({"urgent": True} if orders.urgent else {}),
        )
        return await unbroken(self._obey_hint(acts, task, urgent=orders.urgent))

    async def note_said(
        self, speaker: str, text: str, confidence: float, started_ms: int, ended_ms: int, heard_by: str
    ) -> None:
        """Caller and human talk: kept for the call's file, understood by nobody. speaker: "caller" or "agent"."""
        self._journal.add(
            EventKind.SAID_TO_EACH_OTHER,
            speaker=speaker,
            text=mask_payment_numbers(text),
            confidence=round(confidence, 3),
            started_ms=started_ms,
            ended_ms=ended_ms,
            heard_by=heard_by,
        )
        await unbroken(self._save())

    async def _acts_of(self, hint: Hint, *, human: bool, only_orders: bool) -> tuple[Act, ...]:
        if human:
            wanted = self._facilities().transfer and not waits(self._call)
            return (AskForHuman(""),) if wanted else ()
        if only_orders:
            return ()
        reading = await self._understanding.read(hint.text, self.context())
        return acts_by_hint(reading.acts, self._call, self._instructions)

    async def _obey_hint(self, acts: tuple[Act, ...], task: Task | None, *, urgent: bool) -> Reply | None:
        verdict = rules.hear_hint(self._call, acts, *self._now()[1:], task=task, urgent=urgent)
        if verdict is None or not verdict.decisions:
            return await self._keep(verdict)
        return await self._settle(verdict)

    async def _keep(self, verdict: Verdict | None) -> None:
        """Saves what a hint changed although nothing is said of it."""
        before = self._call
        if verdict is not None:
            self._call = verdict.call
        await self._save(queued=self._queued_by(before))

    def _note_return(self, verdict: Verdict, handoff: str = "", task: Task | None = None) -> None:
        back = next((d for d in verdict.decisions if d.action is Action.TAKE_BACK), None)
        if back is None:
            return
        given = task or self._call.handover.task
        told = {"kind": given.kind, "detail": given.detail, "text": given.text} if given else {}
        self._journal.add(EventKind.TAKEN_BACK, handoff=handoff or handoff_id(self._call), why=back.subject, task=told)
