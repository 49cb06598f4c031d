"""The reason of a call in the caller's own words, without greetings and without what other details already took."""

from __future__ import annotations

from voicebot.understanding.normalise import TAKEN, Utterance
from voicebot.understanding.vocabulary import wordings

_FEWEST_LETTERS = 4


def reason(utterance: Utterance) -> str:
    """The longest stretch of words that carries the matter, as said; "" when nothing is left."""
    rest = utterance.take(
        [*utterance.find_all(wordings("courtesies.thanks")), *utterance.find_all(wordings("courtesies.goodbye"))]
    )
    best = ""
    first = 0
    for i in range(len(rest.tokens) + 1):
        if i < len(rest.tokens) and rest.tokens[i].plain != TAKEN:
            continue
        stretch = _trimmed(rest, first, i)
        if len(stretch) > len(best):
            best = stretch
        first = i + 1
    letters = sum(c.isalpha() for c in best)
    return best if letters >= _FEWEST_LETTERS else ""


def _trimmed(utterance: Utterance, first: int, last: int) -> str:
    """Takes greetings and « j'appelle parce que » from both ends."""
    around = [span for span in utterance.find_all(wordings("free_text.around")) if first <= span[0] and span[1] <= last]
    moved = True
    while moved:
        moved = False
        for span in around:
            if span[0] == first and span[1] > first:
                first, moved = span[1], True
            elif span[1] == last and span[0] >= first and span[0] < last:
                last, moved = span[0], True
    return utterance.quote((first, last)).strip(" ,.;:-–") if first < last else ""
