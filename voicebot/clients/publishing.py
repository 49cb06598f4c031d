"""Publishing a client's file: checked, numbered, written whole or not at all, and never over what somebody else wrote."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from voicebot.clients.archive import Accepted, write_whole
from voicebot.clients.check.across import loops_between_clients
from voicebot.clients.check.finding import Finding, Severity
from voicebot.clients.check.instructions import findings_in
from voicebot.clients.client_file import ClientFile, client_of, content_of, digest_of, told
from voicebot.clients.directory import Clients, refuse_shared_numbers
from voicebot.clients.edits import Edit, edited
from voicebot.errors import DraftOutdated, InstructionsError


@dataclass(frozen=True, slots=True)
class FailedExample:
    """An example of the file that does not give what it promises. account: the call turn by turn, one line each."""

    line: int
    path: str
    account: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """examples: how many were played; None where they cannot be played. failed: those that did not hold."""

    findings: tuple[Finding, ...]
    examples: int | None
    failed: tuple[FailedExample, ...] = ()

    @property
    def refused(self) -> bool:
        return bool(self.failed) or any(finding.severity is Severity.ERROR for finding in self.findings)


ClientCheck = Callable[[ClientFile, Clients, datetime], Awaitable[Checked]]
"""Everything that is wrong with a file (by itself, beside the other clients, with its examples) at a moment (aware)."""


async def check_by_itself(file: ClientFile, clients: Clients, now: datetime) -> Checked:
    """The compiler's findings alone, for a house without a receptionist that could play the examples."""
    found = [*findings_in(file.instructions, now), *loops_between_clients(file.instructions, clients.instructions.values())]
    return Checked(tuple(found), None)


def draft_file(path: Path, text: str, clients: Clients) -> ClientFile:
    """A draft as the file that it would be. Raises: InstructionsError with a line for each problem."""
    file = client_of(path, text.encode(), path.stem)
    refuse_shared_numbers(file, (other for name, other in clients.files.items() if name != path.stem))
    return file


def problems_of(file: ClientFile, checked: Checked) -> list[str]:
    """Why a checked file may not be published: one line for each error and failed example."""
    wrong = [told(file.lines, found) for found in checked.findings if found.severity is Severity.ERROR]
    return wrong + [f"line {one.line}, {one.path}: " + " ".join(one.account[1:2]).strip() for one in checked.failed]


def next_version(now: int, history: list[Accepted]) -> int:
    """Higher than every version that there was. now: of the one in force, 0 for none."""
    return max([now, *(accepted.version for accepted in history)]) + 1


def signed(text: str, version: int, author: str) -> str:
    """The text with its number and its author. Raises: InstructionsError."""
    return edited(edited(text, Edit(("version",), version)), Edit(("author",), author))


def put_in_place(path: Path, content: bytes, base: str) -> bytes:
    """Writes the file, whole or not at all. Returns: what stood there.

    Args:
        base: digest of the file that the draft was begun on.

    Raises: DraftOutdated when another file stands there now; InstructionsError when it cannot be written.
    """
    try:
        with _alone_in(path.parent):
            before = content_of(path)
            if digest_of(before) != base:
                changed = "somebody else changed the file since this draft was begun"
                raise DraftOutdated(str(path), [changed], "Compare both, then publish on the newer one.")
            _write(path, content)
    except OSError as refused:
        reason = f"cannot be written: {refused.strerror}"
        raise InstructionsError(
            str(path), [reason], f"Let voicebot write in {path.parent}, and keep room there."
        ) from refused
    return before


def put_back(path: Path, before: bytes, instead_of: str) -> None:
    """Takes a publication back, unless somebody wrote another file meanwhile. instead_of: digest of what was published."""
    with _alone_in(path.parent):
        if digest_of(content_of(path)) == instead_of:
            _write(path, before)


def _write(path: Path, content: bytes) -> None:
    real = path.resolve()
    mode = real.stat().st_mode & 0o777
    write_whole(real, content)
    real.chmod(mode)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One writer at a time, other processes of the house included."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
