"""What sort of words these are: « hmm », « oui », « d'accord » keep the line warm and ask for no answer."""

from __future__ import annotations

import re
from functools import lru_cache

from voicebot.voice.turn_signals import Sense

_WORD = re.compile(r"[\w']+")
_BACKCHANNELS = """
    oui ouais ouaip mm mmm hm hmm hum hun mhm hein han ah ha oh euh heu ok okay d'accord dac bien bon très voilà entendu
    parfait exact allô allo bonjour bonsoir
    yes yeah yep yup uh huh um right sure alright hello hi
"""
_CLOSING = """
    merci beaucoup au revoir bonne bon journée soirée nuit à bientôt tchao salut également vous aussi de même
    thank thanks you bye goodbye very much have a good nice day evening too
"""
_LONGEST = 4


@lru_cache(maxsize=2)
def _known(closing: bool) -> frozenset[str]:
    return frozenset((_BACKCHANNELS + _CLOSING if closing else _BACKCHANNELS).split())


def sense_of(text: str, *, closing: bool = False, unfinished: bool = False) -> Sense:
    """Sort of words in text.

    Args:
        closing: the receptionist is saying goodbye: « merci, au revoir » asks for no answer either.
        unfinished: the audio stopped inside a word: a piece of a backchannel counts as one.
    """
    words = _WORD.findall(text.lower().replace("’", "'"))
    if not words:
        return Sense.NOTHING
    known = _known(closing)
    if len(words) > (2 * _LONGEST if closing else _LONGEST):
        return Sense.WORDS
    unknown = [word for word in words if word not in known]
    if not unknown:
        return Sense.BACKCHANNEL
    begun = unfinished and unknown == words[-1:] and any(word.startswith(words[-1]) for word in known)
    return Sense.BACKCHANNEL if begun else Sense.WORDS
