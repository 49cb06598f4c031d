"""Parts of evaluations that several machines share."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from voicebot.store.tables import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "eval_shards",
        sa.Column("run", sa.String(64), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("cases", sa.Integer, nullable=False),
        sa.Column("input", sa.LargeBinary, nullable=False),
        sa.Column("result", sa.LargeBinary),
        sa.Column("node", sa.String(64), nullable=False),
        sa.Column("made_at", UtcTime(), nullable=False),
        sa.Column("done_at", UtcTime()),
        sa.PrimaryKeyConstraint("run", "number", name="pk_eval_shards"),
    )


def downgrade() -> None:
    op.drop_table("eval_shards")
