"""Checks of deliveries: every message reaches somebody, urgent ones at once, by a channel that the person has."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.domain.delivery import Channel, Delivery, Gathered
from voicebot.domain.instructions import Instructions
from voicebot.domain.people import Person
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel

_URGENT = (UrgencyLevel.P0, UrgencyLevel.P1)
_TO_PEOPLE = {Channel.EMAIL: ("e-mail address", "email:"), Channel.SMS: ("number", "phones:")}


def _reachable(person: Person, channel: Channel) -> bool:
    return bool(person.email) if channel is Channel.EMAIL else bool(person.phones)


def channel_without_address(instructions: Instructions) -> Iterator[Finding]:
    for d in instructions.deliveries:
        people = d.channel in _TO_PEOPLE
        if (people and not d.to) or (not people and not d.address):
            yield error(
                "delivery.nobody",
                f"deliveries[{d.id}]",
                f"sends by {d.channel} to nobody",
                "write to: with ids of people" if people else "write address:",
            )


def person_without_channel(instructions: Instructions) -> Iterator[Finding]:
    for d in instructions.deliveries:
        for field, channel in (("to", d.channel), ("fallback", d.fallback)):
            if channel is None or channel not in _TO_PEOPLE:
                continue
            has, write = _TO_PEOPLE[channel]
            for person in filter(None, map(instructions.person, d.to)):
                if not _reachable(person, channel):
                    yield error(
                        "delivery.no_address",
                        f"deliveries[{d.id}].{field}",
                        f'"{person.id}" receives messages by {channel} and has no {has}',
                        f"write {write} for {person.id}, or another channel",
                    )


def unknown_scenario(instructions: Instructions) -> Iterator[Finding]:
    known = {s.id for s in instructions.scenarios}
    for d in instructions.deliveries:
        for scenario in set(d.scenarios) - known:
            yield error(
                "delivery.unknown",
                f"deliveries[{d.id}].scenarios",
                f'names "{scenario}", which is no scenario',
                f"write one of {', '.join(sorted(known))}",
            )


def _takes(delivery: Delivery, level: UrgencyLevel, scenario: str) -> bool:
    fits_level = not delivery.urgency or level in delivery.urgency
    return fits_level and (not delivery.scenarios or scenario in delivery.scenarios)


def message_without_reader(instructions: Instructions) -> Iterator[Finding]:
    if not instructions.deliveries:
        yield warning("delivery.none", "identity", "messages are kept in the house and sent to nobody", "write deliveries:")
        return
    for s in instructions.scenarios:
        leaves_message = {s.outcome, s.outcome_when(is_open=False)} - {Outcome.ANSWER, Outcome.REFUSAL}
        levels = dict.fromkeys((s.urgency, *(e.urgency for e in s.escalations)))
        lost = [level for level in levels if not any(_takes(d, level, s.id) for d in instructions.deliveries)]
        if leaves_message and lost:
            yield warning(
                "delivery.gap",
                f"scenarios[{s.id}]",
                f"no delivery takes its messages of urgency {', '.join(lost)}",
                "widen a delivery's urgency: or scenarios:",
            )


def urgent_waits_for_digest(instructions: Instructions) -> Iterator[Finding]:
    deliveries = instructions.deliveries
    for level in _URGENT:
        fitting = [d for d in deliveries if not d.scenarios and (not d.urgency or level in d.urgency)]
        if fitting and all(d.gathered is not Gathered.AT_ONCE for d in fitting):
            yield warning(
                "delivery.digest",
                f"deliveries[{fitting[0].id}].gathered",
                f"messages of urgency {level} wait for a digest",
                "add a delivery with gathered: at_once for p0 and p1",
            )


def fallback_is_the_same(instructions: Instructions) -> Iterator[Finding]:
    for d in instructions.deliveries:
        if d.fallback is d.channel:
            yield warning(
                "delivery.fallback", f"deliveries[{d.id}].fallback", "is the channel that failed", "name another channel"
            )


CHECKS: tuple[Check, ...] = (
    channel_without_address,
    person_without_channel,
    unknown_scenario,
    message_without_reader,
    urgent_waits_for_digest,
    fallback_is_the_same,
)
