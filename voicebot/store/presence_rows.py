"""How presences become rows, inside a transaction that the caller holds."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from voicebot.domain.agent import AgentState, AgentWay, Presence
from voicebot.domain.language import Language
from voicebot.store.tables import presences


def read_presences(connection: Connection, *, lock: bool) -> list[Presence]:
    """Of all who ever came, in the order of their ids. lock: nobody else changes them until the transaction ends."""
    query = sa.select(presences).order_by(presences.c.agent)
    found = connection.execute(query.with_for_update() if lock else query).mappings()
    return [_presence(row) for row in found]


def read_presence(connection: Connection, agent: str) -> Presence | None:
    row = connection.execute(sa.select(presences).where(presences.c.agent == agent)).mappings().first()
    return None if row is None else _presence(row)


def put_presence(connection: Connection, presence: Presence) -> None:
    """Adds or replaces the agent's row."""
    row = _row(presence)
    insert = (sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert)(presences)
    changed = {name: insert.excluded[name] for name in row if name != "agent"}
    connection.execute(insert.on_conflict_do_update(index_elements=["agent"], set_=changed), row)


def _presence(row: Any) -> Presence:
    return Presence(
        agent=row["agent"],
        state=AgentState(row["state"]),
        since=row["since"],
        idle_since=row["idle_since"],
        seen_at=row["seen_at"],
        clients=tuple(row["clients"]),
        languages=tuple(Language(language) for language in row["languages"]),
        way=AgentWay(row["way"]),
        handoff=row["handoff"],
        reason=row["reason"],
        after=AgentState(row["after"]) if row["after"] else None,
        missed=row["missed"],
    )


def _row(presence: Presence) -> dict[str, Any]:
    return {
        "agent": presence.agent,
        "state": presence.state.value,
        "since": presence.since,
        "idle_since": presence.idle_since,
        "seen_at": presence.seen_at,
        "clients": list(presence.clients),
        "languages": [language.value for language in presence.languages],
        "way": presence.way.value,
        "handoff": presence.handoff,
        "reason": presence.reason,
        "after": presence.after.value if presence.after else "",
        "missed": presence.missed,
    }
