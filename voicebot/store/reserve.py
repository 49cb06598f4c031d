"""Room kept beside a SQLite database, given up when the disk is full so that calls under way can still be saved."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path

import structlog

_log = structlog.get_logger()


class Reserve:
    """One file of random bytes: really written, so that no file system can keep it in less room.

    path: shared by every process that uses the same database.
    """

    def __init__(self, path: Path, size_bytes: int) -> None:
        self._path = path
        self._size_bytes = size_bytes

    @property
    def spent(self) -> bool:
        """The room was given up, by this process or by another one."""
        try:
            return self._path.stat().st_size < self._size_bytes
        except FileNotFoundError:
            return True

    def spend(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            self._path.unlink()
            _log.warning("store_reserve_spent", bytes=self._size_bytes)

    def restore(self) -> bool:
        """Whether the room is kept (again). Not before twice as much is free: the calls under way need some as well."""
        if not self.spent:
            return True
        if shutil.disk_usage(self._path.parent).free < 2 * self._size_bytes:
            return False
        draft = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            with draft.open("wb") as file:
                file.write(os.urandom(self._size_bytes))
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self._path)
        except OSError:
            draft.unlink(missing_ok=True)
            _log.warning("store_reserve_not_restored", bytes=self._size_bytes)
            return False
        _log.info("store_reserve_kept", bytes=self._size_bytes)
        return True
