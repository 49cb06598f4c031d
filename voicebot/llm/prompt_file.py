"""Prompts are files that people review: each begins with its version, and what was sent is known by a hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined, Template, TemplateError

from voicebot.errors import SettingsError

_VERSION = re.compile(r"version: (\d+)\n")
HASH_LETTERS = 12


@dataclass(frozen=True, slots=True)
class PromptFile:
    """name: of the file. version: of its first line, "version: 3". text: the rest, a jinja2 template."""

    name: str
    version: int
    text: str

    def render(self, **values: Any) -> str:
        """Raises: SettingsError when the template names a value that does not exist."""
        try:
            return _template(self.text).render(**values).strip()
        except TemplateError as broken:
            raise _unusable(self.name, broken) from broken


@lru_cache(maxsize=16)
def _template(text: str) -> Template:
    # Values are spoken words for a model, not HTML for a browser.
    environment = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True, lstrip_blocks=True)
    return environment.from_string(text)


def _unusable(name: str, broken: TemplateError) -> SettingsError:
    return SettingsError(f"The prompt {name} cannot be used: {broken}.", "Correct the file.")


def read_prompt(path: Path) -> PromptFile:
    """Raises: SettingsError naming the file that is missing, has no version or is no template."""
    try:
        written = path.read_text(encoding="utf-8")
    except OSError as missing:
        raise SettingsError(
            f"The prompt {path} cannot be read.", "Set VOICEBOT_PROMPTS_DIR to the folder that has it."
        ) from missing
    first = _VERSION.match(written)
    if first is None:
        raise SettingsError(f"The prompt {path} does not tell its version.", 'Begin it with a line "version: 1".')
    text = written[first.end() :]
    try:
        _template(text)
    except TemplateError as broken:
        raise _unusable(path.name, broken) from broken
    return PromptFile(path.name, int(first.group(1)), text)


def hash_of(*prompts: PromptFile) -> str:
    """First hex digits of the SHA-256 of these files, versions included: what an event remembers of a prompt."""
    whole = "\0".join(f"{p.name}\0{p.version}\0{p.text}" for p in prompts)
    return hashlib.sha256(whole.encode()).hexdigest()[:HASH_LETTERS]
