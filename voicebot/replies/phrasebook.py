"""House phrases and safety scripts, read once from the files beside this one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML

from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """phrases: sentences by phrase id. patterns: read-back parts by id. safety: sentences by red flag."""

    language: Language
    phrases: dict[str, tuple[str, ...]]
    patterns: dict[str, str]
    safety: dict[str, tuple[str, ...]]

    def pattern(self, detail: str) -> str:
        return self.patterns.get(f"read_back_{detail}", self.patterns["read_back_other"])


@lru_cache(maxsize=len(Language))
def phrasebook(language: Language) -> Phrasebook:
    """The house's sentences in one language. Raises: ValueError when a red flag has no safety script."""
    house: dict[str, Any] = _read(f"phrases_{language}.yaml")
    safety = {flag: tuple(sentences) for flag, sentences in _read(f"safety_{language}.yaml").items()}
    if missing := sorted({flag.id for flag in RED_FLAGS.values() if flag.has_script} - set(safety)):
        raise ValueError(f"safety_{language}.yaml has no script for {', '.join(missing)}")
    return Phrasebook(
        language,
        {key: tuple(value) for key, value in house.items() if not isinstance(value, str)},
        {key: str(value) for key, value in house.items() if isinstance(value, str)},
        safety,
    )


def _read(name: str) -> dict[str, Any]:
    return YAML(typ="safe", pure=True).load(files("voicebot.replies").joinpath(name).read_text(encoding="utf-8"))
