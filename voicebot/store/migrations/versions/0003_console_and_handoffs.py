"""Users and their sessions, agents and their queue, callbacks, corrections, what became of messages here, the audit log."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.tables import UtcTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("clients", sa.JSON, nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("active", sa.Boolean, nullable=False),
        sa.Column("password", sa.String(255), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
    )
    op.create_index("ix_users_email", "users", ["email"])
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("csrf", sa.String(64), nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("browser", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_sessions_user", ondelete="CASCADE"),
    )
    op.create_index("ix_sessions_user", "sessions", ["user"])
    op.create_table(
        "sign_in_links",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("used_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_sign_in_links"),
        sa.ForeignKeyConstraint(["user"], ["users.id"], name="fk_sign_in_links_user", ondelete="CASCADE"),
    )
    op.create_table(
        "presences",
        sa.Column("agent", sa.String(64), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("idle_since", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.Column("clients", sa.JSON, nullable=False),
        sa.Column("languages", sa.JSON, nullable=False),
        sa.Column("way", sa.String(16), nullable=False),
        sa.Column("handoff", sa.String(96), nullable=False),
        sa.Column("reason", sa.String(200), nullable=False),
        sa.Column("after", sa.String(16), nullable=False),
        sa.Column("missed", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("agent", name="pk_presences"),
        sa.ForeignKeyConstraint(["agent"], ["users.id"], name="fk_presences_agent", ondelete="CASCADE"),
    )
    op.create_table(
        "handoffs",
        sa.Column("id", sa.String(96), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("urgency", sa.String(8), nullable=False),
        sa.Column("ringing", sa.String(64), nullable=False),
        sa.Column("taker", sa.String(64), nullable=False),
        sa.Column("queued_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("agent_line", sa.String(128), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_handoffs"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_handoffs_call", ondelete="CASCADE"),
    )
    op.create_index("ix_handoffs_call", "handoffs", ["call"])
    op.create_index("ix_handoffs_status", "handoffs", ["status"])
    op.create_index("ix_handoffs_client_queued_at", "handoffs", ["client", "queued_at"])
    op.create_index("ix_handoffs_taker", "handoffs", ["taker"])
    op.create_index("ix_handoffs_agent_line", "handoffs", ["agent_line"])
    op.create_table(
        "callbacks",
        sa.Column("id", sa.String(112), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("promised_at", UtcTime(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_callbacks"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_callbacks_call", ondelete="CASCADE"),
    )
    op.create_index("ix_callbacks_call", "callbacks", ["call"])
    op.create_index("ix_callbacks_status_promised_at", "callbacks", ["status", "promised_at"])
    op.create_table(
        "corrections",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("detail", sa.String(64), nullable=False),
        sa.Column("was", sa.Text, nullable=False),
        sa.Column("now", sa.Text, nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_corrections"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_corrections_call", ondelete="CASCADE"),
    )
    op.create_index("ix_corrections_call", "corrections", ["call"])
    op.create_index("ix_corrections_client_at", "corrections", ["client", "at"])
    op.create_table(
        "message_standings",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("read_by", sa.String(64), nullable=False),
        sa.Column("read_at", UtcTime()),
        sa.Column("assigned_to", sa.String(64), nullable=False),
        sa.Column("done_by", sa.String(64), nullable=False),
        sa.Column("done_at", UtcTime()),
        sa.PrimaryKeyConstraint("call", name="pk_message_standings"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_message_standings_call", ondelete="CASCADE"),
    )
    op.create_index("ix_message_standings_client", "message_standings", ["client"])
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, nullable=False, autoincrement=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("user", sa.String(64), nullable=False),
        sa.Column("deed", sa.String(48), nullable=False),
        sa.Column("kind", sa.String(24), nullable=False),
        sa.Column("subject", sa.String(160), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("address", sa.String(64), nullable=False),
        sa.Column("more", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_audit"),
    )
    op.create_index("ix_audit_at", "audit", ["at"])
    op.create_index("ix_audit_user_at", "audit", ["user", "at"])
    op.create_index("ix_audit_client_at", "audit", ["client", "at"])


def downgrade() -> None:
    op.drop_table("audit")
    op.drop_table("message_standings")
    op.drop_table("corrections")
    op.drop_table("callbacks")
    op.drop_table("handoffs")
    op.drop_table("presences")
    op.drop_table("sign_in_links")
    op.drop_table("sessions")
    op.drop_table("users")
