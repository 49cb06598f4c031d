"""What is asked about a new client: enough for a first file that can be obeyed."""

from __future__ import annotations

import re
import unicodedata
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from voicebot.clients.new.week import week_of
from voicebot.domain.identity import Sector
from voicebot.domain.language import Language
from voicebot.domain.written import E164, EmailAddress, Id, Part, Sentence

_SPACES = re.compile(r"[ .\-()\u00a0\u202f]")


def e164(value: Any) -> Any:
    """French numbers as people write them, "06 39 98 00 01", become E.164; others stay as they are."""
    if not isinstance(value, str):
        return value
    bare = _SPACES.sub("", value.strip())
    if bare.startswith("00"):
        return "+" + bare[2:]
    return "+33" + bare[1:] if re.fullmatch(r"0[1-9][0-9]{8}", bare) else bare


def slug(name: str) -> str:
    """ "Cabinet des Érables" → "cabinet-des-erables"."""
    bare = "".join(c for c in unicodedata.normalize("NFD", name.lower()) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", bare).strip("-")[:48].strip("-")


WrittenNumber = Annotated[E164, BeforeValidator(e164)]
Week = Annotated[
    dict[str, tuple[str, ...]], BeforeValidator(lambda value: week_of(value) if isinstance(value, str) else value)
]


class NewPerson(Part):
    """Somebody whom callers ask for. on_call: is this person on the roster?"""

    name: Sentence
    role: str = ""
    phone: WrittenNumber | None = None
    email: EmailAddress | None = None
    takes_calls: bool = False
    on_call: bool = False

    @property
    def id(self) -> str:
        return slug(self.name)


class Answers(Part):
    """Answers of `voicebot clients new`, from the terminal or from a file.

    hours: slots by weekday, or as text, "mon-fri 09:00-12:00 14:00-18:00; sat 09:00-12:00".
    """

    id: Id
    name: Sentence
    spoken_name: Sentence | None = None
    sector: Sector = Sector.GENERAL
    activity: str = ""
    author: Sentence
    languages: Annotated[tuple[Language, ...], Field(min_length=1)] = (Language.FRENCH,)
    dialled_numbers: Annotated[tuple[WrittenNumber, ...], Field(min_length=1)]
    fallback_number: WrittenNumber | None = None
    time_zone: str = "Europe/Paris"
    hours: Week
    holidays_region: str = "FR"
    address: str = ""
    people: tuple[NewPerson, ...] = ()
