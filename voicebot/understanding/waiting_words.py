"""What a caller who waits for a human wants instead: their words, read by patterns, in either language."""

from __future__ import annotations

import re
from dataclasses import replace

from voicebot.domain.acts import (
    AskForLanguage,
    GiveDetail,
    RaiseRedFlag,
    RefuseRecording,
    SayGoodbye,
    WaitingWish,
    WishWhileWaiting,
)
from voicebot.domain.details import REASON
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.ports import Reading

MOST_WORDS = 16
"""A longer turn tells something else besides, and is read as any turn is."""

_PATTERNS: dict[WaitingWish, tuple[str, ...]] = {
    WaitingWish.HOW_LONG: (
        r"(encore|toujours) long", r"combien de (temps|minutes|personnes)", r"longtemps", r"quelle (position|place)",
        r"quel(le)? rang", r"temps d attente", r"c est long", r"ou j en suis", r"ou en (est|suis)",
        r"how (much )?long", r"how many people", r"what (position|place|number)", r"waiting time", r"where am i in",
    ),
    WaitingWish.MESSAGE: (
        r"(laisser?|laisserai|prenez|prendre|note[rz]) (plutot |juste |simplement )?(vous )?(un|le|mon) message",
        r"(leave|take) (you )?(a|my) message",
    ),
    WaitingWish.CALLBACK: (
        r"rappele[rz]?", r"rappelle(z|nt|ra|rez)?", r"recontacte[rz]?", r"(call|ring|phone)(ed)? (me )?back",
        r"give me a (call|ring)",
    ),
    WaitingWish.WAIT: (
        r"(j |je |vais |prefere |veux |peux )(attend\w*|patiente\w*|rester?)", r"je reste",
        r"(i will|i ll|rather|prefer to|happy to|can) (wait|hold|stay)", r"i m (waiting|holding)",
    ),
    WaitingWish.LEAVE: (
        r"laisse[rz]? tomber", r"tant pis", r"(^|non |bon |ben )laisse[rz]?( ca)?$", r"c est pas grave", r"ne cherchez plus",
        r"arretez de chercher", r"never mind", r"forget (it|about it)", r"don t bother", r"stop looking",
    ),
}  # fmt: skip
"""By how people say each, words without accents; the first that is found holds."""
_NOT_CALLED_BACK = re.compile(r"\bne? (me )?rappele[rz] pas|pas (etre |qu on me )?rappele")
_CALLS_AGAIN = re.compile(
    r"\bje (vous )?(rappelle|rappellerai|vais (vous )?rappeler)\b|\bi (will|ll) call (you )?(back|again)\b"
)
_BESIDES = RaiseRedFlag | SayGoodbye | AskForLanguage | RefuseRecording
_READ = tuple((wish, re.compile(rf"\b(?:{'|'.join(said)})")) for wish, said in _PATTERNS.items())


def waiting_wish(words: str) -> WaitingWish | None:
    """What the caller wishes, or None where the words tell nothing of waiting.

    Only for a caller for whom a human is looked for: elsewhere the same words mean something else.
    """
    utterance = Utterance.of(words)
    plain = " ".join(token.plain for token in utterance.tokens)
    if not plain or len(utterance.tokens) > MOST_WORDS:
        return None
    if _CALLS_AGAIN.search(plain):
        return WaitingWish.LEAVE
    if _NOT_CALLED_BACK.search(plain):
        return WaitingWish.WAIT
    return next((wish for wish, pattern in _READ if pattern.search(plain)), None)


def only_waiting(words: str, reading: Reading) -> Reading:
    """The reading of a waiting caller's turn: a wish about the waiting is that, and no request that sounds alike."""
    wish = waiting_wish(words)
    if wish is None:
        return reading
    besides = (a for a in reading.acts if isinstance(a, _BESIDES) or (isinstance(a, GiveDetail) and a.detail != REASON))
    return replace(reading, acts=(*besides, WishWhileWaiting(wish, words.strip())))
