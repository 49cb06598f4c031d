"""Writes messages to a file that only this user can read; what stands in it is voicebot.messages.export's."""

from __future__ import annotations

import os
from pathlib import Path

from voicebot.errors import SettingsError
from voicebot.messages.export import ExportFormat, write_messages
from voicebot.store.message_search import MessageSearch, Wanted


async def write_export(search: MessageSearch, wanted: Wanted, file: Path, kind: ExportFormat) -> int:
    """Writes every message that fits, newest first. Returns: how many. Raises: SettingsError, StoreError."""
    found = [one async for one in search.newest(wanted)]
    try:
        # Names and numbers of callers: nobody else on this machine reads them.
        with os.fdopen(
            os.open(file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="utf-8", newline=""
        ) as out:
            write_messages(out, found, kind)
    except OSError as refused:
        raise SettingsError(f"{file} cannot be written: {refused.strerror}.", "Choose another file.") from refused
    return len(found)
