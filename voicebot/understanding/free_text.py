"""The reason of a call in the caller's own words, without greetings and without what other details already took."""

from __future__ import annotations

from voicebot.understanding import courtesies
from voicebot.understanding.normalise import TAKEN, Utterance, phrases

_AROUND = phrases(
    r"bonjour", r"bonsoir", r"allô+", r"monsieur", r"madame", r"oui", r"non", r"ok", r"d'accord", r"alors", r"voilà", r"bon", r"donc", r"écoutez", r"en fait", r"excusez moi", r"eh bien", r"et", r"mais", r"s'il vous plaît", r"c'est",
    r"(?:je vous appelle|j'appelle|je téléphone|je vous contacte|je vous téléphone)(?: (?:parce que|car|pour|au sujet de|à propos de|concernant|puisque|suite à))?", r"c'est (?:pour|parce que|au sujet de|à propos de|concernant|que)", r"parce que", r"il se trouve que",
    r"(?:et )?(?:vous pouvez|pouvez vous|vous pourriez|pourriez vous|on peut|merci de|il faudrait) (?:me |nous )?(?:rappeler|joindre|contacter)(?: (?:au|sur le|à ce|à ce numéro|au numéro|dès que possible|à|sur|là))*", r"rappelez moi(?: (?:au|sur le|à ce|à))*", r"(?:mon|le) (?:numéro|téléphone|portable)(?: (?:c'est|est|de téléphone))*(?: le)?", r"je suis joignable(?: (?:au|sur le|à))*", r"au",
    r"hello", r"hi", r"good (?:morning|afternoon|evening)", r"yes", r"so", r"well", r"i'm calling (?:because|about|for|to)", r"i am calling (?:because|about|for|to)", r"because", r"please", r"and", r"you can (?:call|reach) me(?: back)?(?: (?:on|at))?", r"(?:my|the) (?:phone )?number(?: is)?", r"call me back(?: (?:on|at))?", r"it's about",
)  # fmt: skip
_FEWEST_LETTERS = 4


def reason(utterance: Utterance) -> str:
    """The longest stretch of words that carries the matter, as said; "" when nothing is left."""
    rest = utterance.take([*utterance.find_all(courtesies.THANKS), *utterance.find_all(courtesies.GOODBYE)])
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
    around = [span for span in utterance.find_all(_AROUND) if first <= span[0] and span[1] <= last]
    moved = True
    while moved:
        moved = False
        for span in around:
            if span[0] == first and span[1] > first:
                first, moved = span[1], True
            elif span[1] == last and span[0] >= first and span[0] < last:
                last, moved = span[0], True
    return utterance.quote((first, last)).strip(" ,.;:-–") if first < last else ""
