"""Writes transcripts, one per line, to a file that only this user can read."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from voicebot.errors import EvalFileError
from voicebot.quality.records.transcript import Transcript, transcript_json


@contextmanager
def jsonl_file(path: Path) -> Iterator[TextIO]:
    """The file, written whole or not at all. Raises: EvalFileError when it cannot be written."""
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Callers' words: nobody else on this machine reads them.
        with os.fdopen(os.open(passing, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8") as out:
            yield out
        passing.replace(path)
    except OSError as refused:
        raise EvalFileError(str(path), [f"cannot be written: {refused.strerror}"], "Choose another file.") from refused
    finally:
        passing.unlink(missing_ok=True)


def write_line(out: TextIO, transcript: Transcript) -> None:
    out.write(transcript_json.dump_json(transcript).decode() + "\n")
