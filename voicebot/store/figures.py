"""Counts and times of calls and of what followed them, in a period: the rows behind the figures of the house."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.call import EndReason
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.events import EventKind
from voicebot.domain.handoff import Handoff, handoff_json
from voicebot.domain.message import MessageState
from voicebot.domain.scenario import Outcome
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import call_events, callbacks, calls, dispatches, handoffs, ladders, messages

FIRST_EVENTS = 24
"""The first sentence of a call is played within its first events; later ones are not looked at."""

REHEARSAL_CARRIERS = ("keyboard", "softphone")


@dataclass(frozen=True, slots=True)
class Period:
    """since: included; until: excluded (aware). clients: whose rows are counted; none of them counts nothing."""

    since: datetime
    until: datetime
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MessageCounts:
    """messages: rows. complete: whole ones. urgencies: by level. missing: by detail."""

    messages: int
    complete: int
    urgencies: dict[str, int]
    missing: dict[str, int]


@dataclass(frozen=True, slots=True)
class LadderTimes:
    """acknowledged_s: one per ladder, from its beginning, None where nobody took it. alarms: ladders that raised one."""

    acknowledged_s: tuple[float | None, ...]
    alarms: int


class FigureBook:
    """Reads only. Rehearsals are never counted. All methods raise StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def begun(self, period: Period) -> list[tuple[str, datetime]]:
        """Client and moment of every call."""
        query = sa.select(calls.c.client, calls.c.started_at).where(*_of_calls(period))
        return [(client, at) for client, at in await self._rows(query)]

    async def outcomes(self, period: Period) -> dict[str, int]:
        """Calls that are over, by what became of them: human, on_call, message, refused, answered or abandoned."""
        named = _outcome().label("outcome")
        of_period = sa.select(named).where(*_of_calls(period), calls.c.ended.is_not(None)).subquery()
        query = sa.select(of_period.c.outcome, sa.func.count()).group_by(of_period.c.outcome)
        return dict(await self._rows(query))

    async def first_sounds_s(self, period: Period) -> list[float]:
        """From the opening of the line to the first sentence that the caller heard, one per call that had one."""
        played = call_events.c.data["played"].as_string() != "none"
        first = (
            sa.select(call_events.c.data["started_ms"].as_float())
            .where(call_events.c.call == calls.c.id, call_events.c.number <= FIRST_EVENTS)
            .where(call_events.c.kind == EventKind.SENTENCE_PLAYED.value, played)
            .order_by(call_events.c.number)
            .limit(1)
            .correlate(calls)
            .scalar_subquery()
        )
        rows = await self._rows(sa.select(first).where(*_of_calls(period)))
        return [started_ms / 1000 for (started_ms,) in rows if started_ms is not None]

    async def handoffs(self, period: Period) -> list[Handoff]:
        """Handoffs that went into the queue; those that somebody took over unasked are left out."""
        query = sa.select(handoffs.c.content).where(*_between(period, handoffs.c.queued_at, handoffs.c.client))
        found = [handoff_json.validate_python(content) for (content,) in await self._rows(query)]
        return [handoff for handoff in found if not handoff.rehearsal and not handoff.wanted_by]

    async def messages(self, period: Period) -> MessageCounts:
        of_period = (*_between(period, messages.c.taken_at, messages.c.client), _no_rehearsal())
        joined = messages.join(calls, calls.c.id == messages.c.call)
        counts = sa.select(messages.c.state, messages.c.urgency, sa.func.count()).select_from(joined).where(*of_period)
        rows = await self._rows(counts.group_by(messages.c.state, messages.c.urgency))
        partial = sa.select(messages.c.content["missing"]).select_from(joined).where(*of_period)
        lacking = await self._rows(partial.where(messages.c.state == MessageState.PARTIAL.value))
        urgencies: Counter[str] = Counter()
        for _, urgency, count in rows:
            urgencies[urgency] += count
        complete = sum(count for state, _, count in rows if state == MessageState.COMPLETE.value)
        missing = Counter(detail for (details,) in lacking for detail in details or ())
        return MessageCounts(urgencies.total(), complete, dict(urgencies), dict(missing))

    async def ladders(self, period: Period) -> LadderTimes:
        columns = (ladders.c.begun_at, ladders.c.acknowledged_at, ladders.c.alarmed_at)
        rows = await self._rows(sa.select(*columns).where(*_between(period, ladders.c.begun_at, ladders.c.client)))
        times = tuple((taken - begun).total_seconds() if taken else None for begun, taken, _ in rows)
        return LadderTimes(times, sum(alarmed is not None for _, _, alarmed in rows))

    async def callbacks(self, period: Period) -> dict[str, int]:
        """Promised callbacks by status."""
        query = sa.select(callbacks.c.status, sa.func.count())
        of_period = _between(period, callbacks.c.promised_at, callbacks.c.client)
        return dict(await self._rows(query.where(*of_period).group_by(callbacks.c.status)))

    async def dispatches(self, period: Period) -> tuple[dict[str, int], int]:
        """(dispatches by status, failed ones whose fallback got through). A fallback is no dispatch of its own here."""
        of_period = (*_between(period, dispatches.c.created_at, dispatches.c.client), dispatches.c.fallback_of == "")
        query = sa.select(dispatches.c.status, sa.func.count()).where(*of_period).group_by(dispatches.c.status)
        counts = dict(await self._rows(query))
        instead = dispatches.alias("instead")
        through = sa.exists().where(
            instead.c.call == dispatches.c.call,
            instead.c.fallback_of == dispatches.c.id,
            instead.c.status.in_([DispatchStatus.SENT.value, DispatchStatus.DELIVERED.value, DispatchStatus.READ.value]),
        )
        failed = dispatches.c.status == DispatchStatus.FAILED.value
        saved = await self._rows(sa.select(sa.func.count()).select_from(dispatches).where(*of_period, failed, through))
        return counts, saved[0][0]

    async def _rows(self, query: sa.Executable) -> list[Any]:
        def read(connection: Connection) -> list[Any]:
            return list(connection.execute(query))

        return await self._database.read(read)


