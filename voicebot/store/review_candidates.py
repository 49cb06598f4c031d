"""Calls that could be reviewed: over, real, of one client and period, and not reviewed yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from voicebot.domain.review import Only
from voicebot.store.open_database import OpenDatabase
from voicebot.store.quality_tables import reviews
from voicebot.store.tables import calls, corrections


@dataclass(frozen=True, slots=True)
class ReviewableCall:
    """scenario, urgency: as the receptionist noted them, "" for none."""

    call: str
    scenario: str
    urgency: str


async def reviewable_calls(
    database: OpenDatabase, client: str, since: datetime, until: datetime, only: Only, listed: Sequence[str] = ()
) -> list[ReviewableCall]:
    """Begun from `since` on and before `until` (aware), in the order of their ids. Raises: StoreError.

    Args:
        listed: ids to choose from where only says so.
    """
    state = calls.c.state
    where = [
        calls.c.client == client,
        calls.c.ended.is_not(None),
        calls.c.started_at >= since,
        calls.c.started_at < until,
        ~sa.exists().where(reviews.c.call == calls.c.id),
    ]
    if only is Only.CORRECTED:
        where.append(sa.exists().where(corrections.c.call == calls.c.id))
    if only is Only.LISTED:
        where.append(calls.c.id.in_(tuple(listed)))
    columns = (calls.c.id, state["scenario"].as_string(), state["urgency"]["level"].as_string())
    query = sa.select(*columns, state["rehearsal"].as_boolean()).where(*where).order_by(calls.c.id)
    return await database.read(
        lambda connection: [
            ReviewableCall(row[0], row[1] or "", row[2] or "") for row in connection.execute(query) if not row[3]
        ]
    )
