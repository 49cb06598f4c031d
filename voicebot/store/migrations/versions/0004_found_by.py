"""What calls and messages are found by: one row of plain text for each call; indexes for pages of the console."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.found_by import fill, found_by_row, search_text
from voicebot.store.tables import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_AT_ONCE = 500


def upgrade() -> None:
    op.create_table(
        "found_by",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("ended", sa.String(32)),
        sa.Column("urgency", sa.String(8), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("call", name="pk_found_by"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_found_by_call", ondelete="CASCADE"),
    )
    op.create_index("ix_found_by_started_at_call", "found_by", ["started_at", "call"])
    op.create_index("ix_found_by_client_started_at", "found_by", ["client", "started_at"])
    op.create_index("ix_messages_taken_at_call", "messages", ["taken_at", "call"])
    trouble = sa.text("kind = 'trouble'")
    op.create_index("ix_call_events_trouble", "call_events", ["call"], sqlite_where=trouble, postgresql_where=trouble)
    _fill(op.get_bind())


def downgrade() -> None:
    op.drop_index("ix_call_events_trouble", "call_events")
    op.drop_index("ix_messages_taken_at_call", "messages")
    op.drop_table("found_by")


def _fill(connection: sa.Connection) -> None:
    calls = sa.table(
        "calls",
        sa.column("id", sa.String),
        sa.column("client", sa.String),
        sa.column("started_at", UtcTime()),
        sa.column("ended", sa.String),
        sa.column("state", sa.JSON),
    )
    messages = sa.table("messages", sa.column("call", sa.String), sa.column("content", sa.JSON))
    query = sa.select(calls, messages.c.content).join(messages, messages.c.call == calls.c.id, isouter=True)
    query = query.where(calls.c.ended.is_not(None) | messages.c.call.is_not(None)).order_by(calls.c.id).limit(_AT_ONCE)
    last = ""
    while rows := connection.execute(query.where(calls.c.id > last)).all():
        fill(
            connection,
            [
                found_by_row(
                    search_text(row.state, row.content),
                    call=row.id,
                    client=row.client,
                    started_at=row.started_at,
                    ended=row.ended,
                    urgency=(row.state.get("urgency") or {}).get("level", ""),
                    language=row.state.get("language", ""),
                )
                for row in rows
            ],
        )
        last = rows[-1].id
