"""Proof that what a language model claims was said: its quotes are found in the caller's words, or count for nothing."""

from __future__ import annotations

from rapidfuzz import fuzz

from voicebot.understanding.normalise import Span, Utterance, plain

ALIKE = 82.0
"""Least likeness (0-100) of a quote with the caller's words; recognition and model may spell a word differently."""


def find_quote(quote: str, utterance: Utterance) -> Span | None:
    """Tokens of the caller that the quote comes from, or None when the caller never said it."""
    wanted = plain(quote)
    if not wanted or not utterance:
        return None
    exact = f" {utterance.plain} ".find(f" {wanted} ")
    if exact >= 0:
        first = utterance.starts.index(exact)
        return first, first + wanted.count(" ") + 1
    if len(wanted) < 4:
        return None
    alignment = fuzz.partial_ratio_alignment(wanted, utterance.plain, score_cutoff=ALIKE)
    # A long invented quote around few real words would align on those alone.
    if alignment is None or len(wanted) > 1.3 * len(utterance.plain) + 2:
        return None
    heard = [
        i
        for i, (start, token) in enumerate(zip(utterance.starts, utterance.tokens, strict=True))
        if 2 * _overlap(start, start + len(token.plain), alignment.dest_start, alignment.dest_end) >= len(token.plain)
    ]
    return (heard[0], heard[-1] + 1) if heard else None


def _overlap(a: int, b: int, c: int, d: int) -> int:
    return min(b, d) - max(a, c)
