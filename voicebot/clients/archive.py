"""Every version of a client's instructions that was ever accepted: a call goes on with the version it began with."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from voicebot.clients.client_file import ClientFile, client_of, content_of, digest_of
from voicebot.domain.written import Id
from voicebot.errors import InstructionsError, StoreError

_JOURNAL = "accepted.jsonl"
_REMEDY = "Make room in the data folder, or let us write there."
_ID: TypeAdapter[str] = TypeAdapter(Id)


@dataclass(frozen=True, slots=True)
class Accepted:
    """One line of a client's journal. at: aware UTC. digest: as in Call.instructions_digest."""

    at: datetime
    version: int
    digest: str
    author: str


_accepted_json: TypeAdapter[Accepted] = TypeAdapter(Accepted)


class InstructionsArchive:
    """Files <folder>/<client>/<version>-<digest>.yaml, and in accepted.jsonl when each became the one in force."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, file: ClientFile, now: datetime) -> bool:
        """Writes a version that was accepted, whole or not at all. Returns: whether it is another one than before.

        Raises: StoreError.
        """
        instructions = file.instructions
        path = self._path(instructions.id, instructions.version, file.digest)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if not path.exists():
                write_whole(path, file.content)
            history = self.history(instructions.id)
            if history and history[-1].digest == file.digest:
                return False
            accepted = Accepted(now, instructions.version, file.digest, instructions.author)
            _append(path.with_name(_JOURNAL), asdict(accepted) | {"at": now.isoformat()})
        except OSError as refused:
            raise StoreError(f"{path} cannot be written: {refused.strerror}.", _REMEDY) from refused
        return True

    def history(self, client_id: str) -> list[Accepted]:
        """What was in force, oldest first. A line that was torn by a crash is left out."""
        found: list[Accepted] = []
        journal = self._folder / _ID.validate_python(client_id) / _JOURNAL
        if journal.exists():
            for line in journal.read_bytes().splitlines():
                try:
                    found.append(_accepted_json.validate_json(line))
                except ValidationError:
                    continue
        return found

    def find(self, client_id: str, version: int, digest: str) -> ClientFile | None:
        """A version that a call began with; accepted once, it is obeyed whatever is checked today."""
        path = self._path(client_id, version, digest)
        try:
            content = content_of(path)
            return client_of(path, content, client_id, checked=False) if digest_of(content) == digest else None
        except InstructionsError:
            return None

    def last_good(self, client_id: str) -> ClientFile | None:
        """The version that was in force last and stands today's checks."""
        for accepted in reversed(self.history(client_id)):
            path = self._path(client_id, accepted.version, accepted.digest)
            try:
                return client_of(path, content_of(path), client_id)
            except InstructionsError:
                continue
        return None

    def path_of(self, client_id: str, accepted: Accepted) -> Path:
        return self._path(client_id, accepted.version, accepted.digest)

    def known(self) -> frozenset[str]:
        """Ids of clients that had a version in force."""
        return frozenset(journal.parent.name for journal in self._folder.glob(f"*/{_JOURNAL}"))

    def _path(self, client_id: str, version: int, digest: str) -> Path:
        return self._folder / client_id / f"{version}-{digest}.yaml"


def write_whole(path: Path, content: bytes) -> None:
    """Under another name first: whoever reads finds the whole file or none. Raises: OSError, and leaves nothing behind."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as new:
            new.write(content)
            new.flush()
            os.fsync(new.fileno())
        unfinished.replace(path)
    except OSError:
        with suppress(OSError):
            unfinished.unlink()
        raise


def _append(journal: Path, row: Mapping[str, object]) -> None:
    torn = journal.exists() and not journal.read_bytes().endswith(b"\n")
    with journal.open("ab") as lines:
        lines.write((b"\n" if torn else b"") + json.dumps(row, ensure_ascii=False).encode() + b"\n")
        lines.flush()
        os.fsync(lines.fileno())
