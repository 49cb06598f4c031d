"""Checks of secrecy: what is never kept is not asked for, and no reason leaves a house under professional secrecy."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.clients.check.finding import Check, Finding, error, warning
from voicebot.domain.delivery import Channel, Delivery
from voicebot.domain.details import REASON
from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import Scenario


def details_asked(instructions: Instructions) -> Iterator[tuple[str, str]]:
    """(path, detail) of every detail that is mandatory somewhere."""
    yield from ((f"scenarios[{s.id}].details", d) for s in instructions.scenarios for d in s.details)
    yield from ((f"filters[{f.id}].details", d) for f in instructions.filters for d in f.details or ())
    yield from ((f"red_flags[{r.red_flag}].details", d) for r in instructions.red_flags for d in r.details)


def asked_but_never_kept(instructions: Instructions) -> Iterator[Finding]:
    dropped = set(instructions.confidentiality.never_keep)
    for path, detail in details_asked(instructions):
        if detail in dropped:
            yield error(
                "confidentiality.never_keep",
                path,
                f'"{detail}" is mandatory here and in confidentiality.never_keep: the message could never be whole',
                "remove it from one of the two",
            )
    for s in instructions.scenarios:
        for detail in dropped.intersection(s.optional_details):
            yield warning(
                "confidentiality.never_keep",
                f"scenarios[{s.id}].optional_details",
                f'"{detail}" is asked and then dropped (confidentiality.never_keep)',
                "do not ask for it",
            )


def _fits(delivery: Delivery, scenario: Scenario) -> bool:
    levels = {scenario.urgency, *(e.urgency for e in scenario.escalations)}
    fits_level = not delivery.urgency or bool(levels.intersection(delivery.urgency))
    return fits_level and (not delivery.scenarios or scenario.id in delivery.scenarios)


def reason_by_sms(instructions: Instructions) -> Iterator[Finding]:
    if not instructions.confidentiality.secret:
        return
    by_sms = [d for d in instructions.deliveries if d.channel is Channel.SMS]
    for delivery in by_sms:
        asked = [s.id for s in instructions.scenarios if REASON in s.details and _fits(delivery, s)]
        if asked:
            yield warning(
                "confidentiality.reason",
                f"deliveries[{delivery.id}]",
                f"the reason of {', '.join(asked)} is asked for and, under secrecy, never sent by SMS",
                "add a channel where the whole message is read, or do not ask for the reason",
            )


def attachments_under_secrecy(instructions: Instructions) -> Iterator[Finding]:
    if instructions.confidentiality.secret and instructions.confidentiality.attachments:
        yield error(
            "confidentiality.attachments",
            "confidentiality.attachments",
            "recordings and transcripts must not leave the house under professional secrecy",
            "write attachments: false",
        )


def rephrased_under_secrecy(instructions: Instructions) -> Iterator[Finding]:
    if not instructions.confidentiality.secret:
        return
    for faq in instructions.faq:
        if faq.rephrase:
            yield warning(
                "confidentiality.rephrase",
                f"faq[{faq.id}].rephrase",
                "answers of a house under secrecy are better spoken word for word",
                "write rephrase: false",
            )


CHECKS: tuple[Check, ...] = (
    asked_but_never_kept,
    reason_by_sms,
    attachments_under_secrecy,
    rephrased_under_secrecy,
)
