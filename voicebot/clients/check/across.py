"""Checks of clients beside each other: no line leads from one receptionist to another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from voicebot.clients.check.finding import Finding, warning
from voicebot.domain.instructions import Instructions


def loops_between_clients(instructions: Instructions, others: Iterable[Instructions]) -> Iterator[Finding]:
    """People's numbers that are another client's dialled number: the receptionist would ring itself."""
    owners = {n: other.id for other in others if other.id != instructions.id for n in other.identity.dialled_numbers}
    if owner := owners.get(instructions.identity.fallback_number or ""):
        yield warning(
            "across.loop",
            "identity.fallback_number",
            f'is a dialled number of "{owner}": the receptionist would ring itself',
            "write the number of people",
        )
    for person in instructions.people:
        for number in person.phones:
            if owner := owners.get(number):
                yield warning(
                    "across.loop",
                    f"people[{person.id}].phones",
                    f'has a dialled number of "{owner}": the receptionist would ring itself',
                    "write this person's own number",
                )
