"""Checks of who the client is: a way to people when the receptionist fails, and no telephone loops."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.domain.instructions import Instructions


def no_dialled_number(instructions: Instructions) -> Iterator[Finding]:
    if not instructions.identity.dialled_numbers:
        yield warning(
            "identity.no_number",
            "identity.dialled_numbers",
            "no number reaches this client",
            "write the number that callers dial, E.164",
        )


def no_fallback(instructions: Instructions) -> Iterator[Finding]:
    if instructions.identity.fallback_number is None:
        yield warning(
            "identity.no_fallback",
            "identity",
            "nobody is rung when the receptionist itself cannot answer",
            "write fallback_number:, the number of people",
        )


def fallback_loops(instructions: Instructions) -> Iterator[Finding]:
    identity = instructions.identity
    if identity.fallback_number in identity.dialled_numbers:
        yield error(
            "identity.loop",
            "identity.fallback_number",
            "is one of the dialled numbers: the call would come back to the receptionist",
            "write the number of people",
        )


def people_loop(instructions: Instructions) -> Iterator[Finding]:
    for person in instructions.people:
        if set(person.phones) & set(instructions.identity.dialled_numbers):
            yield error(
                "identity.loop",
                f"people[{person.id}].phones",
                "has one of the dialled numbers: a transfer would come back to the receptionist",
                "write this person's own number",
            )


def doubled_language(instructions: Instructions) -> Iterator[Finding]:
    languages = instructions.identity.languages
    if len(set(languages)) != len(languages) or not languages:
        yield error("identity.languages", "identity.languages", "must name each language once", "write [fr] or [fr, en]")


CHECKS: tuple[Check, ...] = (no_dialled_number, no_fallback, fallback_loops, people_loop, doubled_language)
