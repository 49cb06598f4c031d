"""Opens a database: its URL, its connections, its migrations."""

from __future__ import annotations

import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from pydantic_core import to_json
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError

from voicebot.errors import StoreError

BUSY_LIMIT_S = 5.0
"""Time that a write waits for another process's transaction."""

READING = "voicebot_reading"
"""Execution option of engines that only read: their transactions take no write lock."""

_MIGRATIONS = Path(__file__).parent / "migrations"
_MIGRATION_LOCK_ID = 0x766F6963
# alembic's `context` is one per interpreter: two databases may not migrate at once in one process.
_one_migration = threading.Lock()


def database_url(database: str) -> URL:
    """The URL with the blocking driver that our own threads use. Raises: StoreError for other databases."""
    try:
        url = make_url(database)
    except ArgumentError as wrong:
        raise StoreError("VOICEBOT_DATABASE_URL is not a database URL.", 'Write "sqlite:///path/voicebot.db".') from wrong
    backend = url.get_backend_name()
    if backend == "sqlite":
        if url.database in (None, "", ":memory:"):
            raise StoreError("A call book in memory would forget its calls.", "Give SQLite a file.")
        return url.set(drivername="sqlite+pysqlite")
    if backend == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    raise StoreError(f"voicebot has no book on {backend}.", "Use SQLite or PostgreSQL.")


def connect(url: URL) -> Engine:
    """An engine on url; its folder is made when it is SQLite. Raises: StoreError when the driver is missing, OSError."""
    if url.get_backend_name() == "sqlite":
        Path(str(url.database)).parent.mkdir(parents=True, exist_ok=True)
    try:
        engine = sa.create_engine(url, json_serializer=_json, **_connect_options(url))
    except ModuleNotFoundError as missing:
        raise StoreError(f"The driver {missing.name} is not installed.", 'Install "psycopg[binary]".') from missing
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    return engine


def migrate(engine: Engine) -> None:
    """Brings the tables to this version's shape; several processes may do it at once."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with _one_migration, engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:id)"), {"id": _MIGRATION_LOCK_ID})
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


def empty_log(engine: Engine) -> None:
    """Moves what SQLite's write-ahead log holds into the database, so that the next save writes over the log.

    The log takes about ten times the room of what it says: on a full disk it must not grow. Does not wait for readers.
    """
    connection = engine.raw_connection()
    try:
        connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        connection.close()


def _connect_options(url: URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_LIMIT_S}}
    return {"pool_pre_ping": True, "connect_args": {"connect_timeout": round(BUSY_LIMIT_S)}}


def _json(value: object) -> str:
    # Not json.dumps: it writes NaN, which is no JSON and which PostgreSQL refuses.
    return to_json(value, inf_nan_mode="null").decode()


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not begin transactions by itself: _begin_sqlite does.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={round(BUSY_LIMIT_S * 1000)}")
    _use_write_ahead_log(cursor)
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.close()


def _use_write_ahead_log(cursor: Any) -> None:
    # SQLite does not wait for its busy_timeout here when two processes open a new file together.
    deadline = time.monotonic() + BUSY_LIMIT_S
    while True:
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as busy:
            if getattr(busy, "sqlite_errorname", "") != "SQLITE_BUSY" or time.monotonic() > deadline:
                raise
            time.sleep(0.01)


def _begin_sqlite(connection: Connection) -> None:
    reading = connection.get_execution_options().get(READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
