"""Reviews of calls by people: scorecards, draws, labels, and marks from which agreement is counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.tables import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "scorecards",
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("kept_at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_scorecards"),
    )
    op.create_table(
        "review_draws",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("since", UtcTime(), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("wanted", sa.Integer, nullable=False),
        sa.Column("found", sa.Integer, nullable=False),
        sa.Column("seed", sa.BigInteger, nullable=False),
        sa.Column("only", sa.String(16), nullable=False),
        sa.Column("scorecard", sa.String(64), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_review_draws"),
    )
    op.create_index("ix_review_draws_client_at", "review_draws", ["client", "at"])
    _reviews()
    _marks()


def _reviews() -> None:
    op.create_table(
        "reviews",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("draw", sa.String(64), nullable=False),
        sa.Column("token", sa.String(64), nullable=False),
        sa.Column("scorecard", sa.String(64), nullable=False),
        sa.Column("first", sa.String(64), nullable=False),
        sa.Column("second", sa.String(64), nullable=False),
        sa.Column("arbiter", sa.String(64), nullable=False),
        sa.Column("drawn_at", UtcTime(), nullable=False),
        sa.Column("both_at", UtcTime()),
        sa.Column("settled_at", UtcTime()),
        sa.ForeignKeyConstraint(["call"], ["calls.id"], name="fk_reviews_call", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", name="pk_reviews"),
        sa.UniqueConstraint("token", name="uq_reviews_token"),
    )
    for column in ("draw", "first", "second", "arbiter"):
        op.create_index(f"ix_reviews_{column}", "reviews", [column])
    op.create_index("ix_reviews_client_both_at", "reviews", ["client", "both_at"])
    op.create_table(
        "review_labels",
        sa.Column("call", sa.String(64), nullable=False),
        sa.Column("seat", sa.String(8), nullable=False),
        sa.Column("answers", sa.JSON, nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("changed_at", UtcTime(), nullable=False),
        sa.Column("submitted_at", UtcTime()),
        sa.ForeignKeyConstraint(["call"], ["reviews.call"], name="fk_review_labels_call", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("call", "seat", name="pk_review_labels"),
    )


def _marks() -> None:
    op.create_table(
        "review_marks",
        sa.Column("round", sa.String(64), nullable=False),
        sa.Column("item", sa.String(64), nullable=False),
        sa.Column("draw", sa.String(64), nullable=False),
        sa.Column("client", sa.String(64), nullable=False),
        sa.Column("scorecard", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("first", sa.String(64), nullable=False),
        sa.Column("second", sa.String(64), nullable=False),
        sa.Column("one", sa.String(64), nullable=False),
        sa.Column("other", sa.String(64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.PrimaryKeyConstraint("round", "item", name="pk_review_marks"),
    )
    op.create_index("ix_review_marks_client_at", "review_marks", ["client", "at"])


def downgrade() -> None:
    for table in ("review_marks", "review_labels", "reviews", "review_draws", "scorecards"):
        op.drop_table(table)
