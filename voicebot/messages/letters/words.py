"""The words that stand beside values in letters, by language; the French names of dangers are those of the signed page."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from voicebot.clients.page import french
from voicebot.domain.language import Language


@cache
def words(language: Language) -> dict[str, dict[str, str]]:
    """Groups of words: levels, details, yes_no, notes, rows, actions, languages, callers, kinds, red_flags."""
    text = files("voicebot.messages.letters").joinpath(f"words_{language}.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    if language is Language.FRENCH:
        read["red_flags"] = french.RED_FLAGS
        read["kinds"] = {kind.value: name for kind, name in french.KINDS.items()}
    return read
