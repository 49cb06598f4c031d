"""Urgency levels of the trade, P0 (life or danger) to P4 (unwanted)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class UrgencyLevel(StrEnum):
    """P0 life or danger, P1 on-call now, P2 same day, P3 normal message, P4 unwanted."""

    P0 = "p0"
    P1 = "p1"
    P2 = "p2"
    P3 = "p3"
    P4 = "p4"


@dataclass(frozen=True, slots=True)
class Urgency:
    """level, the criterion that set it (a red flag's or a scenario's id) and the caller's words."""

    level: UrgencyLevel
    criterion: str
    words: str = ""


@dataclass(frozen=True, slots=True)
class RedFlag:
    """A danger that is listened for in every turn. sectors: where it is listened for; empty means for every client."""

    id: str
    sectors: tuple[str, ...] = ()


GAS_SMELL = "gas_smell"
CARBON_MONOXIDE = "carbon_monoxide"
FIRE = "fire"
TRAPPED_IN_LIFT = "trapped_in_lift"
ELECTRICITY_IN_WATER = "electricity_in_water"
CHEST_PAIN = "chest_pain"
BREATHING_TROUBLE = "breathing_trouble"
STROKE_SIGNS = "stroke_signs"
HEAVY_BLEEDING = "heavy_bleeding"
UNCONSCIOUS = "unconscious"
POISONING = "poisoning"
SUICIDAL_WORDS = "suicidal_words"
VIOLENCE = "violence"

RED_FLAGS: dict[str, RedFlag] = {
    flag: RedFlag(flag)
    for flag in (
        GAS_SMELL,
        CARBON_MONOXIDE,
        FIRE,
        TRAPPED_IN_LIFT,
        ELECTRICITY_IN_WATER,
        CHEST_PAIN,
        BREATHING_TROUBLE,
        STROKE_SIGNS,
        HEAVY_BLEEDING,
        UNCONSCIOUS,
        POISONING,
        SUICIDAL_WORDS,
        VIOLENCE,
    )
}
"""Most dangerous first where several are heard is decided by policy; the order here is only for reading."""
