"""The register of clients: the files in force now, swapped whole when one changes, and what calls in progress began with."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import structlog

from voicebot.clients.archive import InstructionsArchive
from voicebot.clients.client_file import ClientFile
from voicebot.clients.directory import Clients, load_clients, refuse_shared_numbers
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.errors import InstructionsError, StoreError

MOST_OLDER = 64
"""Versions that are no longer in force and stay in memory for calls that began with them; others are read again."""

_log = structlog.get_logger()


class ClientRegister:
    """New calls reach the clients of one snapshot; a broken file keeps its client's last good version in force."""

    def __init__(self, folder: Path, clients: Clients, archive: InstructionsArchive, clock: Callable[[], datetime]) -> None:
        self._folder = folder
        self._clients = clients
        self._archive = archive
        self._clock = clock
        self._older: OrderedDict[tuple[str, str], Instructions] = OrderedDict()
        self._told: dict[str, list[str]] = {}

    @classmethod
    def open(cls, folder: Path, archive: InstructionsArchive, clock: Callable[[], datetime]) -> ClientRegister:
        """Reads the folder. Raises: InstructionsError when it is missing or holds no file."""
        read = load_clients(folder, first=archive.known())
        register = cls(folder, _with_last_good(read, archive.last_good), archive, clock)
        register._tell_broken(read.broken)
        register.keep(register.clients)
        return register

    @property
    def clients(self) -> Clients:
        return self._clients

    def instructions_of(self, call: Call) -> Instructions:
        """What a call obeys: the version it began with, else the one in force. Raises: UnknownClient."""
        now = self._clients
        if not call.instructions_digest or now.digest_of(call.client) == call.instructions_digest:
            return now.of(call.client)
        key = (call.client, call.instructions_digest)
        if key not in self._older:
            began_with = self._archive.find(call.client, call.instructions_version, call.instructions_digest)
            if began_with is not None:
                self._remember(began_with)
        if key in self._older:
            return self._older[key]
        _log.warning("version of a call is not in the archive", call=call.id, client=call.client)
        return now.of(call.client)

    def read_again(self) -> Clients:
        """The folder as it is now, nothing swapped yet. Reads only files that changed. Raises: InstructionsError."""
        before = self._clients
        read = load_clients(self._folder, before.files.values(), before.files.keys())
        self._tell_broken(read.broken)
        return _with_last_good(read, before.files.get)

    def keep(self, clients: Clients) -> None:
        """Archives what is not in the archive yet; what cannot be written is told in the log and obeyed all the same."""
        for file in clients.files.values():
            told = {"client": file.instructions.id, "version": file.instructions.version, "digest": file.digest}
            try:
                history = self._archive.history(file.instructions.id)
                if self._archive.keep(file, self._clock()):
                    _log.info("client file taken", **told)
                    if any(a.version == file.instructions.version and a.digest != file.digest for a in history):
                        _log.warning("client file changed under the same version number; raise version:", **told)
            except StoreError as refused:
                _log.error("client file not archived", **told, code=refused.code, remedy=refused.remedy)

    def swap(self, clients: Clients) -> None:
        """New calls reach `clients` from now on; calls in progress keep what they have."""
        before, self._clients = self._clients, clients
        for client_id, file in before.files.items():
            if clients.digest_of(client_id) != file.digest:
                self._remember(file)
            if client_id not in clients.files:
                _log.warning("client is gone", client=client_id)

    def _remember(self, file: ClientFile) -> None:
        self._older[(file.instructions.id, file.digest)] = file.instructions
        while len(self._older) > MOST_OLDER:
            self._older.popitem(last=False)

    def keep_before(self, clients: Clients, client_id: str) -> Clients:
        """`clients` with one client as it is now: its new version cannot be served."""
        before = self._clients.files.get(client_id)
        files = {name: file for name, file in clients.files.items() if name != client_id}
        if before is not None:
            files[client_id] = before
        return _of_files(clients, files)

    def _tell_broken(self, broken: tuple[InstructionsError, ...]) -> None:
        """Each refusal is told once, and again when its problems change."""
        before, self._told = self._told, {error.file: error.problems for error in broken}
        for error in broken:
            if before.get(error.file) != error.problems:
                _log.error(
                    "client file not taken", code=error.code, file=error.file, problems=error.problems, remedy=error.remedy
                )


def changed(before: Clients, after: Clients) -> list[str]:
    """Ids of clients that are new or have another file."""
    return [client_id for client_id in after.files if after.digest_of(client_id) != before.digest_of(client_id)]


def _with_last_good(read: Clients, last_good: Callable[[str], ClientFile | None]) -> Clients:
    """`read` with the last good version of each client whose file is broken now."""
    files = dict(read.files)
    for error in read.broken:
        client_id = Path(error.file).stem
        good = last_good(client_id)
        if good is None:
            continue
        try:
            refuse_shared_numbers(good, files.values())
        except InstructionsError:
            continue
        files[client_id] = good
        _log.warning("last good version stays in force", client=client_id, version=good.instructions.version)
    return _of_files(read, files)


def _of_files(clients: Clients, files: dict[str, ClientFile]) -> Clients:
    in_force = {client_id: files[client_id].instructions for client_id in sorted(files)}
    salvaged = tuple(line for line in clients.salvaged if Path(line.file).stem not in files)
    return replace(clients, instructions=in_force, files=files, salvaged=salvaged)
