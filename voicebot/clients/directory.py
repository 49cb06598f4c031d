"""All clients of this house: loaded from a folder, found by id or dialled number; a broken file hides no other client."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from voicebot.clients.client_file import REMEDY, read_client_file
from voicebot.domain.instructions import Instructions
from voicebot.errors import InstructionsError, UnknownClient


@dataclass(frozen=True, slots=True)
class Clients:
    """instructions by client id; broken: why a file was not taken."""

    folder: str
    instructions: dict[str, Instructions]
    broken: tuple[InstructionsError, ...] = ()

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


def load_clients(folder: Path) -> Clients:
    """Reads every *.yaml of a folder. Raises: InstructionsError when the folder is missing or holds no file."""
    paths = sorted(folder.glob("*.yaml"))
    if not paths:
        raise InstructionsError(str(folder), ["holds no client file (*.yaml)"], "Set VOICEBOT_CLIENTS_DIR, or add one.")
    loaded: dict[str, Instructions] = {}
    broken: list[InstructionsError] = []
    owner_of_number: dict[str, str] = {}
    for path in paths:
        try:
            instructions = read_client_file(path)
            for number in instructions.identity.dialled_numbers:
                if other := owner_of_number.get(number):
                    problem = f'identity.dialled_numbers: "{number}" already reaches "{other}" → give it to one client only'
                    raise InstructionsError(str(path), [problem], REMEDY)
        except InstructionsError as error:
            broken.append(error)
            continue
        owner_of_number |= dict.fromkeys(instructions.identity.dialled_numbers, instructions.id)
        loaded[instructions.id] = instructions
    return Clients(str(folder), loaded, tuple(broken))
