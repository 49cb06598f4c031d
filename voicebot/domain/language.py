"""Languages that the receptionist speaks."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    FRENCH = "fr"
    ENGLISH = "en"
