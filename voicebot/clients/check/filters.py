"""Checks of filters: each can be reached, leads somewhere, and refuses nobody who must be heard."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.clients.check.people import takers
from voicebot.domain.filters import CallerKind, Filter
from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import Outcome

_AUTHORITIES = (CallerKind.POLICE, CallerKind.BAILIFF)


def shadowed_filter(instructions: Instructions) -> Iterator[Finding]:
    for place, later in enumerate(instructions.filters):
        for earlier in instructions.filters[:place]:
            if _covers(earlier, later):
                yield warning(
                    "filters.shadowed",
                    f"filters[{later.id}]",
                    f'is never reached: "{earlier.id}" comes first and fits the same callers',
                    "put the narrower filter first, or remove one",
                )
                break


def _covers(earlier: Filter, later: Filter) -> bool:
    """Does `earlier` fit every caller whom `later` fits, on every day on which `later` holds?"""
    if earlier.valid_from and (later.valid_from is None or later.valid_from < earlier.valid_from):
        return False
    if earlier.valid_to and (later.valid_to is None or later.valid_to > earlier.valid_to):
        return False
    numbers = all(n in earlier.numbers or n.startswith(earlier.prefixes) for n in later.numbers)
    prefixes = all(p.startswith(earlier.prefixes) for p in later.prefixes)
    names = {n.casefold() for n in later.names} <= {n.casefold() for n in earlier.names}
    said = all(set(words) <= set(earlier.callers_say.get(language, ())) for language, words in later.callers_say.items())
    return later.who in (None, earlier.who) and numbers and prefixes and names and said


def number_in_two_filters(instructions: Instructions) -> Iterator[Finding]:
    owners: dict[str, str] = {}
    for f in instructions.filters:
        for number in f.numbers:
            owner = owners.setdefault(number, f.id)
            if owner != f.id:
                yield warning(
                    "filters.contradiction",
                    f"filters[{f.id}].numbers",
                    f'a number is also in "{owner}", which comes first and holds',
                    "keep it in one filter",
                )


def transfer_nobody_takes(instructions: Instructions) -> Iterator[Finding]:
    for f in instructions.filters:
        if f.outcome is Outcome.TRANSFER and f.to and not takers(instructions, f.to):
            yield error(
                "filters.transfer",
                f"filters[{f.id}].to",
                f'"{f.to}" never takes calls or has no number: nobody can take this call',
                "write takes_calls: true and phones: for them, or name someone else",
            )


def on_call_without_roster(instructions: Instructions) -> Iterator[Finding]:
    for f in instructions.filters:
        if f.outcome is Outcome.ON_CALL and instructions.on_call is None:
            yield error(
                "filters.on_call",
                f"filters[{f.id}].outcome",
                "wakes whoever is on call, and the client has no on-call duty",
                "write on_call: with its shifts, or another outcome",
            )


def unused_destination(instructions: Instructions) -> Iterator[Finding]:
    for f in instructions.filters:
        if f.to and f.outcome is not Outcome.TRANSFER:
            yield warning(
                "filters.unused_to",
                f"filters[{f.id}].to",
                f"is never used: the outcome is {f.outcome}",
                "write outcome: transfer, or remove to:",
            )


def authority_refused(instructions: Instructions) -> Iterator[Finding]:
    for f in instructions.filters:
        if f.who in _AUTHORITIES and f.outcome in (Outcome.REFUSAL, Outcome.ANSWER):
            yield warning(
                "filters.authority",
                f"filters[{f.id}].outcome",
                f"the {f.who} would reach no human",
                "write outcome: transfer or message",
            )


def refused_by_prefix(instructions: Instructions) -> Iterator[Finding]:
    for f in instructions.filters:
        if f.prefixes and f.outcome is Outcome.REFUSAL and not (f.who or f.callers_say):
            yield warning(
                "filters.prefix",
                f"filters[{f.id}].prefixes",
                "a prefix is a hint, never proof: somebody who calls for another reason would be refused",
                "add who: or callers_say:, or take a message",
            )


CHECKS: tuple[Check, ...] = (
    shadowed_filter,
    number_in_two_filters,
    transfer_nobody_takes,
    on_call_without_roster,
    unused_destination,
    authority_refused,
    refused_by_prefix,
)
