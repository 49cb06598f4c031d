"""The tables of the call book, in types that SQLite and PostgreSQL share."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcTime(TypeDecorator[datetime]):
    """An aware UTC moment. SQLite keeps no zone, so it is taken off on the way in and put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone cannot be stored")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = sa.MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

calls = sa.Table(
    "calls",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("carrier", sa.String(32), nullable=False),
    sa.Column("carrier_call_id", sa.String(128), nullable=False),
    sa.Column("caller_number", sa.String(32), nullable=False),
    sa.Column("started_at", UtcTime, nullable=False),
    sa.Column("ended", sa.String(32)),
    sa.Column("resumed", sa.Integer, nullable=False),
    sa.Column("saved_at", UtcTime, nullable=False),
    sa.Column("state", sa.JSON, nullable=False),
    sa.Index("ix_calls_carrier_carrier_call_id", "carrier", "carrier_call_id"),
    sa.Index("ix_calls_client_started_at", "client", "started_at"),
    sa.Index("ix_calls_started_at", "started_at"),
    sa.Index("ix_calls_ended_saved_at", "ended", "saved_at"),
    sa.Index("ix_calls_caller_number", "caller_number"),
)
"""One row per call. state: the whole domain Call as JSON; the other columns are what rows are found by."""

call_events = sa.Table(
    "call_events",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("data", sa.JSON, nullable=False),
)
"""What happened in a call, in order. Rows are added, never changed."""

messages = sa.Table(
    "messages",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("id", sa.String(64), nullable=False, unique=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("urgency", sa.String(8), nullable=False),
    sa.Column("taken_at", UtcTime, nullable=False),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Index("ix_messages_client_taken_at", "client", "taken_at"),
)
"""What a caller left: one message per call. content: the whole domain Message as JSON."""
