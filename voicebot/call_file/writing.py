"""Writes files whole or not at all, and says what a disk says in the words of our error tree."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from voicebot.errors import StoreError, StoreFull

_FULL_ERRNOS = frozenset({errno.ENOSPC, errno.EDQUOT})
PRIVATE_FILE = 0o600
PRIVATE_FOLDER = 0o700
"""Call folders hold callers' words: only the user who runs voicebot reads them."""


@contextmanager
def in_store_words(what: str) -> Iterator[None]:
    """Turns OSError of the block into StoreFull or StoreError about `what`."""
    try:
        yield
    except OSError as failure:
        if failure.errno in _FULL_ERRNOS:
            raise StoreFull(f"{what} cannot be written: the disk is full.", "Make room, then write it again.") from failure
        reason = failure.strerror or type(failure).__name__
        raise StoreError(f"{what} cannot be written: {reason}.", "Check VOICEBOT_DATA_DIR.") from failure


def write_whole(path: Path, write: Callable[[BinaryIO], object]) -> None:
    """Replaces path by what write() puts into the file, on disk when it returns; on failure the old file stays.

    Raises: StoreFull, StoreError.
    """
    draft = path.with_name(f".{path.name}.draft")
    with in_store_words(path.name):
        try:
            with open(draft, "wb", opener=_private) as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(path)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, PRIVATE_FILE)
