"""The language of an utterance by its small words; one word such as « ok » or « parking » never decides."""

from __future__ import annotations

from voicebot.domain.language import Language
from voicebot.understanding.normalise import Utterance
from voicebot.understanding.vocabulary import word_list

_FEWEST = 2
FEWEST_TO_SWITCH = 3
"""Different small words of a language that must be heard before the call goes on in it."""


def language_of(utterance: Utterance, fewest: int = _FEWEST) -> Language | None:
    """The language that the words are plainly in, or None. fewest: different small words of it that must be heard."""
    words = {t.plain for t in utterance.tokens}
    french, english = len(words & word_list("languages.french")), len(words & word_list("languages.english"))
    if english >= fewest and english > 2 * french:
        return Language.ENGLISH
    if french >= fewest and french > 2 * english:
        return Language.FRENCH
    return None
