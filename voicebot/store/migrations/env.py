"""How alembic reaches the database: on the connection that migrate.py already holds, inside its transaction."""

from __future__ import annotations

from alembic import context

from voicebot.store.quality_tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    # SQLite cannot alter most columns in place: alembic copies the table instead.
    render_as_batch=True,
)
context.run_migrations()
