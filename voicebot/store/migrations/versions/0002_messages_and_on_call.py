"""Dispatches, digests, what happened to messages, ladders of people on call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.tables import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "dispatches",
        sa.Column("id", sa.String(160), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("message", sa.String(80), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("address", sa.String(512), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("revision", sa.String(32), nullable=False),
        sa.Column("created_at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("digest", sa.String(160), nullable=False),
        sa.Column("fallback_of", sa.String(160), nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("provider_id", sa.String(256), nullable=False),
        sa.Column("trouble", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_dispatches"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_dispatches_call", ondelete="CASCADE"),
    )
    op.create_index("ix_dispatches_call", "dispatches", ["call"])
    op.create_index("ix_dispatches_client_created_at", "dispatches", ["client", "created_at"])
    op.create_index("ix_dispatches_digest", "dispatches", ["digest"])
    op.create_index("ix_dispatches_provider_id", "dispatches", ["provider_id"])
    op.create_index("ix_dispatches_status_changed_at", "dispatches", ["status", "changed_at"])
    op.create_table(
        "message_events",
        sa.Column("number", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("data", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_message_events"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_message_events_call", ondelete="CASCADE"),
        sa.UniqueConstraint("call", "key", name="uq_message_events_call_key"),
    )
    op.create_table(
        "digests",
        sa.Column("id", sa.String(160), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("address", sa.String(512), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=False),
        sa.Column("closed", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_digests"),
    )
    op.create_index("ix_digests_rule", "digests", ["client", "rule", "recipient", "closed"])
    op.create_table(
        "ladders",
        sa.Column("id", sa.String(80), nullable=False),
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("trying", sa.String(64), nullable=False),
        sa.Column("over", sa.Boolean, nullable=False),
        sa.Column("acknowledged_by", sa.String(64), nullable=False),
        sa.Column("acknowledged_name", sa.String(400), nullable=False),
        sa.Column("acknowledged_way", sa.String(16)),
        sa.Column("acknowledged_at", UtcTime()),
        sa.Column("eta_min", sa.Integer),
        sa.Column("alarmed_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_ladders"),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_ladders_call", ondelete="CASCADE"),
        sa.UniqueConstraint("call", name="uq_ladders_call"),
    )
    op.create_index("ix_ladders_client_begun_at", "ladders", ["client", "begun_at"])
    op.create_index("ix_ladders_over", "ladders", ["over"])
    op.create_table(
        "reply_codes",
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("ladder", sa.String(80), nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("given_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("number", "code", name="pk_reply_codes"),
        sa.ForeignKeyConstraint(["ladder"], ["ladders.id"], name="fk_reply_codes_ladder", ondelete="CASCADE"),
    )
    op.create_index("ix_reply_codes_ladder", "reply_codes", ["ladder", "contact"])
    op.create_table(
        "ladder_attempts",
        sa.Column("id", sa.String(96), nullable=False),
        sa.Column("ladder", sa.String(80), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("round", sa.Integer, nullable=False),
        sa.Column("contact", sa.String(64), nullable=False),
        sa.Column("phone", sa.String(32), nullable=False),
        sa.Column("begun_at", UtcTime(), nullable=False),
        sa.Column("carrier_call_id", sa.String(128), nullable=False),
        sa.Column("answered_at", UtcTime()),
        sa.Column("heard_at", UtcTime()),
        sa.Column("ended", sa.String(16)),
        sa.Column("ended_at", UtcTime()),
        sa.PrimaryKeyConstraint("id", name="pk_ladder_attempts"),
        sa.ForeignKeyConstraint(["ladder"], ["ladders.id"], name="fk_ladder_attempts_ladder", ondelete="CASCADE"),
    )
    op.create_index("ix_ladder_attempts_begun_at", "ladder_attempts", ["begun_at"])
    op.create_index("ix_ladder_attempts_ladder", "ladder_attempts", ["ladder"])
    op.create_table(
        "outbound_uses",
        sa.Column("id", sa.String(160), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("what", sa.String(8), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_outbound_uses"),
    )
    op.create_index("ix_outbound_uses_at", "outbound_uses", ["at"])


def downgrade() -> None:
    op.drop_table("outbound_uses")
    op.drop_table("ladder_attempts")
    op.drop_table("reply_codes")
    op.drop_table("ladders")
    op.drop_table("digests")
    op.drop_table("message_events")
    op.drop_table("dispatches")