def _between(period: Period, at: sa.ColumnElement[datetime], client: sa.ColumnElement[str]) -> tuple[Any, ...]:
    return at >= period.since, at < period.until, client.in_(period.clients)


def _of_calls(period: Period) -> tuple[Any, ...]:
    return *_between(period, calls.c.started_at, calls.c.client), _no_rehearsal()


def _no_rehearsal() -> Any:
    """Only such lines carry rehearsals (wiring.calls): the states of all others, which are long, need not be read."""
    rehearsed = sa.func.coalesce(calls.c.state["rehearsal"].as_boolean(), sa.false()).is_(sa.true())
    return sa.not_(calls.c.carrier.in_(REHEARSAL_CARRIERS) & rehearsed)


def _outcome() -> sa.Case[str]:
    """The first that fits; see policy.figures.CallOutcome for what each means."""
    led_to = calls.c.state["orientation"]["outcome"].as_string()
    talked = sa.exists().where(handoffs.c.call == calls.c.id, handoffs.c.content["talking_at"].as_string().is_not(None))
    # As the rows are written: compact JSON (store.rows).
    answered = sa.cast(call_events.c.data, sa.Text).like('%"action":"answer"%')
    gave_answer = sa.exists().where(
        call_events.c.call == calls.c.id, call_events.c.kind == EventKind.DECIDED.value, answered
    )
    return sa.case(
        (calls.c.ended.in_([EndReason.HANDLED.value, EndReason.CONNECTED.value]), "human"),
        (talked, "human"),
        (sa.exists().where(ladders.c.call == calls.c.id), "on_call"),
        (sa.exists().where(messages.c.call == calls.c.id), "message"),
        (calls.c.ended == EndReason.REFUSED.value, "refused"),
        (led_to == Outcome.REFUSAL.value, "refused"),
        (led_to == Outcome.ANSWER.value, "answered"),
        (gave_answer, "answered"),
        else_="abandoned",
    )
