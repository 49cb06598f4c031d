"""E-mail addresses and references said so that they can be checked by ear."""

from __future__ import annotations

import re

from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_digits

_SIGNS = {
    Language.FRENCH: {"@": "arobase", ".": "point", "-": "tiret", "_": "tiret bas", "+": "plus", "'": "apostrophe"},
    Language.ENGLISH: {"@": "at", ".": "dot", "-": "dash", "_": "underscore", "+": "plus", "'": "apostrophe"},
}
_PIECE = re.compile(r"[a-zàâäçéèêëîïôöùûüÿœ]+|\d+|[^\w\s]|_", re.IGNORECASE)
_KNOWN_DOMAINS = frozenset(
    ("gmail", "hotmail", "outlook", "yahoo", "orange", "wanadoo", "free", "sfr", "laposte", "icloud", "live", "bbox")
)
"""Said as words even when the address is spelled out: everybody knows how they are written."""


def spoken_email(address: str, language: Language, *, letter_by_letter: bool = False) -> str:
    """An address as people say it: "jean point martin arobase free point fr".

    Args:
        letter_by_letter: the part that is not a well-known domain is spelled, "J, E, A, N, point, …".
    """
    local, at, domain = address.partition("@")
    said = _spelled(local, language) if letter_by_letter else _in_words(local, language)
    if not at:
        return said
    known = domain.split(".")[0].casefold() in _KNOWN_DOMAINS
    where = _in_words(domain, language) if known or not letter_by_letter else _spelled(domain, language)
    return f"{said} {_SIGNS[language]['@']} {where}"


def spoken_reference(reference: str, language: Language) -> str:
    """A reference in groups: letters one by one, digits in pairs: "A, B, douze, trente-quatre"."""
    return ", ".join(_groups(reference, language))


def _in_words(part: str, language: Language) -> str:
    said = (_sign_or_digits(piece, language) or piece for piece in _PIECE.findall(part))
    return " ".join(said)


def _spelled(part: str, language: Language) -> str:
    return ", ".join(_groups(part, language))


def _groups(text: str, language: Language) -> list[str]:
    said: list[str] = []
    for piece in _PIECE.findall(text):
        sign = _sign_or_digits(piece, language)
        said += [sign] if sign else list(piece.upper())
    return said


def _sign_or_digits(piece: str, language: Language) -> str:
    return spoken_digits(piece, language) if piece.isdigit() else _SIGNS[language].get(piece, "")
