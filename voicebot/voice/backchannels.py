"""What sort of words these are: « hmm », « oui », « d'accord » keep the line warm and ask for no answer."""

from __future__ import annotations

import re
from functools import lru_cache

from voicebot.voice.turn_signals import Sense

_WORD = re.compile(r"[\w']+")
_BACKCHANNELS = """
    oui ouais ouaip m mm hm hum hun mhm hein han ah à ha oh euh heu ok okay d'accord dac bien bon très voilà entendu
    parfait exact allô allo bonjour bonsoir
    yes yeah yep yup uh huh um right sure alright hello hi
"""
_CLOSING = """
    merci beaucoup au revoir bonne bon journée soirée nuit à bientôt tchao salut également vous aussi de même
    thank thanks you bye goodbye very much have a good nice day evening too
"""
_LONGEST = 4
_TELLING = 3
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(maxsize=2)
def _known(closing: bool) -> frozenset[str]:
    return frozenset((_BACKCHANNELS + _CLOSING if closing else _BACKCHANNELS).split())


def first_sense_of(text: str, *, closing: bool = False) -> Sense:
    """Sort of words in the first moments of speech: « a », « o » alone may become any word and tell nothing."""
    sense = sense_of(text, closing=closing)
    weak = sense is Sense.BACKCHANNEL and max(map(len, _words_of(text))) < _TELLING
    return Sense.NOTHING if weak else sense


def _words_of(text: str) -> list[str]:
    return _WORD.findall(text.lower().replace("’", "'"))


def sense_of(text: str, *, closing: bool = False) -> Sense:
    """Sort of words in text.

    Args:
        closing: the receptionist is saying goodbye: « merci, au revoir » asks for no answer either.
    """
    # « hmmm », « mmm », « euuuh » are written as long as they were.
    words = [word if word in _known(True) else _REPEATED.sub(r"\1", word) for word in _words_of(text)]
    if not words:
        return Sense.NOTHING
    known = _known(closing)
    if len(words) > (2 * _LONGEST if closing else _LONGEST):
        return Sense.WORDS
    return Sense.BACKCHANNEL if all(word in known for word in words) else Sense.WORDS
