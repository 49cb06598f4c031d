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
_FIRST = frozenset(("oui", "ouais", "ok", "okay", "d'accord", "hm", "hum", "mhm", "yes", "yeah"))
"""Backchannels told from their first moments; others are beginnings of other words as well (« bon », « à », « exact »)."""
_REPEATED = re.compile(r"(.)\1+")


@lru_cache(maxsize=2)
def _known(closing: bool) -> frozenset[str]:
    return frozenset((_BACKCHANNELS + _CLOSING if closing else _BACKCHANNELS).split())


def first_sense_of(text: str) -> Sense:
    """Sort of words in the first moments of speech; NOTHING when they may become any word."""
    words = _words_of(text)
    if words and all(word in _FIRST for word in words):
        return Sense.BACKCHANNEL
    return Sense.NOTHING if sense_of(text) is not Sense.WORDS else Sense.WORDS


def _words_of(text: str) -> list[str]:
    # « hmmm », « mmm », « euuuh » are written as long as they were.
    found = _WORD.findall(text.lower().replace("’", "'"))
    return [word if word in _known(True) else _REPEATED.sub(r"\1", word) for word in found]


def sense_of(text: str, *, closing: bool = False) -> Sense:
    """Sort of words in text.

    Args:
        closing: the receptionist is saying goodbye: « merci, au revoir » asks for no answer either.
    """
    words = _words_of(text)
    if not words:
        return Sense.NOTHING
    known = _known(closing)
    if len(words) > (2 * _LONGEST if closing else _LONGEST):
        return Sense.WORDS
    return Sense.BACKCHANNEL if all(word in known for word in words) else Sense.WORDS
