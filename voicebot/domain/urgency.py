"""Urgency levels of the trade, P0 (life or danger) to P4 (unwanted)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from pydantic import Field, field_validator, model_validator

from voicebot.domain.written import Id, Localised, LocalisedWords, Part


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
    """A danger that is listened for in every turn.

    level: P0 has a fixed safety script that no client can change; P1 wakes whoever is on call.
    sectors: where it is listened for; empty means for every client.
    """

    id: str
    level: UrgencyLevel = UrgencyLevel.P0
    sectors: tuple[str, ...] = ()

    @property
    def has_script(self) -> bool:
        return self.level is UrgencyLevel.P0

    def concerns(self, sector: str) -> bool:
        return not self.sectors or sector in self.sectors


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
SEIZURE = "seizure"
ALLERGIC_REACTION = "allergic_reaction"
SERIOUS_INJURY = "serious_injury"
CHILDBIRTH = "childbirth"
CHILD_IN_DANGER = "child_in_danger"

_GENERAL = (
    GAS_SMELL, CARBON_MONOXIDE, FIRE, TRAPPED_IN_LIFT, ELECTRICITY_IN_WATER, CHEST_PAIN, BREATHING_TROUBLE, STROKE_SIGNS,
    HEAVY_BLEEDING, UNCONSCIOUS, POISONING, SUICIDAL_WORDS, VIOLENCE, SEIZURE, ALLERGIC_REACTION, SERIOUS_INJURY, CHILDBIRTH,
    CHILD_IN_DANGER,
)  # fmt: skip

_OF_SECTORS = (
    RedFlag("on_motorway", UrgencyLevel.P0, ("roadside",)),
    RedFlag("police_custody", UrgencyLevel.P1, ("legal",)),
    RedFlag("hearing_today", UrgencyLevel.P1, ("legal",)),
    RedFlag("deadline_expiring", UrgencyLevel.P1, ("legal",)),
    RedFlag("continuous_leak", UrgencyLevel.P1, ("property", "heating")),
    RedFlag("street_door_open", UrgencyLevel.P1, ("property",)),
    RedFlag("no_heating_in_frost", UrgencyLevel.P1, ("property", "heating")),
    RedFlag("death_now", UrgencyLevel.P1, ("funeral",)),
    RedFlag("payment_fraud", UrgencyLevel.P1, ("e_commerce",)),
    RedFlag("urgent_address_change", UrgencyLevel.P1, ("e_commerce",)),
    RedFlag("animal_torsion", UrgencyLevel.P1, ("veterinary",)),
    RedFlag("animal_convulsions", UrgencyLevel.P1, ("veterinary",)),
    RedFlag("animal_poisoning", UrgencyLevel.P1, ("veterinary",)),
    RedFlag("animal_cannot_urinate", UrgencyLevel.P1, ("veterinary",)),
    RedFlag("animal_accident", UrgencyLevel.P1, ("veterinary",)),
    RedFlag("burst_main", UrgencyLevel.P1, ("town_hall",)),
    RedFlag("rehousing", UrgencyLevel.P1, ("town_hall",)),
)

RED_FLAGS: dict[str, RedFlag] = {flag.id: flag for flag in (*(RedFlag(i) for i in _GENERAL), *_OF_SECTORS)}
"""Most dangerous first where several are heard is decided by policy; the order here is only for reading."""


class RedFlagRule(Part):
    """What this client adds to a red flag: its level for us, what is asked, a sentence after the fixed safety script.

    on_call: the person on call is woken. cost_notice: said before somebody is sent out. unless: the client's own words
    that show that it is not this urgency; ignored for the dangers that have a safety script.
    """

    red_flag: Id
    level: UrgencyLevel = UrgencyLevel.P0
    on_call: bool = True
    details: tuple[Id, ...] = ("address", "callback_number", "caller_name")
    afterwards: Localised | None = None
    cost_notice: Localised | None = None
    unless: LocalisedWords = Field(default_factory=dict)

    @field_validator("level")
    @classmethod
    def _urgent(cls, level: UrgencyLevel) -> UrgencyLevel:
        if level not in (UrgencyLevel.P0, UrgencyLevel.P1):
            raise ValueError("a red flag is p0 or p1; for less, write a scenario")
        return level

    @model_validator(mode="after")
    def _level_of_the_house(self) -> Self:
        flag = RED_FLAGS.get(self.red_flag)
        if flag is None:
            raise ValueError(f'"{self.red_flag}" is not a red flag; known: {", ".join(sorted(RED_FLAGS))}')
        if flag.has_script and self.level is not UrgencyLevel.P0 and not flag.sectors and flag.id not in _MAY_BE_P1:
            raise ValueError(f'"{self.red_flag}" endangers life: its level stays p0')
        return self


_MAY_BE_P1 = (TRAPPED_IN_LIFT,)
"""Dangers whose own trade is the one that comes: the lift company's person on call frees people."""
