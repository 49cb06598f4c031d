"""Rows of reply codes (« répondez OK 4821 ») and of what the house sent out, inside a transaction that the caller holds."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.errors import StoreError
from voicebot.store.ladder_rows import insert_once
from voicebot.store.tables import ladders, outbound_uses, reply_codes

CODE_DIGITS = 4
KEPT = timedelta(days=30)
"""A code older than this may mean another ladder."""
_TRIES = 40


@dataclass(frozen=True, slots=True)
class ReplyCode:
    """One code as it was given to one number. taken: somebody has acknowledged its ladder."""

    code: str
    ladder: str
    contact: str
    given_at: datetime
    taken: bool


def give_code(connection: Connection, number: str, ladder: str, contact: str, now: datetime) -> str:
    """The code of this contact for this ladder at this number; the same one whenever it is asked for.

    It is random, so that a code cannot be guessed from another. Raises: StoreError when the number has too many of them.
    """
    of_number = reply_codes.c.number == number
    same = of_number & (reply_codes.c.ladder == ladder) & (reply_codes.c.contact == contact)
    given = connection.execute(sa.select(reply_codes.c.code).where(same)).scalars().first()
    if given is not None:
        return given
    connection.execute(sa.delete(reply_codes).where(of_number & (reply_codes.c.given_at < now - KEPT)))
    for _ in range(_TRIES):
        code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
        row = {"number": number, "code": code, "ladder": ladder, "contact": contact, "given_at": now}
        if insert_once(connection, reply_codes, row):
            return code
    raise StoreError(f"No reply code is free for a number of ladder {ladder}.", "Look for what wakes it so often.")


def codes_of(connection: Connection, number: str) -> tuple[ReplyCode, ...]:
    """Every code that this number was given, newest first."""
    c = reply_codes.c
    joined = sa.join(reply_codes, ladders, c.ladder == ladders.c.id)
    query = sa.select(c.code, c.ladder, c.contact, c.given_at, ladders.c.acknowledged_by).select_from(joined)
    rows = connection.execute(query.where(c.number == number).order_by(c.given_at.desc(), c.ladder.desc()))
    return tuple(ReplyCode(r.code, r.ladder, r.contact, r.given_at, bool(r.acknowledged_by)) for r in rows)


def note_use(connection: Connection, use_id: str, what: str, client: str, at: datetime) -> None:
    """One call or SMS that left the house; the same id is counted once. what: "call" or "sms"."""
    insert_once(connection, outbound_uses, {"id": use_id, "at": at, "what": what, "client": client})


def uses_since(connection: Connection, moment: datetime) -> int:
    return connection.execute(
        sa.select(sa.func.count()).select_from(outbound_uses).where(outbound_uses.c.at >= moment)
    ).scalar_one()
