"""All clients of this house: loaded from a folder, found by id or dialled number; a broken file hides no other client."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from voicebot.clients.client_file import REMEDY, ClientFile, client_of, content_of, digest_of
from voicebot.clients.salvage import SalvagedLines, salvage
from voicebot.domain.instructions import Instructions
from voicebot.errors import InstructionsError, UnknownClient


@dataclass(frozen=True, slots=True)
class Clients:
    """A snapshot of the folder.

    instructions: by client id. broken: why a file was not taken. files: what the instructions were read from, by client id.
    salvaged: lines of files that cannot be obeyed, to be answered by people.
    """

    folder: str
    instructions: dict[str, Instructions]
    broken: tuple[InstructionsError, ...] = ()
    files: dict[str, ClientFile] = field(default_factory=dict)
    salvaged: tuple[SalvagedLines, ...] = ()

    def of(self, client_id: str) -> Instructions:
        """Raises: UnknownClient."""
        found = self.instructions.get(client_id)
        if found is None:
            known = ", ".join(sorted(self.instructions)) or "none"
            raise UnknownClient(self.folder, [f'no client has the id "{client_id}"; known: {known}'])
        return found

    def dialled(self, number: str) -> Instructions:
        """The client that a dialled number (E.164) reaches. Raises: UnknownClient."""
        for instructions in self.instructions.values():
            if number in instructions.identity.dialled_numbers:
                return instructions
        raise UnknownClient(self.folder, ["no client has the dialled number"], "Add it to identity.dialled_numbers.")

    def digest_of(self, client_id: str) -> str:
        """First 12 hex digits of the SHA-256 of the client's file; "" for instructions that come from no file."""
        file = self.files.get(client_id)
        return file.digest if file else ""

    def salvaged_line(self, number: str) -> SalvagedLines | None:
        """The broken file that a dialled number (E.164) belongs to, when that can still be read."""
        return next((lines for lines in self.salvaged if number in lines.dialled_numbers), None)


def load_clients(folder: Path, known: Iterable[ClientFile] = (), first: Collection[str] = ()) -> Clients:
    """Reads every *.yaml of a folder.

    Args:
        known: files read before; one whose content is the same is taken as it is, not read again.
        first: ids of clients that keep their numbers when a new file claims them too.

    Raises: InstructionsError when the folder is missing or holds no file.
    """
    paths = sorted(folder.glob("*.yaml"), key=lambda path: (path.stem not in first, path.name))
    if not paths:
        raise InstructionsError(str(folder), ["holds no client file (*.yaml)"], "Set VOICEBOT_CLIENTS_DIR, or add one.")
    read = {(file.path, file.digest): file for file in known}
    loaded: dict[str, ClientFile] = {}
    broken: list[InstructionsError] = []
    salvaged: list[SalvagedLines] = []
    for path in paths:
        content = b""
        try:
            content = content_of(path)
            file = read.get((path, digest_of(content))) or client_of(path, content, path.stem)
            refuse_shared_numbers(file, loaded.values())
        except InstructionsError as error:
            broken.append(error)
            salvaged.append(salvage(str(path), content))
            continue
        loaded[file.instructions.id] = file
    instructions = {client_id: file.instructions for client_id, file in loaded.items()}
    return Clients(str(folder), instructions, tuple(broken), loaded, tuple(salvaged))


def refuse_shared_numbers(file: ClientFile, others: Iterable[ClientFile]) -> None:
    """Raises: InstructionsError when a number of this file already reaches another client."""
    owners = {n: other.instructions.id for other in others for n in other.instructions.identity.dialled_numbers}
    for place, number in enumerate(file.instructions.identity.dialled_numbers):
        if other := owners.get(number):
            path = f"identity.dialled_numbers[{place}]"
            problem = f'{path}: "{number}" already reaches "{other}" → give it to one client only'
            raise InstructionsError(str(file.path), [f"line {file.lines.line(path) or 1}, {problem}"], REMEDY)
