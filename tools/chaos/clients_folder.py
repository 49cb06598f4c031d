"""The shipped client files, each with a webhook beside its own deliveries, so that every channel is used."""

from __future__ import annotations

import re
from pathlib import Path

from voicebot.clients.directory import load_clients
from voicebot.domain.instructions import Instructions

SHIPPED = Path(__file__).parents[2] / "client_configs"
HOOK_RULE = "campaign-hook"
_DELIVERIES = re.compile(r"^deliveries:[ \t]*\n", re.MULTILINE)


def write_clients(folder: Path, hook_url: str) -> dict[str, Instructions]:
    """Writes the files into `folder`. Returns: the instructions in them, by client."""
    folder.mkdir(parents=True, exist_ok=True)
    rule = f'deliveries:\n  - {{id: {HOOK_RULE}, channel: webhook, address: "{hook_url}"}}\n'
    for shipped in sorted(SHIPPED.glob("*.yaml")):
        text, found = _DELIVERIES.subn(rule, shipped.read_text(encoding="utf-8"))
        if found != 1:
            raise ValueError(f"{shipped.name}: no list deliveries: to add a webhook to")
        (folder / shipped.name).write_text(text, encoding="utf-8")
    clients = load_clients(folder)
    if clients.broken:
        raise ValueError(str(clients.broken[0]))
    return clients.instructions


def telephones(clients: dict[str, Instructions]) -> list[str]:
    """Every number that may be dialled or texted for any client."""
    return sorted({number for client in clients.values() for person in client.people for number in person.phones})
