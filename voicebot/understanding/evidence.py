"""Proof that what a language model claims was said: its quotes are found again in the caller's own words, or they count for nothing."""

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
    first = max(i for i, start in enumerate(utterance.starts) if start <= alignment.dest_start)
    last = first
    while last < len(utterance.starts) and utterance.starts[last] < alignment.dest_end:
        last += 1
    return (first, last) if last > first else None
