"""Checks of the life of a file at a day: what has expired, what is not yet in force, what should be read again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from voicebot.clients.check.finding import DatedCheck, Finding, warning
from voicebot.domain.instructions import Instructions

SOON = timedelta(days=14)


def not_in_force(instructions: Instructions, now: datetime) -> Iterator[Finding]:
    today = now.astimezone(instructions.identity.zone).date()
    if instructions.valid_to and instructions.valid_to < today:
        yield warning(
            "life.expired",
            "valid_to",
            f"the file has expired on {instructions.valid_to}: calls go to the fallback number",
            "publish a new version, or a later valid_to:",
        )
    elif instructions.valid_from > today:
        yield warning(
            "life.not_yet",
            "valid_from",
            f"the file holds only from {instructions.valid_from}: until then calls go to the fallback number",
            "write an earlier valid_from: when that is not meant",
        )
    elif instructions.valid_to and instructions.valid_to - today < SOON:
        yield warning("life.expires_soon", "valid_to", "the file expires within two weeks", "publish a new version")


def expired_parts(instructions: Instructions, now: datetime) -> Iterator[Finding]:
    today = now.astimezone(instructions.identity.zone).date()
    for name in ("notices", "scenarios", "filters", "faq"):
        for part in getattr(instructions, name):
            if part.valid_to and part.valid_to < today:
                yield warning(
                    "life.expired_part",
                    f"{name}[{part.id}].valid_to",
                    f"has expired on {part.valid_to} and is no longer obeyed",
                    "remove it, or write a later day",
                )


def review_overdue(instructions: Instructions, now: datetime) -> Iterator[Finding]:
    today = now.astimezone(instructions.identity.zone).date()
    if instructions.review_on and instructions.review_on < today:
        yield warning(
            "life.review",
            "review_on",
            f"the client was to read these instructions again by {instructions.review_on}",
            "have them read (voicebot clients show), then write the next day",
        )
    elif instructions.review_on is None:
        yield warning("life.review", "valid_from", "no day of review is written", "write review_on:, a year ahead at most")


CHECKS: tuple[DatedCheck, ...] = (not_in_force, expired_parts, review_overdue)
