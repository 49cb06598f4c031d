"""Checks of the directory: everyone who is to be reached can be reached, and somebody stands in."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.domain.instructions import Instructions
from voicebot.domain.people import Person


def takers(instructions: Instructions, who: str) -> tuple[Person, ...]:
    """People to whom a call for a person or team can be put through: themselves, else who stands in for them."""
    team = instructions.team(who)
    asked = [person for i in (team.people if team else (who,)) if (person := instructions.person(i))]
    found = (next((p for p in stand_ins(instructions, person) if p.takes_calls and p.phones), None) for person in asked)
    return tuple(person for person in found if person)


def stand_ins(instructions: Instructions, person: Person) -> tuple[Person, ...]:
    """A person, who stands in for them, who stands in for that one …; each once."""
    chain: list[Person] = []
    current: Person | None = person
    while current and current not in chain:
        chain.append(current)
        current = instructions.person(current.backup)
    return tuple(chain)


def takes_calls_without_number(instructions: Instructions) -> Iterator[Finding]:
    for person in instructions.people:
        if person.takes_calls and not person.phones:
            yield error(
                "people.no_number",
                f"people[{person.id}]",
                "takes calls and has no number",
                'write phones: ["+33…"], or takes_calls: false',
            )


def own_backup(instructions: Instructions) -> Iterator[Finding]:
    for person in instructions.people:
        if person.backup == person.id:
            yield error(
                "people.backup", f"people[{person.id}].backup", "cannot stand in for themselves", "name someone else"
            )


def backup_cycle(instructions: Instructions) -> Iterator[Finding]:
    told: set[frozenset[str]] = set()
    for person in instructions.people:
        chain = [p.id for p in stand_ins(instructions, person)]
        last = instructions.person(chain[-1])
        circle = frozenset(chain)
        if last and last.backup == person.id and len(chain) > 1 and circle not in told:
            told.add(circle)
            yield warning(
                "people.backup_cycle",
                f"people[{person.id}].backup",
                f"{' → '.join([*chain, person.id])} stand in for each other: when all are away, nobody is left",
                "let the last one's stand-in be somebody outside the circle, or accept a message then",
            )


def backup_takes_no_calls(instructions: Instructions) -> Iterator[Finding]:
    for person in instructions.people:
        stand_in = instructions.person(person.backup)
        if person.takes_calls and stand_in and stand_in.id != person.id and not takers(instructions, stand_in.id):
            yield warning(
                "people.backup",
                f"people[{person.id}].backup",
                f'"{stand_in.id}" stands in but takes no calls: the caller leaves a message',
                f"write takes_calls: true and phones: for {stand_in.id}, or name someone else",
            )


def away_with_backup(instructions: Instructions) -> Iterator[Finding]:
    for person in instructions.people:
        stand_in = instructions.person(person.backup)
        if not stand_in or stand_in.id == person.id:
            continue
        for place, away in enumerate(person.away):
            both = next((a for a in stand_in.away if a.first <= away.last and away.first <= a.last), None)
            if both:
                first, last = max(both.first, away.first), min(both.last, away.last)
                yield warning(
                    "people.both_away",
                    f"people[{person.id}].away[{place}]",
                    f'"{stand_in.id}", who stands in, is away too from {first} to {last}',
                    "name another stand-in, or move the leave",
                )


def shared_alias(instructions: Instructions) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for person in instructions.people:
        for alias in (person.name, *person.aliases):
            owner = owners.setdefault(alias.casefold(), person.id)
            if owner != person.id:
                yield warning(
                    "people.shared_name",
                    f"people[{person.id}].aliases",
                    f'"{alias}" is also said of "{owner}": callers will be asked which one',
                    "write a first name, or a team for both",
                )


def empty_team(instructions: Instructions) -> Iterator[Finding]:
    for team in instructions.teams:
        if not team.people:
            yield error("people.empty_team", f"teams[{team.id}].people", "nobody is in this team", "name its people")
        elif not takers(instructions, team.id):
            yield warning(
                "people.team_without_calls",
                f"teams[{team.id}].people",
                "nobody in this team takes calls: whoever asks for it leaves a message",
                "write takes_calls: true and phones: for one of them when that is not meant",
            )


CHECKS: tuple[Check, ...] = (
    takes_calls_without_number,
    own_backup,
    backup_cycle,
    backup_takes_no_calls,
    away_with_backup,
    shared_alias,
    empty_team,
)
