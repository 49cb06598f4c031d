"""The list of promised callbacks: who calls whom back, and what came of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.callback import Callback, CallbackStatus
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.errors import HandoffRefused, UnknownHandoff
from voicebot.store.handoff_rows import callback_json, callback_row
from voicebot.store.message_events import add_message_events
from voicebot.store.open_database import OpenDatabase
from voicebot.store.tables import callbacks

MOST_OPEN = 1000
"""Promises that are looked at; a house that has more of them has not called anybody for days."""


class CallbackBook:
    """Rows of callbacks. See OpenDatabase for how they are read and written. Raises everywhere: StoreError."""

    def __init__(self, database: OpenDatabase) -> None:
        self._database = database

    async def still_open(self, limit: int) -> list[Callback]:
        """The most urgent first, then the oldest."""
        found = await self._database.read(open_callbacks)
        return sorted(found, key=lambda callback: (callback.urgency, callback.promised_at, callback.id))[:limit]

    async def done(self, limit: int) -> list[Callback]:
        """The newest promise first."""
        kept = callbacks.c.status == CallbackStatus.DONE.value
        query = sa.select(callbacks.c.content).where(kept).order_by(callbacks.c.promised_at.desc(), callbacks.c.id)

        def read(connection: Connection) -> list[Callback]:
            return [callback_json.validate_python(content) for content in connection.execute(query.limit(limit)).scalars()]

        return await self._database.read(read)

    async def change(self, callback_id: str, user: str, status: CallbackStatus, note: str, now: datetime) -> Callback:
        """Somebody calls (ASSIGNED), lets it be (OPEN), has called (DONE), or has called in vain (UNREACHED).

        Whoever said that they call has it until they are done with it. The same again changes nothing.

        Raises: UnknownHandoff; HandoffRefused (taken: somebody else said that they call; over: it is done).
        """

        def write(connection: Connection) -> Callback:
            callback = _read(connection, callback_id)
            if callback.status is CallbackStatus.DONE and status is CallbackStatus.DONE:
                return callback
            if callback.status is CallbackStatus.DONE:
                raise HandoffRefused("over", f"{callback_id} is done.")
            if callback.status is CallbackStatus.ASSIGNED and callback.by != user:
                raise HandoffRefused("taken", f"Somebody else calls for {callback_id}.")
            if callback.status is status is not CallbackStatus.UNREACHED and callback.note == (note or callback.note):
                return callback
            changed = _changed(callback, user, status, note, now)
            connection.execute(sa.update(callbacks).where(callbacks.c.id == callback_id), callback_row(changed))
            key = f"{callback_id}-{status.value}-{int(now.timestamp() * 1000)}"
            told = {"callback": callback_id, "status": status.value, "who": user}
            kind = MessageEventKind.CALLBACK_CHANGED
            add_message_events(connection, (MessageEvent(key, callback.call, now, kind, told),))
            return changed

        return await self._database.write(write)


def open_callbacks(connection: Connection) -> list[Callback]:
    """Those that are not done, oldest first."""
    left = [status.value for status in CallbackStatus if status is not CallbackStatus.DONE]
    query = sa.select(callbacks.c.content).where(callbacks.c.status.in_(left))
    query = query.order_by(callbacks.c.promised_at, callbacks.c.id).limit(MOST_OPEN)
    return [callback_json.validate_python(content) for content in connection.execute(query).scalars()]


def _read(connection: Connection, callback_id: str) -> Callback:
    query = sa.select(callbacks.c.content).where(callbacks.c.id == callback_id).with_for_update()
    content = connection.execute(query).scalar_one_or_none()
    if content is None:
        raise UnknownHandoff(f'No callback has the id "{callback_id}".')
    return callback_json.validate_python(content)


def _changed(callback: Callback, user: str, status: CallbackStatus, note: str, now: datetime) -> Callback:
    return replace(
        callback,
        status=status,
        by="" if status is CallbackStatus.OPEN else user,
        changed_at=now,
        tries=callback.tries + (status is CallbackStatus.UNREACHED),
        note=note or callback.note,
    )
