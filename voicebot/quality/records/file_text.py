"""Text files of other systems: UTF-8 with or without a mark, else Windows-1252, found out without holding the file."""

from __future__ import annotations

import codecs
from pathlib import Path

from voicebot.errors import EvalFileError

UTF_8, WINDOWS = "utf-8-sig", "cp1252"
_CHUNK = 1 << 16
HEAD_BYTES = 65_536


def encoding_of(path: Path) -> str:
    """The encoding that the whole file fits. Raises: EvalFileError when it cannot be opened."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return WINDOWS
    except OSError as failure:
        raise EvalFileError(
            str(path), [f"cannot be read: {failure.strerror}"], "Check its name and its rights."
        ) from failure
    return UTF_8


def head_of(path: Path) -> bytes:
    """The first 64 KiB. Raises: EvalFileError when it cannot be opened."""
    try:
        with path.open("rb") as file:
            return file.read(HEAD_BYTES)
    except OSError as failure:
        raise EvalFileError(
            str(path), [f"cannot be read: {failure.strerror}"], "Check its name and its rights."
        ) from failure
