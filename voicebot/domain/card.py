"""The five-second card: what an agent must know before the first word, each detail with what it stands on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import TypeAdapter

from voicebot.domain.details import DetailSource
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel


class Standing(StrEnum):
    """How far a detail can be trusted."""

    CONFIRMED = "confirmed"
    """The caller agreed to the read-back, or an agent corrected it."""
    SURE = "sure"
    UNSURE = "unsure"
    PARTIAL = "partial"
    """Cut short: more was to come."""
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class CardLine:
    """One detail. label: in the client's language. value: as people write it, "06 39 98 00 01"; "" when missing.

    words: the caller's own. confidence: of the ears in the turn it came from (0-1), None where no ear heard it.
    started_ms, ended_ms: that turn in the recording, None where there is no sound of it. corrected_by: a user's id, "".
    """

    detail: str
    label: str
    value: str
    standing: Standing
    words: str = ""
    source: DetailSource = DetailSource.SPEECH
    confidence: float | None = None
    started_ms: int | None = None
    ended_ms: int | None = None
    corrected_by: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """who: caller's name and company, or the number, or "". what: scenario and reason, one line. why: why a human is due.

    urgency_words: what made it urgent, in the caller's words. promised: sentences that promised something, as spoken.
    lines: details, the most needed first; missing ones too. said: the caller's last turns, oldest first.
    wanted: person or team asked for, "" for anybody. dangers: ids of red flags that were raised. turns: so far.
    never_say: what this client wants kept from callers. notes: what else the agent must know (secret client, rehearsal).
    """

    call: str
    client: str
    client_name: str
    language: Language
    number: str
    who: str
    what: str
    why: str
    urgency: UrgencyLevel
    urgency_words: str
    promised: tuple[str, ...]
    missing: tuple[str, ...]
    lines: tuple[CardLine, ...]
    said: tuple[str, ...]
    wanted: str
    dangers: tuple[str, ...]
    started_at: datetime
    turns: int
    rehearsal: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Correction:
    """What an agent wrote instead of a detail of a call. was: the value before, "" for none. user: id; at: aware UTC."""

    detail: str
    was: str
    now: str
    user: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Risk:
    """How much a call needs a human now. score: 0-100. reasons: codes of policy.risk, the heaviest first."""

    score: int
    reasons: tuple[str, ...] = ()


card_json: TypeAdapter[Card] = TypeAdapter(Card)
