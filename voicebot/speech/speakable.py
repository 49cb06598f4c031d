"""Text of a sentence made safe for a synthesiser: only characters that can be said, never its control codes."""

from __future__ import annotations

import unicodedata

_SAID_AS = str.maketrans({"’": "'", "‘": "'", "ʼ": "'", "…": "...", "–": ", ", "—": ", ", "‑": "-", "‐": "-"})
_KEPT_SIGNS = frozenset(".,;:!?'-/%€$£&+@°()")


def speakable(text: str) -> str:
    """Letters, digits and spoken signs in one line. Brackets, quotes, markup, emoji and control characters go.

    Piper reads "[[…]]" as raw phonemes and espeak-ng can read markup, so neither may come from a caller's words.
    """
    composed = unicodedata.normalize("NFC", text).translate(_SAID_AS)
    kept = (c if c.isalnum() or c in _KEPT_SIGNS or unicodedata.category(c) == "Mn" else " " for c in composed)
    words = "".join(kept).split()
    line = ""
    for word in words:
        joined = not line or word[0] in ".,;:!?"
        line += word if joined else f" {word}"
    return line
