"""Word lists and danger patterns as files that non-programmers can review."""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files

from voicebot.understanding.normalise import plain_word


@lru_cache(maxsize=16)
def word_list(name: str) -> frozenset[str]:
    """Plain words of vocabulary/<name>.txt; "#" begins a comment."""
    text = files(__name__).joinpath(f"{name}.txt").read_text(encoding="utf-8")
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(plain_word(w) for line in lines for w in line.split())
