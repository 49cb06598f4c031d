"""What understanding is given and what it gives: words of one caller turn in, acts out."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from voicebot.domain.acts import Act
from voicebot.domain.call import Expectation
from voicebot.domain.details import Detail
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.model_use import NO_MODEL_USE, ModelUse
from voicebot.llm.metering import Meter


@dataclass(frozen=True, slots=True)
class Context:
    """State of the call that words are read in. last_said: the receptionist's last sentences.

    meter: sums what the language model costs in this call, readings that are cancelled or never used included.
    """

    instructions: Instructions
    language: Language
    expectation: Expectation
    scenario: str | None
    details: dict[str, Detail]
    now: datetime
    last_said: tuple[str, ...] = ()
    meter: Meter | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """Acts of one turn. by: "rules" or "language_model". fallback: why the language model was not used, or "".

    language: the language in which the caller spoke, when it is clear.
    """

    acts: tuple[Act, ...]
    by: str
    fallback: str = ""
    took_ms: float = 0.0
    language: Language | None = None
    prompt_hash: str = ""
    trouble: tuple[str, ...] = field(default=())
    """Codes of errors that were survived."""
    model_use: ModelUse = NO_MODEL_USE
    rephrased: dict[str, str] = field(default_factory=dict)
    """Checked other words for approved answers that were asked for, by FAQ id; the receptionist adds them."""


class Completeness(StrEnum):
    """Does what was heard so far answer what was asked? Lets a turn end at once, or keeps it from being cut."""

    COMPLETE = "complete"
    LIKELY = "likely"
    """It answers what was asked, and more may follow: wait a little less than for words that tell nothing."""
    INCOMPLETE = "incomplete"
    """A dictated number or spelling has begun and is not whole: wait."""
    UNKNOWN = "unknown"
    """Words cannot tell; the turn model decides."""


class Understanding(Protocol):
    async def read(self, words: str, context: Context) -> Reading:
        """Acts in `words`. Never raises for what a caller says; a failing model falls back to the rules in the same turn."""
        ...
