"""Calls, their events and their messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.tables import UtcTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calls",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("carrier", sa.String(32), nullable=False),
        sa.Column("carrier_call_id", sa.String(128), nullable=False),
        sa.Column("caller_number", sa.String(32), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("ended", sa.String(32)),
        sa.Column("resumed", sa.Integer, nullable=False),
        sa.Column("saved_at", UtcTime(), nullable=False),
        sa.Column("state", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
    )
    op.create_index("ix_calls_carrier_carrier_call_id", "calls", ["carrier", "carrier_call_id"])
    op.create_index("ix_calls_client_started_at", "calls", ["client", "started_at"])
    op.create_index("ix_calls_started_at", "calls", ["started_at"])
    op.create_index("ix_calls_ended_saved_at", "calls", ["ended", "saved_at"])
    op.create_index("ix_calls_caller_number", "calls", ["caller_number"])
    op.create_table(
        "call_events",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", "number", name="pk_call_events"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_call_events_call", ondelete="CASCADE"),
    )
    op.create_table(
        "messages",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("urgency", sa.String(8), nullable=False),
        sa.Column("taken_at", UtcTime(), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_messages"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_messages_call", ondelete="CASCADE"),
        sa.UniqueConstraint("id", name="uq_messages_id"),
    )
    op.create_index("ix_messages_client_taken_at", "messages", ["client", "taken_at"])


def downgrade() -> None:
    op.drop_table("messages")
    op.drop_table("call_events")
    op.drop_table("calls")
