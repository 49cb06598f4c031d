"""What a database or a disk says when it fails, in the words of our error tree."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from alembic.util.exc import CommandError
from pydantic import ValidationError
from pydantic_core import PydanticSerializationError
from sqlalchemy import exc

from voicebot.errors import StoreError, StoreFull

_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}
_MAKE_ROOM = "Make room on its disk."

# Primary result codes: https://www.sqlite.org/rescode.html (an extended code's low byte is its primary code).
_SQLITE_SAYS: dict[int, tuple[str, str]] = {
    sqlite3.SQLITE_BUSY: ("The database stayed locked", "Find the process that holds it."),
    sqlite3.SQLITE_LOCKED: ("The database stayed locked", "Find the process that holds it."),
    sqlite3.SQLITE_CORRUPT: ("The database is damaged", "Stop voicebot, keep the file, restore a backup."),
    sqlite3.SQLITE_NOTADB: ("The file is not a database", "Move it away or correct VOICEBOT_DATABASE_URL."),
    sqlite3.SQLITE_CANTOPEN: ("The database cannot be opened", "Check that its folder exists and is writable."),
    sqlite3.SQLITE_READONLY: ("The database cannot be written", "Make the file and its folder writable by this user."),
    sqlite3.SQLITE_PERM: ("The database may not be opened", "Make the file and its folder readable by this user."),
}


@contextmanager
def in_store_words() -> Iterator[None]:
    """Turns failures of the block into StoreFull or StoreError."""
    try:
        yield
    except exc.DBAPIError as failure:
        raise _database_failure(failure) from failure
    except sqlite3.Error as failure:
        raise _sqlite_failure(failure) from failure
    except OSError as failure:
        if failure.errno in _FULL_ERRNOS:
            raise StoreFull("The disk of the database is full.", _MAKE_ROOM) from failure
        reason = failure.strerror or type(failure).__name__
        raise StoreError(f"The database's folder cannot be used: {reason}.", "Check VOICEBOT_DATA_DIR.") from failure
    except CommandError as failure:
        raise StoreError(
            "The database belongs to another version of voicebot.", "Run the version that made it, or a newer one."
        ) from failure
    except exc.SQLAlchemyError as failure:
        raise StoreError(f"The database failed ({type(failure).__name__}).", "Check VOICEBOT_DATABASE_URL.") from failure
    except (ValidationError, PydanticSerializationError) as failure:
        # The message of a validation error quotes what it read: it must not reach a log.
        raise StoreError("A row cannot be written or read as JSON.", "Keep the database and report this.") from failure


def _database_failure(failure: exc.DBAPIError) -> StoreError:
    if isinstance(failure.orig, sqlite3.Error):
        return _sqlite_failure(failure.orig)
    sqlstate = str(getattr(failure.orig, "sqlstate", None) or "")
    # https://www.postgresql.org/docs/current/errcodes-appendix.html
    if sqlstate == "53100":
        return StoreFull("The disk of the database is full.", _MAKE_ROOM)
    if not sqlstate:
        return StoreError("The database server cannot be reached.", "Check the server and VOICEBOT_DATABASE_URL.")
    return StoreError(f"The database failed (SQLSTATE {sqlstate}).", "See the database server's log.")


def _sqlite_failure(failure: sqlite3.Error) -> StoreError:
    code = getattr(failure, "sqlite_errorcode", None)
    primary = code & 0xFF if isinstance(code, int) else None
    # Room for the shared memory of the write-ahead log cannot be made: the disk is full, though SQLite says I/O error.
    if primary == sqlite3.SQLITE_FULL or code == sqlite3.SQLITE_IOERR_SHMSIZE:
        return StoreFull("The disk of the database is full.", _MAKE_ROOM)
    what, remedy = _SQLITE_SAYS.get(primary or -1, ("The database failed", "Check its disk."))
    name = getattr(failure, "sqlite_errorname", type(failure).__name__)
    return StoreError(f"{what} ({name}).", remedy)
