"""Watches the client files while calls go on: a change is read, its voices are prepared, then new calls reach it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from voicebot.clients.directory import Clients
from voicebot.errors import InstructionsError, VoicebotError
from voicebot.speech.engines import SpeechEngines
from voicebot.understanding.prepared import prepared_for
from voicebot.wiring.client_register import changed
from voicebot.wiring.house import House
from voicebot.wiring.prepared_voices import prepare_voices

LOOK_EVERY_S = 1.0
"""Looking costs one stat per file; it works on every file system, network folders and containers included."""
PREPARE_LIMIT_S = 20.0
"""New sentences that are not sound by then are prepared while the new version is already in force."""

_log = structlog.get_logger()
_Signature = tuple[tuple[str, int, int, int], ...]


class ClientWatch:
    """Takes over changes of client files. engines: None where no voice is spoken."""

    def __init__(self, house: House, engines: SpeechEngines | None) -> None:
        self._house = house
        self._engines = engines
        self._folder = house.settings.clients_dir
        self._seen = signature_of(self._folder)
        self._preparing: asyncio.Task[None] | None = None

    async def watch_forever(self) -> None:
        """Looks every second; a file that is still being written is read once it rests."""
        last = self._seen
        # What changed between the reading of the files and this look.
        await self._take_changes_or_tell()
        try:
            while True:
                await asyncio.sleep(LOOK_EVERY_S)
                now = await asyncio.to_thread(signature_of, self._folder)
                if now == last and now != self._seen:
                    self._seen = now
                    await self._take_changes_or_tell()
                last = now
        finally:
            if self._preparing:
                self._preparing.cancel()

    async def _take_changes_or_tell(self) -> None:
        """A fault here must not end the watch: the versions in force stay, and the next change is looked at."""
        try:
            await self.take_changes()
        except Exception:  # noqa: BLE001
            _log.exception("client files not taken over", code="bug")

    async def take_changes(self) -> list[str]:
        """Reads the folder and swaps what can be served. Returns: ids of the clients that changed."""
        register = self._house.register
        try:
            clients = await asyncio.to_thread(register.read_again)
        except InstructionsError as refused:
            _log.error("client files not read", code=refused.code, file=refused.file, problems=refused.problems)
            return []
        new = changed(register.clients, clients)
        for client_id in new:
            if not self._has_voices(clients, client_id):
                clients = register.keep_before(clients, client_id)
        new = changed(register.clients, clients)
        await self._prepare(clients, new)
        await asyncio.to_thread(register.keep, clients)
        register.swap(clients)
        return new

    def _has_voices(self, clients: Clients, client_id: str) -> bool:
        if self._engines is None:
            return True
        instructions = clients.of(client_id)
        try:
            for language in instructions.identity.languages:
                self._engines.voice(instructions.voices[language], language)
        except VoicebotError as refused:
            place = clients.files[client_id].place("voices")
            _log.error(
                "client file not taken", code=refused.code, file=place, problems=[refused.what], remedy=refused.remedy
            )
            return False
        return True

    async def _prepare(self, clients: Clients, new: list[str]) -> None:
        """The first call of a new version must not wait for its sentences."""
        if not new:
            return
        own = {client_id: clients.of(client_id) for client_id in new}
        for instructions in own.values():
            today = self._house.clock().astimezone(instructions.identity.zone).date()
            await asyncio.to_thread(prepared_for, instructions.on(today))
        if self._engines is not None:
            if self._preparing:
                self._preparing.cancel()
            self._preparing = asyncio.create_task(prepare_voices(self._engines, Clients(clients.folder, own)))
            await asyncio.wait([self._preparing], timeout=PREPARE_LIMIT_S)


def signature_of(folder: Path) -> _Signature:
    """Name, size, time and inode of each client file: changes whenever one of them does."""
    found: list[tuple[str, int, int, int]] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            told = path.stat()
        except OSError:
            continue
        found.append((path.name, told.st_size, told.st_mtime_ns, told.st_ino))
    return tuple(found)
