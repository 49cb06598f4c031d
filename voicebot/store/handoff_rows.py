"""How handoffs and callbacks become rows, inside a transaction that the caller holds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from voicebot.domain.call import Call, EndReason
from voicebot.domain.callback import Callback, CallbackStatus
from voicebot.domain.handoff import Handoff, HandoffStatus, Why, handoff_json
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.errors import UnknownHandoff
from voicebot.store.message_events import add_message_events
from voicebot.store.tables import callbacks, handoffs

callback_json: TypeAdapter[Callback] = TypeAdapter(Callback)
_OPEN = [s.value for s in HandoffStatus if not s.over]


def put_queued(connection: Connection, queued: Iterable[Handoff | Callback], now: datetime) -> None:
    """Adds what is not there yet. A promised callback takes its call out of the queue in the same breath.

    A handoff that is known, told again as more urgent or as over, becomes so as long as nobody has it; a callback that is
    open and told again with another number is to be made there.
    """
    for one in queued:
        if isinstance(one, Handoff):
            _put_handoff(connection, one, now)
        else:
            _add_callback(connection, one, now)


def read_handoff(connection: Connection, handoff_id: str, *, lock: bool) -> Handoff:
    """lock: nobody else changes it until the transaction ends. Raises: UnknownHandoff."""
    query = sa.select(handoffs.c.content).where(handoffs.c.id == handoff_id)
    content = connection.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if content is None:
        raise UnknownHandoff(f'No handoff has the id "{handoff_id}".')
    return handoff_json.validate_python(content)


def read_handoffs(connection: Connection, where: sa.ColumnElement[bool], *, lock: bool = False) -> list[Handoff]:
    """Oldest first."""
    query = sa.select(handoffs.c.content).where(where).order_by(handoffs.c.queued_at, handoffs.c.id)
    found = connection.execute(query.with_for_update() if lock else query).scalars()
    return [handoff_json.validate_python(content) for content in found]


def open_handoffs(connection: Connection, *, lock: bool = False) -> list[Handoff]:
    """In the queue or with an agent."""
    return read_handoffs(connection, handoffs.c.status.in_(_OPEN), lock=lock)


def change_handoff(connection: Connection, handoff: Handoff) -> None:
    """Writes a handoff that was read with a lock in this transaction."""
    connection.execute(sa.update(handoffs).where(handoffs.c.id == handoff.id), _row(handoff))


def end_handoff(connection: Connection, handoff: Handoff, status: HandoffStatus, why: Why, now: datetime) -> Handoff:
    """Ends a handoff that was read with a lock; its event is written with it. Its agent is free by the queue's next step."""
    over = replace(handoff, status=status, why=why, ringing="", ring_until=None, over_at=now, changed_at=now)
    change_handoff(connection, over)
    agent = handoff.taker.id if handoff.taker else ""
    told = {"handoff": handoff.id, "status": status.value, "why": why.value, "agent": agent}
    key = f"{handoff.id}-{status.value}-{why.value}"
    add_message_events(connection, (MessageEvent(key, handoff.call, now, MessageEventKind.HANDOFF_OVER, told),))
    return over


def leave_queue(connection: Connection, call: Call, now: datetime) -> None:
    """The call is over: nobody is rung for it any more, and nobody can claim it."""
    of_call = (handoffs.c.call == call.id) & handoffs.c.status.in_(_OPEN)
    for handoff in read_handoffs(connection, of_call, lock=True):
        status = HandoffStatus.DONE if handoff.status.taken else HandoffStatus.ABANDONED
        by_agent = call.ended is EndReason.HANDLED
        end_handoff(connection, handoff, status, Why.AGENT_HUNG_UP if by_agent else Why.CALLER_HUNG_UP, now)


def add_handoff(connection: Connection, handoff: Handoff) -> None:
    """Adds a handoff that is not there yet."""
    connection.execute(sa.insert(handoffs), _row(handoff))


def _put_handoff(connection: Connection, handoff: Handoff, now: datetime) -> None:
    same = handoffs.c.id == handoff.id
    known = next(iter(read_handoffs(connection, same, lock=True)), None)
    if known is None:
        add_handoff(connection, handoff)
        told = {"handoff": handoff.id, "to": handoff.to, "urgency": handoff.urgency.value}
        kind = MessageEventKind.HANDOFF_QUEUED
        add_message_events(connection, (MessageEvent(f"{handoff.id}-queued", handoff.call, handoff.queued_at, kind, told),))
    elif known.status.queued and handoff.status.over:
        end_handoff(connection, known, handoff.status, handoff.why or Why.LEFT_QUEUE, now)
    elif known.status.queued and handoff.urgency < known.urgency:
        change_handoff(connection, replace(known, urgency=handoff.urgency, changed_at=now))


def _add_callback(connection: Connection, callback: Callback, now: datetime) -> None:
    known = connection.execute(sa.select(callbacks.c.content).where(callbacks.c.id == callback.id)).scalar_one_or_none()
    if known:
        earlier = callback_json.validate_python(known)
        if earlier.status is CallbackStatus.OPEN and earlier.number != callback.number:
            moved = replace(earlier, number=callback.number, words=callback.words, changed_at=now)
            connection.execute(sa.update(callbacks).where(callbacks.c.id == callback.id), callback_row(moved))
        return
    connection.execute(sa.insert(callbacks), callback_row(callback))
    told = {"callback": callback.id, "number_ends": callback.number[-2:]}
    kind = MessageEventKind.CALLBACK_PROMISED
    add_message_events(
        connection, (MessageEvent(f"{callback.id}-promised", callback.call, callback.promised_at, kind, told),)
    )
    of_call = (handoffs.c.call == callback.call) & handoffs.c.status.in_(_OPEN)
    for handoff in read_handoffs(connection, of_call, lock=True):
        if handoff.status.queued:
            end_handoff(connection, handoff, HandoffStatus.CALLED_BACK, Why.CALLBACK, now)


def callback_row(callback: Callback) -> dict[str, Any]:
    return {
        "id": callback.id,
        "call": callback.call,
        "client": callback.client,
        "status": callback.status.value,
        "promised_at": callback.promised_at,
        "by": callback.by,
        "content": callback_json.dump_python(callback, mode="json"),
    }


def _row(handoff: Handoff) -> dict[str, Any]:
    return {
        "id": handoff.id,
        "call": handoff.call,
        "client": handoff.client,
        "status": handoff.status.value,
        "urgency": handoff.urgency.value,
        "ringing": handoff.ringing,
        "taker": handoff.taker.id if handoff.taker else "",
        "queued_at": handoff.queued_at,
        "changed_at": handoff.changed_at,
        "agent_line": handoff.agent_line,
        "content": handoff_json.dump_python(handoff, mode="json"),
    }
