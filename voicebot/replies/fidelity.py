"""Does another wording of an approved answer say the same? Only small words around what is said may differ."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from voicebot.domain.language import Language

_TOKEN = re.compile(r"[^\s@]+@[^\s@]*[^\s@.,;:!?]|https?://\S*[^\s.,;:!?]|\d+(?:[.,:/h]\d+)*|[^\W\d_]+|[^\s\w.,;:!?…'’-]")
_SENTENCE_END = re.compile(r"[.!?…]+(?=\s|$)")
_NEVER = re.compile(r"[?<>{}\[\]()\"«»“”*_#|\\`\n\r]")
"""Signs that an answer spoken aloud does not need, unless the approved one has them."""

MOST_SENTENCES = 2
_LONGER, _LONGER_LETTERS, _SHORTER = 1.5, 40, 0.6


@dataclass(frozen=True, slots=True)
class _Words:
    around: frozenset[str]
    figures: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Token:
    """text: in lower case. around: it may be added, dropped or changed. figure: a number, day, hour or unit."""

    text: str
    around: bool
    figure: bool


def keeps_to(approved: str, rephrased: str, language: Language) -> bool:
    """May `rephrased` be said in the place of `approved`?

    What carries meaning must be the same, in the same order: every figure, number word, day, hour, price, unit, name, place,
    e-mail, negation, limit and every other word that is not in words_around.yaml. Between two figures not even small words
    may differ: « du lundi au vendredi » is not « le lundi et le vendredi ».
    """
    return departure(approved, rephrased, language) == ""


def departure(approved: str, rephrased: str, language: Language) -> str:
    """Why the wording may not be said, a stable code: "empty", "length", "sentences", "signs" or "words"; "" when it may."""
    if not rephrased.strip():
        return "empty"
    longest = _LONGER * len(approved) + _LONGER_LETTERS
    if not _SHORTER * len(approved) <= len(rephrased) <= longest:
        return "length"
    most = max(MOST_SENTENCES, len(_SENTENCE_END.findall(approved)))
    if len(_SENTENCE_END.findall(rephrased)) > most:
        return "sentences"
    if set(_NEVER.findall(rephrased)) - set(_NEVER.findall(approved)):
        return "signs"
    return "" if _said(approved, language) == _said(rephrased, language) else "words"


def _said(text: str, language: Language) -> list[str]:
    """What is said, without the small words around it."""
    tokens = _tokens(text, _words(language))
    return [t.text for i, t in enumerate(tokens) if not t.around or _between_figures(tokens, i)]


def _between_figures(tokens: list[_Token], i: int) -> bool:
    before = next((t for t in reversed(tokens[:i]) if not t.around), None)
    after = next((t for t in tokens[i + 1 :] if not t.around), None)
    return bool(before and after and before.figure and after.figure)


def _tokens(text: str, words: _Words) -> list[_Token]:
    found: list[_Token] = []
    starts = True
    for match in _TOKEN.finditer(text):
        written = match.group()
        said = written.casefold()
        # A capital within a sentence makes a name of any word.
        name = written[:1].isupper() and not starts
        found.append(_Token(said, said in words.around and not name, said in words.figures or said[0].isdigit()))
        starts = bool(_SENTENCE_END.match(text, match.end()))
    return found


@lru_cache(maxsize=len(Language))
def _words(language: Language) -> _Words:
    text = files("voicebot.replies").joinpath("words_around.yaml").read_text(encoding="utf-8")
    lists: dict[str, Any] = YAML(typ="safe", pure=True).load(text)[language.value]
    return _Words(frozenset(lists["around"].split()), frozenset(lists["figures"].split()))
