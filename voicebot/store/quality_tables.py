"""The tables of QA: evaluations that machines share, scorecards, and what people labelled."""

from __future__ import annotations

import sqlalchemy as sa

from voicebot.store.tables import UtcTime, metadata

eval_shards = sa.Table(
    "eval_shards",
    metadata,
    sa.Column("run", sa.String(64), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("cases", sa.Integer, nullable=False),
    sa.Column("input", sa.LargeBinary, nullable=False),
    sa.Column("result", sa.LargeBinary),
    sa.Column("node", sa.String(64), nullable=False),
    sa.Column("made_at", UtcTime, nullable=False),
    sa.Column("done_at", UtcTime),
)
"""Parts of an evaluation that several machines share: what is to be judged and what was judged, compressed JSON lines."""

scorecards = sa.Table(
    "scorecards",
    metadata,
    sa.Column("digest", sa.String(64), primary_key=True),
    sa.Column("content", sa.JSON, nullable=False),
    sa.Column("kept_at", UtcTime, nullable=False),
)
"""Every scorecard that labels were made with, as it was then."""

review_draws = sa.Table(
    "review_draws",
    metadata,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("since", UtcTime, nullable=False),
    sa.Column("until", UtcTime, nullable=False),
    sa.Column("wanted", sa.Integer, nullable=False),
    sa.Column("found", sa.Integer, nullable=False),
    sa.Column("seed", sa.BigInteger, nullable=False),
    sa.Column("only", sa.String(16), nullable=False),
    sa.Column("scorecard", sa.String(64), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("ix_review_draws_client_at", "client", "at"),
)
"""One row per domain Draw."""

reviews = sa.Table(
    "reviews",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("draw", sa.String(64), nullable=False),
    sa.Column("token", sa.String(64), nullable=False, unique=True),
    sa.Column("scorecard", sa.String(64), nullable=False),
    sa.Column("first", sa.String(64), nullable=False),
    sa.Column("second", sa.String(64), nullable=False),
    sa.Column("arbiter", sa.String(64), nullable=False),
    sa.Column("drawn_at", UtcTime, nullable=False),
    sa.Column("both_at", UtcTime),
    sa.Column("settled_at", UtcTime),
    sa.Index("ix_reviews_draw", "draw"),
    sa.Index("ix_reviews_first", "first"),
    sa.Index("ix_reviews_second", "second"),
    sa.Index("ix_reviews_arbiter", "arbiter"),
    sa.Index("ix_reviews_client_both_at", "client", "both_at"),
)
"""One row per domain Review. It goes with its call."""

review_labels = sa.Table(
    "review_labels",
    metadata,
    sa.Column("call", sa.String(64), sa.ForeignKey("reviews.call", ondelete="CASCADE"), primary_key=True),
    sa.Column("seat", sa.String(8), primary_key=True),
    sa.Column("answers", sa.JSON, nullable=False),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("changed_at", UtcTime, nullable=False),
    sa.Column("submitted_at", UtcTime),
)
"""What one person answered, one row per seat; a draft until submitted_at is set."""

review_marks = sa.Table(
    "review_marks",
    metadata,
    sa.Column("round", sa.String(64), primary_key=True),
    sa.Column("item", sa.String(64), primary_key=True),
    sa.Column("draw", sa.String(64), nullable=False),
    sa.Column("client", sa.String(64), nullable=False),
    sa.Column("scorecard", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("first", sa.String(64), nullable=False),
    sa.Column("second", sa.String(64), nullable=False),
    sa.Column("one", sa.String(64), nullable=False),
    sa.Column("other", sa.String(64), nullable=False),
    sa.Column("at", UtcTime, nullable=False),
    sa.Index("ix_review_marks_client_at", "client", "at"),
)
"""One row per domain Mark. It names no call and outlives it, so that agreement can be counted again."""
