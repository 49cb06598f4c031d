"""The steps of a ladder's workflow: each one is done at least once, may be done twice, and leaves its result as JSON."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog

from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import CallEnd, LadderPlan, LadderStatus, Way, plan_json
from voicebot.domain.tempo import Tempo
from voicebot.errors import InstructionsError
from voicebot.on_call.ringing import Ringing
from voicebot.on_call.telling import Telling
from voicebot.policy.ladder.climb import Step, advance, begin
from voicebot.policy.ladder.commands import (
    Command,
    Finished,
    HangUp,
    RaiseAlarm,
    RingContact,
    RoundBegun,
    TellContact,
    TellWhoHasIt,
    command_json,
)
from voicebot.policy.ladder.plan import plan_ladder
from voicebot.policy.ladder.signals import (
    Acknowledged,
    AttemptEnded,
    AttemptHeard,
    PassedOn,
    Signal,
    TimeUp,
    signal_json,
)
from voicebot.policy.ladder.state import LadderState, state_json
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook
from voicebot.store.ladder_standing import Standing

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LadderSteps:
    """agents_number: our own reception floor, E.164, "" when there is none."""

    ladders: LadderBook
    calls: CallBook
    instructions_of: Callable[[Call], Instructions]
    ringing: Ringing
    telling: Telling
    tempo: Tempo
    agents_number: str = ""

    async def plan(self, call_id: str) -> dict[str, Any]:
        """Begins the ladder; without anybody to wake its plan is empty, and climbing it raises the alarm at once."""
        call, message = await self.calls.call(call_id), await self.calls.message(call_id)
        now = self.tempo.now()
        try:
            instructions = self.instructions_of(call)
            plan = plan_ladder(instructions, call, message, now, agents_number=self.agents_number)
        except InstructionsError as wrong:
            _log.error("on_call_without_instructions", call=call_id, code=wrong.code)
            plan = None
        nobody = LadderPlan(f"{call_id}-on-call", call_id, call.client, (), starts_at=now)
        ladder = await self.ladders.begin(plan or nobody, now)
        return plan_json.dump_python(ladder.plan, mode="json")

    async def look(
        self, plan: LadderPlan, state: LadderState | None, signals: Sequence[Signal], not_before: datetime | None
    ) -> dict[str, Any]:
        """Reads the rows, which are the truth, and climbs as far as they and the clock allow.

        Args:
            state: None to begin. not_before: when it was last looked; time never runs backwards for a ladder.
        """
        now = self.tempo.now() if not_before is None else max(not_before, self.tempo.now())
        standing = await self.ladders.standing(plan.id)
        step = begin(plan, now) if state is None else Step(state)
        commands = list(step.commands)
        for signal in (*_taken(standing, step.state), *signals, *_news(standing, step.state), TimeUp()):
            step = advance(plan, step.state, signal, now)
            commands += step.commands
        trying = step.state.trying(plan)
        who = "" if trying is None else trying.id
        await self.ladders.progress(plan.id, step.state.status, step.state.round, who, now)
        return {
            "state": state_json.dump_python(step.state, mode="json"),
            "commands": [command_json.dump_python(command, mode="json") for command in commands],
            "now": now.isoformat(),
        }

    async def carry_out(self, plan: LadderPlan, command: Command, decided_at: datetime) -> dict[str, Any]:
        """Returns: signals, rung_at, look: whether the rows must be looked at at once; each only where there is one."""
        match command:
            case RingContact():
                return await self._ring(plan, command)
            case HangUp():
                await self.ringing.hang_up(command)
            case TellContact():
                await self.telling.tell(plan, command, decided_at)
            case TellWhoHasIt():
                standing = await self.ladders.standing(plan.id)
                await self.telling.tell_who_has_it(standing, command, decided_at)
            case RaiseAlarm():
                if (await self.ladders.ladder(plan.id)).acknowledged_by:
                    return {"look": True}
                await self.alarm(plan.call, command.why, command.key, command.round)
            case RoundBegun():
                await self.ladders.restarted(plan.id, command.round, command.key, self.tempo.now())
            case Finished():
                how = LadderStatus(command.how.value)
                ladder = await self.ladders.finish(plan.id, how, self.tempo.now())
                return {"look": True} if ladder.status is not how else {}
        return {}

    async def alarm(self, call_id: str, why: str, key: str, round_: int) -> dict[str, Any]:
        await self.telling.raise_alarm(call_id, f"{call_id}-on-call", why, key, round_)
        return {}

    async def mail_alarm(self, told: dict[str, Any]) -> dict[str, Any]:
        """told: see LadderBook.alarm. Returns: trouble, "" when the mail server has taken it."""
        since = datetime.fromisoformat(told["at"])
        trouble = await self.telling.mail_alarm(told["call"], told["ladder"], told["why"], told["key"], told["round"], since)
        return {"trouble": trouble}

    async def give_up(self, attempt_id: str) -> dict[str, Any]:
        """A call that could not be placed properly: whatever rings of it is stopped."""
        await self.ringing.give_up(attempt_id)
        return {}

    async def taken_late(self, ladder_id: str) -> dict[str, Any]:
        """Somebody took a ladder that was over: the others are told, and it has ended as it should."""
        standing = await self.ladders.standing(ladder_id)
        ladder = standing.ladder
        now = ladder.acknowledged_at or ladder.changed_at
        others = tuple(c.id for c in ladder.plan.contacts if c.id != ladder.acknowledged_by)
        command = TellWhoHasIt(f"{ladder_id}-has-it", others, ladder.acknowledged_by, ladder.acknowledged_name)
        await self.telling.tell_who_has_it(standing, command, now)
        await self.ladders.finish(ladder_id, LadderStatus.ACKNOWLEDGED, self.tempo.now())
        return {}

    async def _ring(self, plan: LadderPlan, command: RingContact) -> dict[str, Any]:
        rung_at, signal = await self.ringing.ring(plan, command)
        if rung_at is not None:
            return {"rung_at": rung_at.isoformat()}
        return {"look": True} if signal is None else {"signals": [signal_json.dump_python(signal, mode="json")]}


def _taken(standing: Standing, state: LadderState) -> tuple[Signal, ...]:
    """The claim, before all other news: nobody more is disturbed."""
    ladder = standing.ladder
    if not ladder.acknowledged_by or state.acknowledged_by:
        return ()
    way = ladder.acknowledged_way or Way.CONSOLE
    attempt = standing.attempt(state.attempt)
    in_this_call = way is Way.KEYPAD and attempt is not None and attempt.contact == ladder.acknowledged_by
    return (Acknowledged(ladder.acknowledged_by, ladder.acknowledged_name, way, state.attempt if in_this_call else ""),)


def _news(standing: Standing, state: LadderState) -> tuple[Signal, ...]:
    """What the rows tell of the call under way, and of those who passed on in writing."""
    news: list[Signal] = [
        PassedOn(contact, round_)
        for contact, round_ in standing.passed
        if round_ == state.round and contact not in state.passed
    ]
    attempt = standing.attempt(state.attempt)
    if attempt is not None and attempt.heard_at and not state.heard:
        news.append(AttemptHeard(attempt.id))
    if attempt is not None and attempt.ended_at:
        news.append(AttemptEnded(attempt.id, attempt.ended or CallEnd.FAILED))
    return tuple(news)
