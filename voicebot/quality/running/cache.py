"""Judged cases by the hash of everything that they depend on, in one file that several runs may share."""

from __future__ import annotations

import sqlite3
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Self

from voicebot.errors import StoreError
from voicebot.quality.running.cases import Case
from voicebot.quality.running.judge_case import Ground

MOST_BYTES = 256 * 1024 * 1024
FILE = "judged.db"
KEPT_TOGETHER = 200
"""Results that are written in one go; what a killed run had not written is judged again, no more."""
BUSY_S = 10.0

_TABLE = """
CREATE TABLE IF NOT EXISTS judged (key TEXT PRIMARY KEY, line BLOB NOT NULL, bytes INTEGER NOT NULL, used REAL NOT NULL)
WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS judged_used ON judged (used);
"""


def cache_key(case: Case, ground: Ground, code: str) -> str:
    """Hash of the case, of its client's file, of the program, of the understanding and of the attempt."""
    parts = (case.id, case.name, case.source, case.digest, ground.digest_of(case.client), code, ground.understanding)
    return sha256("\n".join((*parts, str(case.attempt))).encode()).hexdigest()


class JudgedCache:
    """Use it from one thread. The results used longest ago make room for new ones.

    Args:
        folder: made when it is missing. most_bytes: of compressed results.
    """

    def __init__(self, folder: Path, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._fresh: dict[str, bytes] = {}
        self._used: list[str] = []
        with _told():
            folder.mkdir(parents=True, exist_ok=True)
            self._rows = sqlite3.connect(folder / FILE, timeout=BUSY_S, isolation_level=None)
            self._rows.execute("PRAGMA journal_mode=WAL")
            self._rows.execute("PRAGMA synchronous=NORMAL")
            self._rows.executescript(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_raised: object) -> None:
        self.close()

    def find(self, key: str) -> bytes | None:
        """The judged case as JSON, or None. Raises: StoreError."""
        if key in self._fresh:
            return zlib.decompress(self._fresh[key])
        with _told():
            row = self._rows.execute("SELECT line FROM judged WHERE key = ?", (key,)).fetchone()
        if row is None:
            return None
        self._used.append(key)
        return zlib.decompress(row[0])

    def keep(self, key: str, line: bytes) -> None:
        """Raises: StoreError."""
        self._fresh[key] = zlib.compress(line, 1)
        if len(self._fresh) >= KEPT_TOGETHER:
            self.flush()

    def flush(self) -> None:
        """Writes what is new, and forgets the oldest when there is too much. Raises: StoreError."""
        now = time.time()
        rows = [(key, line, len(line), now) for key, line in self._fresh.items()]
        with _told():
            self._rows.execute("BEGIN IMMEDIATE")
            self._rows.executemany("INSERT OR REPLACE INTO judged VALUES (?, ?, ?, ?)", rows)
            self._rows.executemany("UPDATE judged SET used = ? WHERE key = ?", [(now, key) for key in self._used])
            if rows:
                self._make_room()
            self._rows.execute("COMMIT")
        self._fresh.clear()
        self._used.clear()

    def close(self) -> None:
        self.flush()
        self._rows.close()

    def _make_room(self) -> None:
        over = (self._rows.execute("SELECT coalesce(sum(bytes), 0) FROM judged").fetchone()[0]) - self._most_bytes
        if over <= 0:
            return
        gone = []
        for key, size in self._rows.execute("SELECT key, bytes FROM judged ORDER BY used, key"):
            gone.append((key,))
            over -= size
            # A tenth more than needed, so that the next result does not count everything again for nothing.
            if over <= -self._most_bytes // 10:
                break
        self._rows.executemany("DELETE FROM judged WHERE key = ?", gone)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as failed:
        raise StoreError(
            f"The cache of judged cases cannot be used ({type(failed).__name__}).", "Delete its folder, or use --no-cache."
        ) from failed
