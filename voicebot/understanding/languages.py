"""The language of an utterance by its small words; one word such as « ok » or « parking » never decides."""

from __future__ import annotations

from voicebot.domain.language import Language
from voicebot.understanding.normalise import Utterance

_FRENCH = frozenset(
    ["je", "tu", "il", "elle", "nous", "vous", "ils", "le", "la", "les", "un", "une", "des", "du", "de", "et", "est", "c", "j", "l", "d", "s", "qu", "que", "qui", "pas", "ne", "mon", "ma", "mes", "votre", "vos", "au", "aux", "dans", "pour", "avec", "sur", "chez", "oui", "non", "bonjour", "bonsoir", "merci", "s'il", "plait", "suis", "ai", "avez", "voudrais", "peux", "pouvez", "cest", "ca", "cette", "ce", "plus", "depuis", "mais", "ou", "quand", "comment", "parce", "monsieur", "madame", "appelle", "rappeler", "numero", "zero", "deux", "trois", "quatre", "cinq", "sept", "huit", "neuf", "dix", "onze", "douze", "treize", "quatorze", "quinze", "seize", "vingt", "trente", "quarante", "cinquante", "soixante", "allo", "voila", "alors", "rendez", "ete", "fait", "faire", "suite", "y", "en", "a"]
)
_ENGLISH = frozenset(
    ["i", "you", "he", "she", "we", "they", "the", "an", "is", "am", "are", "was", "were", "my", "your", "his", "her", "our", "this", "that", "these", "it", "to", "for", "with", "from", "of", "and", "not", "do", "does", "did", "don", "have", "has", "had", "would", "like", "can", "could", "will", "please", "thank", "thanks", "hello", "hi", "yes", "no", "what", "when", "where", "how", "who", "there", "here", "in", "at", "on", "ve", "ll", "re", "name", "number", "want", "need", "speak", "talk", "call", "calling", "called", "back", "one", "two", "three", "four", "five", "seven", "eight", "nine", "oh", "been", "since", "but", "because", "hot", "water", "broken", "help", "smell", "leak", "leaking", "stuck", "appointment", "good", "morning", "evening", "afternoon", "very", "some", "any", "about", "which", "right", "wrong", "know", "could", "should", "street", "road"]
)
_FEWEST = 2
FEWEST_TO_SWITCH = 3
"""Different small words of a language that must be heard before the call goes on in it."""


def language_of(utterance: Utterance, fewest: int = _FEWEST) -> Language | None:
    """The language that the words are plainly in, or None. fewest: different small words of it that must be heard."""
    words = {t.plain for t in utterance.tokens}
    french, english = len(words & _FRENCH), len(words & _ENGLISH)
    if english >= fewest and english > 2 * french:
        return Language.ENGLISH
    if french >= fewest and french > 2 * english:
        return Language.FRENCH
    return None
