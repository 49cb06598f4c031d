"""What may be known, kept and told: the profile of a trade under professional secrecy, recording, retention."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from voicebot.domain.written import Id, Localised, Part


class Profile(StrEnum):
    """STANDARD, or HEALTH / LEGAL: no reason by SMS or e-mail, never confirm that someone is a patient or a client."""

    STANDARD = "standard"
    HEALTH = "health"
    LEGAL = "legal"


class Confidentiality(Part):
    """profile: see Profile; the word alone may be written instead of this part.

    never_keep: details that are dropped even when a caller gives them. keep_days: messages and transcripts, then purged.
    attachments: may a recording or transcript leave the house with a message?
    """

    profile: Profile = Profile.STANDARD
    never_keep: tuple[Id, ...] = ()
    keep_days: Annotated[int, Field(ge=1, le=365)] = 183
    attachments: bool = False

    @model_validator(mode="before")
    @classmethod
    def _word_alone(cls, value: Any) -> Any:
        return {"profile": value} if isinstance(value, str) else value

    @property
    def secret(self) -> bool:
        """Is it secret who the client's patients or clients are, and why they call?"""
        return self.profile is not Profile.STANDARD


class Recording(Part):
    """Off unless the client says why (CNIL). The notice is spoken in the greeting; « je refuse » stops and deletes it."""

    enabled: bool = False
    purpose: Localised = Field(default_factory=dict)
    """As said after « Cet appel est enregistré »: « pour que votre message soit bien transmis »."""
    keep_days: Annotated[int, Field(ge=1, le=183)] = 30

    @model_validator(mode="after")
    def _purpose(self) -> Self:
        if self.enabled and not self.purpose:
            raise ValueError("recording needs a purpose; write one, or set enabled: false")
        return self
