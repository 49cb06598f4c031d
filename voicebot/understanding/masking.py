"""Card numbers and bank accounts that a caller dictates are masked before anything else reads the words."""

from __future__ import annotations

from voicebot.domain.language import Language
from voicebot.understanding.details.dictation import is_number
from voicebot.understanding.details.stretches import dictated
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import wordings

MASK = "[…]"
_LONG = 13
_SHORT = 3
_FEWEST_WORDS = 3
"""Number words without which no card number is dictated."""

_NEAR = 8
_ACCOUNT = frozenset(("fr", "de", "be", "ch", "lu", "it", "es", "gb"))


def mask_payment_numbers(words: str) -> str:
    """The words with card and account numbers replaced by MASK. Telephone numbers stay: they begin with 0 or +."""
    utterance = Utterance.of(words)
    languages = [n for n in Language if sum(is_number(t.plain, n) for t in utterance.tokens) >= _FEWEST_WORDS]
    if not languages and not any(len(t.plain) >= _LONG for t in utterance.tokens):
        return words
    spans: list[Span] = []
    cues = [span[1] for span in utterance.find_all(wordings("masking.cue"))]
    for language in languages or Language:
        for stretch in dictated(utterance, language):
            digits = stretch.shortest
            first, last = stretch.span
            cued = any(0 <= first - cue <= _NEAR for cue in cues)
            account = first > 0 and utterance.tokens[first - 1].plain in _ACCOUNT
            phone = digits.startswith("0") or stretch.international
            if (
                (cued and len(digits) >= _SHORT and not (phone and len(digits) <= 11))
                or (len(digits) >= _LONG and not phone)
                or (account and len(digits) >= _LONG)
            ):
                spans.append((first, last))
    return _masked(words, utterance, spans)


def _masked(words: str, utterance: Utterance, spans: list[Span]) -> str:
    kept = len(utterance.tokens)
    for first, last in sorted(set(spans), reverse=True):
        if last > kept:
            continue
        kept = first
        words = words[: utterance.tokens[first].start] + MASK + words[utterance.tokens[last - 1].end :]
    return words
