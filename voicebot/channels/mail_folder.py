"""E-mails as files in a folder, in place of a mail server: for demonstrations, and for houses that are not open yet."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

from voicebot.channels.email_message import as_email
from voicebot.channels.ports import Letter, Taken
from voicebot.errors import ChannelError

SENDER = "reception@voicebot.invalid"


class MailFolder:
    """A channels.ports.Sender. One file per letter, "<dispatch id>.eml", that mail programs open; the same letter again
    replaces it.

    Args:
        sender: From address; "" means one that cannot exist.
    """

    def __init__(self, folder: Path, sender: str = "") -> None:
        self._folder = folder
        self._sender = sender or SENDER

    async def send(self, letter: Letter) -> Taken:
        """Writes the file. Raises: ChannelError, temporary, when it cannot be written."""
        content = as_email(letter, self._sender, datetime.now(UTC)).as_bytes()
        path = self._path(letter)
        try:
            await asyncio.to_thread(_write, path, content)
        except OSError as refused:
            raise ChannelError(
                "server", f"{path} cannot be written: {refused.strerror}.", "Check VOICEBOT_MAIL_FOLDER.", temporary=True
            ) from refused
        return Taken(provider_id=path.name)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        path = self._path(letter)
        there = await asyncio.to_thread(path.exists)
        return Taken(provider_id=path.name) if there and path.stat().st_mtime >= since.timestamp() else None

    async def close(self) -> None:
        """Nothing is kept open."""

    def _path(self, letter: Letter) -> Path:
        return self._folder / (re.sub(r"[^A-Za-z0-9._-]", "-", letter.id) + ".eml")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    new.write_bytes(content)
    new.replace(path)
