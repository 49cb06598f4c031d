"""The language of an utterance by its small words and endings; one word such as « ok » or « parking » never decides."""

from __future__ import annotations

import re

from voicebot.domain.language import Language
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.vocabulary import word_list

_FEWEST = 2
FEWEST_TO_SWITCH = 3
"""Different small words of a language that must be heard before the call goes on in it."""

_LEAST_SHARE = 0.2
"""Share of the words that must speak for a language before the call goes on in it."""

_LEAD = 2.0
"""A language must have this many times the evidence of the other."""

_ENDING = 0.5
_SHORTEST_WITH_ENDING = 5
_ENDINGS = {
    Language.FRENCH: re.compile(r"(?:ez|ais|ait|aient|eux|euse|elle|ique|aux|ée|ées|té|eur|oir|ois)$"),
    Language.ENGLISH: re.compile(r"(?:ing|ght|ould|ness|ful|ly|ck|th|wn|ay|ey)$"),
}
"""Word endings of one language and hardly of the other, looked for on the words as heard; half as strong as a small word."""


def language_of(utterance: Utterance, fewest: int = _FEWEST) -> Language | None:
    """The language that the words are plainly in, or None. fewest: different small words of it that must be heard."""
    words = {t.plain for t in utterance.tokens}
    french, english = word_list("languages.french"), word_list("languages.english")
    small = {Language.FRENCH: len(words & (french - english)), Language.ENGLISH: len(words & (english - french))}
    evidence = {language: small[language] + _ENDING * _endings(utterance, language) for language in Language}
    for language, other in ((Language.ENGLISH, Language.FRENCH), (Language.FRENCH, Language.ENGLISH)):
        enough = small[language] >= fewest and evidence[language] > _LEAD * evidence[other]
        if enough and (fewest < FEWEST_TO_SWITCH or evidence[language] >= _LEAST_SHARE * len(words)):
            return language
    return None


def _endings(utterance: Utterance, language: Language) -> int:
    lists = word_list("languages.french") | word_list("languages.english")
    found = (t.text for t in utterance.tokens if len(t.text) >= _SHORTEST_WITH_ENDING and t.plain not in lists)
    return sum(_ENDINGS[language].search(word) is not None for word in found)
