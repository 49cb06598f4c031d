"""How ladders and their attempts become rows and come back, inside a transaction that the caller holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, RowMapping

from voicebot.domain.ladder import Attempt, CallEnd, Ladder, LadderPlan, LadderStatus, Way, plan_json
from voicebot.errors import UnknownMessage
from voicebot.store.tables import ladder_attempts, ladders


def insert_once(connection: Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Adds the row unless one with its primary key is there. Returns: was it added?"""
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    keys = list(table.primary_key.columns)
    added = insert(table).values(**row).on_conflict_do_nothing(index_elements=keys).returning(keys[0])
    return connection.execute(added).first() is not None


def new_ladder_row(plan: LadderPlan, now: datetime) -> dict[str, Any]:
    return {
        "id": plan.id,
        "call": plan.call,
        "client": plan.client,
        "status": LadderStatus.WAITING.value,
        "plan": plan_json.dump_python(plan, mode="json"),
        "begun_at": now,
        "changed_at": now,
        "round": 1,
        "trying": "",
        "over": False,
        "acknowledged_by": "",
        "acknowledged_name": "",
    }


def ladder_of(row: RowMapping) -> Ladder:
    way = row["acknowledged_way"]
    return Ladder(
        id=row["id"],
        call=row["call"],
        client=row["client"],
        status=LadderStatus(row["status"]),
        plan=plan_json.validate_python(row["plan"]),
        begun_at=row["begun_at"],
        changed_at=row["changed_at"],
        round=row["round"],
        trying=row["trying"],
        over=row["over"],
        acknowledged_by=row["acknowledged_by"],
        acknowledged_name=row["acknowledged_name"],
        acknowledged_way=None if way is None else Way(way),
        acknowledged_at=row["acknowledged_at"],
        eta_min=row["eta_min"],
        alarmed_at=row["alarmed_at"],
    )


def read_ladder(connection: Connection, ladder_id: str, *, locked: bool = False) -> Ladder:
    """locked: nobody else changes the row before this transaction ends. Raises: UnknownMessage."""
    query = sa.select(ladders).where(ladders.c.id == ladder_id)
    row = connection.execute(query.with_for_update() if locked else query).mappings().first()
    if row is None:
        raise UnknownMessage(f'No ladder has the id "{ladder_id}".')
    return ladder_of(row)


def attempt_row(attempt: Attempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "ladder": attempt.ladder,
        "number": attempt.number,
        "round": attempt.round,
        "contact": attempt.contact,
        "phone": attempt.phone,
        "begun_at": attempt.begun_at,
        "carrier_call_id": attempt.carrier_call_id,
    }


def attempt_of(row: RowMapping) -> Attempt:
    ended = row["ended"]
    return Attempt(
        id=row["id"],
        ladder=row["ladder"],
        number=row["number"],
        round=row["round"],
        contact=row["contact"],
        phone=row["phone"],
        begun_at=row["begun_at"],
        carrier_call_id=row["carrier_call_id"],
        answered_at=row["answered_at"],
        heard_at=row["heard_at"],
        ended=None if ended is None else CallEnd(ended),
        ended_at=row["ended_at"],
    )


def read_attempt(connection: Connection, attempt_id: str) -> Attempt:
    """Raises: UnknownMessage."""
    query = sa.select(ladder_attempts).where(ladder_attempts.c.id == attempt_id)
    row = connection.execute(query).mappings().first()
    if row is None:
        raise UnknownMessage(f'No call to a contact has the id "{attempt_id}".')
    return attempt_of(row)


def read_attempts(connection: Connection, ladder_id: str) -> tuple[Attempt, ...]:
    """Of one ladder, first to last."""
    query = sa.select(ladder_attempts).where(ladder_attempts.c.ladder == ladder_id).order_by(ladder_attempts.c.number)
    return tuple(attempt_of(row) for row in connection.execute(query).mappings())
