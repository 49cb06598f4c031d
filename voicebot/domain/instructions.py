"""A client's instructions (fiche de consignes): what its YAML file in client_configs/ says, typed and checked."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, field_validator, model_validator

from voicebot.domain.details import HOUSE_DETAILS, DetailKind
from voicebot.domain.hours import Hours
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel

Id = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{1,47}$")]
E164 = Annotated[str, StringConstraints(pattern=r"^\+[1-9][0-9]{6,14}$")]
Sentence = Annotated[str, StringConstraints(min_length=2, max_length=400, strip_whitespace=True)]
Words = Annotated[str, StringConstraints(min_length=2, max_length=120, strip_whitespace=True)]
Localised = dict[Language, Sentence]
LocalisedWords = dict[Language, tuple[Words, ...]]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


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


class Confidentiality(StrEnum):
    """STANDARD, or HEALTH / LEGAL: no reason by SMS or e-mail, never confirm that someone is a patient or a client."""

    STANDARD = "standard"
    HEALTH = "health"
    LEGAL = "legal"


class Identity(_Part):
    """name: as written. spoken_name: as said after « bonjour ». dialled_numbers: lines that reach this client."""

    name: Sentence
    spoken_name: Localised
    sector: Sector
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
        except (ZoneInfoNotFoundError, ValueError) as unknown:
            raise ValueError(f'"{name}" is not a time zone; write it as "Europe/Paris"') from unknown
        return name

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class VoiceChoice(_Part):
    """piper: name of a Piper voice, as "fr_FR-siwis-medium". practice: name of an espeak-ng voice, as "fr+f2"."""

    piper: str
    practice: str
    words_per_minute: Annotated[int, Field(ge=100, le=240)] = 160
    """Speed of the practice voice; a Piper voice keeps its own."""


class Greeting(_Part):
    """What follows the legal notice, inside and outside opening hours: « Que puis-je faire pour vous ? »"""

    open: Localised
    closed: Localised


class Recording(_Part):
    """Off unless the client says why (CNIL). The notice is spoken in the greeting; « je refuse » stops and deletes it."""

    enabled: bool = False
    purpose: Localised = {}
    """As said after « Cet appel est enregistré »: « pour que votre message soit bien transmis »."""
    keep_days: Annotated[int, Field(ge=1, le=183)] = 30

    @model_validator(mode="after")
    def _purpose(self) -> Self:
        if self.enabled and not self.purpose:
            raise ValueError("recording needs a purpose; write one, or set enabled: false")
        return self


class Person(_Part):
    """Someone whom callers ask for. aliases: other ways to say the name, as « le docteur »."""

    id: Id
    name: Sentence
    role: str = ""
    aliases: tuple[Words, ...] = ()


class ClientDetail(_Part):
    """A detail that only this client asks for, or another way to ask for a house detail. ask: the question spoken."""

    id: Id
    kind: DetailKind
    ask: Localised


class Outcome(StrEnum):
    """What a scenario leads to: a message, only its approved answer, or a polite refusal (its answer) and no message."""

    MESSAGE = "message"
    ANSWER = "answer"
    REFUSAL = "refusal"


class Promise(_Part):
    """What is said once the message is recorded, inside and outside hours; "{reopening}" is said as day and hour.

    Only what the client commits itself to: « Un technicien vous rappellera {reopening}. »
    """

    open: Localised
    closed: Localised


class Scenario(_Part):
    """One motive of calls (motif).

    callers_say: words that show it, per language. details: asked in this order, only when
    missing. answer: approved sentence spoken when the scenario is recognised.
    """

    id: Id
    title: Localised
    callers_say: LocalisedWords
    details: tuple[Id, ...] = ("caller_name", "callback_number", "reason")
    outcome: Outcome = Outcome.MESSAGE
    urgency: UrgencyLevel = UrgencyLevel.P3
    answer: Localised | None = None
    promise: Promise | None = None


class RedFlagRule(_Part):
    """What this client adds to the fixed safety script of a red flag: its level for us, and a sentence after the script."""

    red_flag: Id
    level: UrgencyLevel = UrgencyLevel.P0
    details: tuple[Id, ...] = ("address", "callback_number", "caller_name")
    afterwards: Localised | None = None

    @field_validator("level")
    @classmethod
    def _urgent(cls, level: UrgencyLevel) -> UrgencyLevel:
        if level not in (UrgencyLevel.P0, UrgencyLevel.P1):
            raise ValueError("a red flag is p0 or p1; for less, write a scenario")
        return level


class Faq(_Part):
    """A question and its approved answer."""

    id: Id
    callers_say: LocalisedWords
    answer: Localised


class Limits(_Part):
    """Time limits of one call, in seconds."""

    call_s: Annotated[int, Field(ge=60, le=3600)] = 600
    silence_s: Annotated[float, Field(ge=3, le=30)] = 7.0
    """Silence after which the caller is gently asked whether they are still there."""
    hold_s: Annotated[float, Field(ge=10, le=180)] = 60.0
    """Patience after « ne quittez pas »."""


class Instructions(_Part):
    """Everything that voicebot obeys for one client. Source: client_configs/<id>.yaml."""

    format: Annotated[int, Field(ge=1, le=1)]
    id: Id
    version: Annotated[int, Field(ge=1)]
    author: str
    valid_from: date
    valid_to: date | None = None
    identity: Identity
    voices: dict[Language, VoiceChoice]
    greeting: Greeting
    hours: Hours
    recording: Recording = Recording()
    confidentiality: Confidentiality = Confidentiality.STANDARD
    people: tuple[Person, ...] = ()
    details: tuple[ClientDetail, ...] = ()
    scenarios: tuple[Scenario, ...]
    red_flags: tuple[RedFlagRule, ...] = ()
    faq: tuple[Faq, ...] = ()
    limits: Limits = Limits()

    @property
    def language(self) -> Language:
        """Language in which this client's calls begin."""
        return self.identity.languages[0]

    def scenario(self, scenario_id: str | None) -> Scenario | None:
        return next((s for s in self.scenarios if s.id == scenario_id), None)

    def question(self, faq_id: str) -> Faq | None:
        return next((f for f in self.faq if f.id == faq_id), None)

    def person(self, person_id: str | None) -> Person | None:
        return next((p for p in self.people if p.id == person_id), None)

    def red_flag_rule(self, red_flag: str) -> RedFlagRule | None:
        return next((r for r in self.red_flags if r.red_flag == red_flag), None)

    def detail_kind(self, detail_id: str) -> DetailKind:
        """Kind of a detail. Raises: KeyError for an id that neither the client nor the house knows."""
        own = next((d.kind for d in self.details if d.id == detail_id), None)
        return own or HOUSE_DETAILS[detail_id]

    @model_validator(mode="after")
    def _answer_to_give(self) -> Self:
        mute = [s.id for s in self.scenarios if s.outcome is not Outcome.MESSAGE and not s.answer]
        if mute:
            raise ValueError(f"scenarios[{mute[0]}] ends with an answer but has none; write answer:")
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = [*self._missing_languages(), *self._unknown_details(), *self._doubled_ids()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def _missing_languages(self) -> list[str]:
        texts: dict[str, Localised | LocalisedWords] = {
            "identity.spoken_name": self.identity.spoken_name,
            "greeting.open": self.greeting.open,
            "greeting.closed": self.greeting.closed,
        }
        if self.recording.enabled:
            texts["recording.purpose"] = self.recording.purpose
        for s in self.scenarios:
            texts[f"scenarios[{s.id}].title"] = s.title
            texts |= {f"scenarios[{s.id}].answer": s.answer} if s.answer else {}
            if s.promise:
                texts |= {f"scenarios[{s.id}].promise.open": s.promise.open}
                texts |= {f"scenarios[{s.id}].promise.closed": s.promise.closed}
        texts |= {f"faq[{f.id}].answer": f.answer for f in self.faq}
        texts |= {f"details[{d.id}].ask": d.ask for d in self.details}
        texts |= {f"red_flags[{r.red_flag}].afterwards": r.afterwards for r in self.red_flags if r.afterwards}
        spoken = self.identity.languages
        missing = [
            f'{place} has no "{lang}" sentence' for place, text in texts.items() for lang in spoken if lang not in text
        ]
        return missing + [f'voices has no "{lang}" voice' for lang in spoken if lang not in self.voices]

    def _unknown_details(self) -> list[str]:
        known = set(HOUSE_DETAILS) | {d.id for d in self.details}
        used = [(f"scenarios[{s.id}]", d) for s in self.scenarios for d in s.details]
        used += [(f"red_flags[{r.red_flag}]", d) for r in self.red_flags for d in r.details]
        return [
            f'{place}.details names "{d}", which no detail has; known: {", ".join(sorted(known))}'
            for place, d in used
            if d not in known
        ]

    def _doubled_ids(self) -> list[str]:
        groups = {"scenarios": self.scenarios, "people": self.people, "faq": self.faq, "details": self.details}
        problems: list[str] = []
        for name, group in groups.items():
            ids = [part.id for part in group]
            problems += [f'{name} has "{i}" twice' for i in sorted({i for i in ids if ids.count(i) > 1})]
        return problems
