"""A small French phonetic key: words that sound alike get one key, as « Renault » and « Renaud »."""

from __future__ import annotations

import re
from functools import lru_cache

from voicebot.understanding.normalise import plain_word

_RULES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        (r"[^a-z]", ""),
        (r"ph", "f"),
        (r"sch|sh|ch", "C"),
        (r"gn", "N"),
        (r"h", ""),
        (r"sc(?=[eiy])", "s"),
        (r"cc(?=[eiy])", "ks"),
        (r"c(?=[eiy])", "s"),
        (r"qu|q|ck|c", "k"),
        (r"ge(?=[aou])", "j"),
        (r"g(?=[eiy])", "j"),
        (r"gu(?=[eiy])", "g"),
        (r"aults?$|auts?$|auds?$|eaux?|aux?|ots?$|od$|oh$", "o"),
        (r"oeu|eu", "E"),
        (r"oin", "wI"),
        (r"oi|oy", "wa"),
        (r"ou|oo", "U"),
        (r"(.)\1+", r"\1"),
        (r"(?<=[aeiouyE])s(?=[aeiouyE])", "z"),
        (r"(?:ain|ein|aim|yn|ym|in|im|un|um)(?![aeiouyn])", "I"),
        (r"(?:an|am|en|em)(?![aeiouynm])", "A"),
        (r"(?:on|om)(?![aeiouynm])", "O"),
        (r"ill(?=[aeiouy]|$)|il$", "y"),
        (r"(?:er|ez|et|ai[ts]?|ei|ees?|es)$", "e"),
        (r"ai|ei|ay|ey", "e"),
        (r"x$|z$", ""),
        (r"[tdspx]+$", ""),
        (r"e$", ""),
        (r"y", "i"),
        (r"w", "v"),
        (r"(.)\1+", r"\1"),
    )
)


@lru_cache(maxsize=8192)
def sound(word: str) -> str:
    """The phonetic key of one word: "" only for a word without letters."""
    key = plain_word(word)
    for pattern, replacement in _RULES:
        key = pattern.sub(replacement, key)
    return key or plain_word(word)[:1]
