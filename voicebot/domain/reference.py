"""Reference facts: what people found true of a call after the fact, which judges then measure the receptionist by."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FactSource(StrEnum):
    """Who says so: two reviewers who agree (or their arbiter), or an agent who corrected a card."""

    REVIEW = "review"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class ReferenceFact:
    """One fact of one call.

    fact: a field of voicebot.quality.facts.Facts, "urgency", "handoff", "message.details.caller_name", or an opinion that
    no code can judge: "tone", "clarity" (1 to 5). value: as in a file of facts, "p1", "none", "Paul Martin". at: aware UTC.
    """

    call: str
    client: str
    fact: str
    value: str
    source: FactSource
    at: datetime
