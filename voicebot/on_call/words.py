"""The approved sentences of the on-call duty, by language, read once from the files beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from voicebot.clients.page.french import RED_FLAGS as FRENCH_RED_FLAGS
from voicebot.domain.language import Language


@dataclass(frozen=True, slots=True)
class OnCallWords:
    """Sentences by name; {…} are still to be filled. urgency: by level. red_flags: by id. email, alarm_text: lines."""

    voice: dict[str, str]
    message: dict[str, str]
    urgency: dict[str, str]
    written: dict[str, str]
    answers: dict[str, str]
    alarm: dict[str, str]
    red_flags: dict[str, str]


@cache
def on_call_words(language: Language) -> OnCallWords:
    text = files("voicebot.on_call").joinpath(f"words_{language}.yaml").read_text(encoding="utf-8")
    read: dict[str, Any] = YAML(typ="safe", pure=True).load(text)
    # The French names of dangers are those of the client's signed page.
    groups = {"red_flags": FRENCH_RED_FLAGS, **read} if language is Language.FRENCH else read
    return OnCallWords(**{name: {key: _lines(words) for key, words in group.items()} for name, group in groups.items()})


def _lines(words: str | list[str]) -> str:
    return words if isinstance(words, str) else "\n".join(words)
