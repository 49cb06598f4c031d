"""The ladder as a durable workflow: looks at the rows, does what the rules command, waits; goes on after any crash.

Everything that could differ when the workflow is replayed is the result of a step. A nudge only says "look again": one
that is lost costs time until the next deadline, never a ladder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from dbos import DBOS

from voicebot.domain.ladder import CallEnd, LadderPlan, LadderStatus, plan_json
from voicebot.domain.tempo import Tempo
from voicebot.domain.work import WorkKind
from voicebot.errors import VoicebotError
from voicebot.on_call.steps import LadderSteps
from voicebot.policy.ladder.climb import MARGIN_S
from voicebot.policy.ladder.commands import (
    Command,
    Finished,
    RingContact,
    TellContact,
    TellWhoHasIt,
    command_json,
)
from voicebot.policy.ladder.signals import AttemptEnded, Signal, signal_json
from voicebot.policy.ladder.state import LadderState, state_json
from voicebot.store.ladder_book import ALARM_MAIL, NUDGE_TOPIC, TAKEN_LATE

TRIES = 4
RETRY_S = 1.0
"""Before a step that failed is tried again; doubled each time."""
REST_S = 30.0
LONGEST_REST_S = 600.0
"""Between bouts of tries of a step without which it cannot go on; doubled from REST_S on."""
BOUTS = 150
"""A day of them; then it is given up, long after its alarm was raised."""
FAULT = "fault"
NO_CALL = "unknown_call"

_log = structlog.get_logger()


def register_ladder(steps: LadderSteps, tempo: Tempo) -> None:
    """Declares the workflows; called once, before the engine runs any."""

    # Without a limit of recoveries: however often the process dies, a ladder ends with a human or an alarm.
    @DBOS.workflow(name=WorkKind.WAKE.value, max_recovery_attempts=None)
    async def wake_on_call(argument: dict[str, Any]) -> str:
        return await _Climbing(steps, tempo, argument["call"]).climb()

    @DBOS.workflow(name=TAKEN_LATE, max_recovery_attempts=None)
    async def on_call_taken_late(argument: dict[str, Any]) -> str:
        for rest_s in _rests():
            done = await _step(tempo, "taken_late", lambda: steps.taken_late(argument["ladder"]))
            if FAULT not in done:
                return LadderStatus.ACKNOWLEDGED.value
            await DBOS.sleep_async(tempo.real_s(rest_s))
        return FAULT

    @DBOS.workflow(name=ALARM_MAIL, max_recovery_attempts=None)
    async def on_call_alarm_mail(argument: dict[str, Any]) -> str:
        for rest_s in _rests():
            done = await _step(tempo, "mail_alarm", lambda: steps.mail_alarm(argument))
            if not done.get("trouble", FAULT):
                return "sent"
            await DBOS.sleep_async(tempo.real_s(rest_s))
        _log.error("on_call_alarm_never_mailed", call=argument["call"], ladder=argument["ladder"])
        return FAULT


class _LadderGone(Exception):
    """The workflow cannot go on at all."""


@dataclass(slots=True)
class _Climbing:
    """One ladder while its workflow runs. looked_at: when the rows were last read."""

    steps: LadderSteps
    tempo: Tempo
    call: str
    looked_at: datetime | None = None

    async def climb(self) -> str:
        """Returns: how it ended."""
        try:
            plan = plan_json.validate_python(await self._insist("plan", lambda: self.steps.plan(self.call)))
            return await self._climb(plan)
        except _LadderGone:
            _log.error("ladder_given_up", call=self.call)
            return FAULT

    async def _climb(self, plan: LadderPlan) -> str:
        state: LadderState | None = None
        signals: list[Signal] = []
        while True:
            state, commands = await self._look(plan, state, tuple(signals))
            signals, again = [], False
            for command in sorted(commands, key=_place):
                done = await self._carry_out(plan, command)
                signals += [signal_json.validate_python(signal) for signal in done.get("signals", ())]
                again = again or done.get("look", False)
                if "rung_at" in done:
                    state = _given_time(plan, state, datetime.fromisoformat(done["rung_at"]))
            if signals or again:
                continue
            if state.wake_at is None:
                return state.status.value
            await DBOS.recv_async(NUDGE_TOPIC, timeout_seconds=self.tempo.until_s(state.wake_at))

    async def _look(
        self, plan: LadderPlan, state: LadderState | None, signals: Sequence[Signal]
    ) -> tuple[LadderState, list[Command]]:
        before = self.looked_at
        looked = await self._insist("look", lambda: self.steps.look(plan, state, signals, before))
        self.looked_at = datetime.fromisoformat(looked["now"])
        commands = [command_json.validate_python(command) for command in looked["commands"]]
        return state_json.validate_python(looked["state"]), commands

    async def _carry_out(self, plan: LadderPlan, command: Command) -> dict[str, Any]:
        """What a command brings; one that fails for a reason of ours raises the alarm, and the ladder goes on."""
        decided_at = self.looked_at or plan.starts_at

        async def carry_out() -> dict[str, Any]:
            return await self.steps.carry_out(plan, command, decided_at)

        if isinstance(command, Finished):
            return await self._insist(command.kind, carry_out)
        done = await _step(self.tempo, command.kind, carry_out)
        if FAULT not in done:
            return done
        await self._alarm(command.kind)
        if not isinstance(command, RingContact):
            return {}
        await _step(self.tempo, "give_up", lambda: self.steps.give_up(command.attempt))
        ended = AttemptEnded(command.attempt, CallEnd.FAILED)
        return {"signals": [signal_json.dump_python(ended, mode="json")]}

    async def _insist(self, name: str, do: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """The result of a step without which the ladder cannot go on; people know of it while it is tried again."""
        for rest_s in _rests():
            done = await _step(self.tempo, name, do)
            if FAULT not in done:
                return done
            if done[FAULT] == NO_CALL:
                break
            await self._alarm(name)
            await DBOS.sleep_async(self.tempo.real_s(rest_s))
        raise _LadderGone

    async def _alarm(self, what: str) -> None:
        key = f"{self.call}-on-call-alarm-{FAULT}-{what}"
        await _step(self.tempo, "alarm", lambda: self.steps.alarm(self.call, FAULT, key, 1))


async def _step(tempo: Tempo, name: str, do: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
    """Runs a step to its result, tried several times. Returns: {"fault": code} when it failed every time.

    A failure is a result like any other, so that a replay finds the same.
    """

    async def tried() -> dict[str, Any]:
        code = ""
        for attempt in range(TRIES):
            if attempt:
                await asyncio.sleep(tempo.real_s(RETRY_S * 2 ** (attempt - 1)))
            try:
                return await do()
            except VoicebotError as failure:
                code = failure.code
            except Exception as bug:  # noqa: BLE001 - whatever it is, the ladder must go on.
                code = type(bug).__name__
            _log.error("on_call_step_failed", step=name, code=code, attempt=attempt + 1)
            if code == NO_CALL:
                break
        return {FAULT: code}

    return await DBOS.run_step_async({"name": name}, tried)


def _rests() -> Iterator[float]:
    """Seconds to wait after each bout of tries."""
    return (min(REST_S * 2 ** min(bout, 10), LONGEST_REST_S) for bout in range(BOUTS))


def _place(command: Command) -> int:
    """Telephones and alarms never wait for what is written; the end comes last. Otherwise as commanded."""
    if isinstance(command, Finished):
        return 2
    return 1 if isinstance(command, TellContact | TellWhoHasIt) else 0


def _given_time(plan: LadderPlan, state: LadderState, rung_at: datetime) -> LadderState:
    """The whole time of a call, from when it really rang: the process may have been down since it was decided."""
    over_at = rung_at + timedelta(seconds=plan.ring_s + plan.answer_s + MARGIN_S)
    return replace(state, wait_until=max(state.wait_until or over_at, over_at))
