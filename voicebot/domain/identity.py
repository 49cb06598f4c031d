"""Who the client is and how the receptionist presents it: names, lines, voices, greeting, tone."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import Field, field_validator

from voicebot.domain.hours import Slot
from voicebot.domain.language import Language
from voicebot.domain.written import E164, Localised, LocalisedWords, Part, Sentence


class Sector(StrEnum):
    """Trade of the client: chooses the red flags that are listened for besides the general ones."""

    GENERAL = "general"
    MEDICAL = "medical"
    LEGAL = "legal"
    PROPERTY = "property"
    LIFT = "lift"
    HEATING = "heating"
    FUNERAL = "funeral"
    E_COMMERCE = "e_commerce"
    VETERINARY = "veterinary"
    ROADSIDE = "roadside"
    TOWN_HALL = "town_hall"


class Site(Part):
    """One address of the client. access: how to get in, for staff; callers hear addresses only through the FAQ."""

    name: Sentence
    address: Sentence
    access: str = ""


class Identity(Part):
    """name: as written. spoken_name: as said after « bonjour ». dialled_numbers: lines that reach this client."""

    name: Sentence
    spoken_name: Localised
    sector: Sector
    activity: str = ""
    """What the client does, in a few words, for agents and for the signed page."""
    sites: tuple[Site, ...] = ()
    website: str = ""
    languages: tuple[Language, ...] = (Language.FRENCH,)
    time_zone: str = "Europe/Paris"
    dialled_numbers: tuple[E164, ...]
    fallback_number: E164 | None = None
    """Humans that the carrier rings when the receptionist itself cannot answer."""

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError, OSError) as unknown:
            raise ValueError(f'"{name}" is not a time zone; write it as "Europe/Paris"') from unknown
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class VoiceChoice(Part):
    """piper: name of a Piper voice, as "fr_FR-siwis-medium". practice: name of an espeak-ng voice, as "fr+f2"."""

    piper: str
    practice: str
    words_per_minute: Annotated[int, Field(ge=100, le=240)] = 160
    """Speed of the practice voice; a Piper voice keeps its own."""


class TimedGreeting(Part):
    """A greeting for some hours of the day, instead of greeting.open or .closed: « Bonsoir, … » from 18:00."""

    between: Slot
    say: Localised


class Greeting(Part):
    """What follows the legal notice, inside and outside opening hours: « Que puis-je faire pour vous ? »

    by_time: the first slot that holds the local time wins over open and closed.
    """

    open: Localised
    closed: Localised
    by_time: tuple[TimedGreeting, ...] = ()


class Tone(Part):
    """Words that this client's callers shall not hear from the receptionist, by language.

    `voicebot clients check` holds the client's own sentences, and the house's, to them.
    """

    avoid: LocalisedWords = Field(default_factory=dict)
