"""Filtering: who calls matters before why; VIPs pass, canvassers are refused politely, the police reach a human."""

from __future__ import annotations

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.domain.written import E164, Dated, Id, Localised, LocalisedWords, NumberPrefix, Words


class CallerKind(StrEnum):
    """What a caller is by what they say; the house knows how each of them speaks."""

    VIP = "vip"
    CANVASSER = "canvasser"
    SUPPLIER = "supplier"
    CANDIDATE = "candidate"
    PRESS = "press"
    POLICE = "police"
    BAILIFF = "bailiff"
    FAMILY = "family"


CANVASSING_PREFIXES = (
    "+33162", "+33163", "+33270", "+33271", "+33377", "+33378", "+33424", "+33425", "+33568", "+33569", "+33948", "+33949",
    "+3394751", "+3394752", "+3394753", "+3394754", "+3394755", "+3394756", "+3394757", "+3394758", "+3394759",
)  # fmt: skip
"""Prefixes that French canvassers must show (ARCEP numbering plan; 09475-09479 overseas). A hint, never proof."""


class Filter(Dated):
    """What happens with some callers. The first filter of the file that fits holds.

    who: a kind that the house recognises by what callers say (callers_say adds this client's own wordings).
    numbers, prefixes, names: this client's lists; a number that fits counts as recognised, a prefix of canvassers is a hint.
    outcome: refusal (answer, then goodbye), answer, message, transfer (to) or on_call. urgency of the message.
    """

    id: Id
    who: CallerKind | None = None
    numbers: tuple[E164, ...] = ()
    prefixes: tuple[NumberPrefix, ...] = ()
    names: tuple[Words, ...] = ()
    callers_say: LocalisedWords = Field(default_factory=dict)
    outcome: Outcome
    to: Id | None = None
    urgency: UrgencyLevel = UrgencyLevel.P3
    details: tuple[Id, ...] | None = None
    """Asked of these callers instead of the scenario's; None means the scenario's."""
    answer: Localised | None = None

    @model_validator(mode="after")
    def _fits_somebody(self) -> Self:
        if not (self.who or self.numbers or self.prefixes or self.names or self.callers_say):
            raise ValueError("this filter fits nobody; write who:, numbers:, prefixes:, names: or callers_say:")
        if self.outcome in (Outcome.REFUSAL, Outcome.ANSWER) and not self.answer:
            raise ValueError(f"outcome: {self.outcome} needs answer:, the sentence that is spoken")
        if self.outcome is Outcome.TRANSFER and not self.to:
            raise ValueError("outcome: transfer needs to:, the id of a person or team")
        return self
