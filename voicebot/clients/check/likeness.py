"""Checks for scenarios and questions whose words are so alike that a caller's request could not be told apart."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from rapidfuzz import fuzz

from voicebot.clients.check.finding import Check, Finding, warning
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language

ALIKE = 95
"""Likeness (0-100, words in any order) from which two wordings are one for a hearer."""


def plain(text: str) -> str:
    """Lower case without accents, punctuation or double blanks."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(re.findall(r"\w+", bare))


def _wordings(instructions: Instructions, language: Language) -> list[tuple[str, str, str]]:
    """(path of the owner, words as written, plain words)."""
    said = [(f"scenarios[{s.id}]", w) for s in instructions.scenarios for w in s.callers_say.get(language, ())]
    said += [(f"faq[{f.id}]", w) for f in instructions.faq for w in f.callers_say.get(language, ())]
    return [(owner, words, plain(words)) for owner, words in said]


def alike_wordings(instructions: Instructions) -> Iterator[Finding]:
    for language in instructions.identity.languages:
        seen: list[tuple[str, str, str]] = []
        for owner, words, bare in _wordings(instructions, language):
            twin = next((s for s in seen if s[0] != owner and fuzz.token_sort_ratio(bare, s[2]) >= ALIKE), None)
            if twin:
                yield warning(
                    "likeness.callers_say",
                    f"{owner}.callers_say",
                    f"« {words} » is like « {twin[1]} » of {twin[0]}",
                    "keep it where it belongs, or add the words that make the difference",
                )
            seen.append((owner, words, bare))


CHECKS: tuple[Check, ...] = (alike_wordings,)
