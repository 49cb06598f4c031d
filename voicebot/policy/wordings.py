"""Words compared as people hear them: without accents, capitals and punctuation."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_NOT_LETTERS = re.compile(r"[^a-z0-9]+")


def plain(words: str) -> str:
    """Lower case, no accents, one blank between words: "L'été, déjà" → "l ete deja"."""
    bare = unicodedata.normalize("NFKD", words.replace("œ", "oe").replace("Œ", "OE"))
    letters = "".join(c for c in bare if not unicodedata.combining(c))
    return _NOT_LETTERS.sub(" ", letters.casefold()).strip()


def holds_one_of(words: str, wordings: Iterable[str]) -> bool:
    """Does one of the wordings stand in `words`, word for word?"""
    said = f" {plain(words)} "
    return any(f" {wording} " in said for wording in map(plain, wordings) if wording)


def holds_every_word(words: str, name: str) -> bool:
    """Is every word of `name` among `words`, in any order? « Jean Garnier » holds "Garnier" and "Garnier Jean"."""
    wanted = plain(name).split()
    return bool(wanted) and set(wanted) <= set(plain(words).split())
