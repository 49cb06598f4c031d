"""The client's scenarios and questions, recognised by the examples of what callers say, misheard words included."""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.understanding.normalise import Span, Token, Utterance, phrases, plain
from voicebot.understanding.phonetics import sound

SURE = 0.68
UNSURE = 0.52
MARGIN = 0.12
"""The best must lead the next by this much, else it is not sure."""

_SMALL = frozenset(
    ["je", "j", "tu", "il", "elle", "on", "nous", "vous", "ils", "elles", "me", "m", "te", "t", "se", "s", "le", "la", "les", "l", "un", "une", "des", "du", "de", "d", "au", "aux", "a", "en", "y", "et", "ou", "ce", "c", "ca", "cet", "cette", "ces", "mon", "ma", "mes", "ton", "ta", "votre", "vos", "notre", "nos", "son", "sa", "ses", "leur", "que", "qu", "qui", "quoi", "est", "es", "suis", "sont", "ai", "as", "avez", "ont", "etre", "avoir", "fait", "faire", "bonjour", "bonsoir", "allo", "merci", "voila", "alors", "donc", "oui", "s", "il", "plait", "svp", "pour", "par", "avec", "dans", "sur", "chez", "sans", "vous", "voudrais", "veux", "voulais", "souhaite", "souhaiterais", "aimerais", "peux", "pouvez", "pourriez", "puis", "est", "ce", "appelle", "appele", "telephone", "parce", "car", "si", "ne", "n", "mais", "tout", "tres", "bien", "juste", "aussi", "encore", "euh", "bon", "ok", "monsieur", "madame", "besoin", "chose", "concernant", "sujet", "propos", "cause", "depuis", "plus", "pas", "i", "you", "he", "she", "we", "they", "it", "my", "your", "his", "her", "our", "the", "an", "is", "am", "are", "was", "be", "do", "does", "did", "have", "has", "had", "would", "like", "want", "need", "can", "could", "please", "to", "for", "of", "on", "in", "at", "with", "from", "about", "hello", "hi", "yes", "this", "that", "there", "and", "or", "but", "so", "m", "s", "t", "re", "ve", "ll", "d", "just", "call", "calling"]
)
_LIGHT = frozenset(
    ["plus", "pas", "rien", "urgent", "urgence", "bien", "probleme", "souci", "question", "appel", "rappel", "not", "no", "problem", "question", "urgent"]
)
_REJECTED = phrases(
    r"(?:ce n'est pas|c'est pas|je n'appelle pas|j'appelle pas|il ne s'agit pas|je ne veux pas|je veux pas|je ne cherche pas|pas) (?:pour |d'|de |un |une |du |des |le |la |l'|mon |ma |vous )*(?:\w+ ?){1,3}?(?= mais|$| c est| je| plutot)",
    r"(?:it's not|it is not|i'm not calling|i don't want|this is not)(?: about| for| a| an| to| my)* (?:\w+ ?){1,3}?(?= but|$| it s| i)",
)
_ENDINGS = re.compile(
    r"(?:issements?|issons|issez|issent|ations?|itions?|ements?|ances?|eurs?|euses?|aient|erais?|erait|ions|antes?|ants?|ables?|ees|eront|era|ings?|ers|ons|ent|ait|ais|ees?|er|ez|es|ed|e|s|x)$"
)


@lru_cache(maxsize=8192)
def stem(word: str) -> str:
    """A word without its ending: « chaudières », « chaudière » → "chaudier"."""
    if len(word) <= 4:
        return word.rstrip("s") if len(word) > 3 else word
    bare = _ENDINGS.sub("", word)
    return bare if len(bare) >= 4 else word[:4]


@dataclass(frozen=True, slots=True)
class Match:
    """id of the scenario or question; sure: clearly ahead of all others; span: tokens that matched."""

    id: str
    score: float
    sure: bool
    span: Span


@dataclass(frozen=True, slots=True)
class _Example:
    id: str
    stems: frozenset[str]
    weight: float


def _content(words: list[str]) -> list[str]:
    kept = [stem(w) for w in words if w not in _SMALL and (len(w) > 1 or w.isdigit())]
    return kept or [stem(w) for w in words if len(w) > 2]


class Requests:
    """Examples of one client in one language, prepared once. Scores are the weight of an example's words that were said."""

    def __init__(self, examples: dict[str, tuple[str, ...]]) -> None:
        prepared = [(key, frozenset(_content(plain(text).split()))) for key, texts in examples.items() for text in texts]
        owners: dict[str, set[str]] = {}
        for key, stems in prepared:
            for s in stems:
                owners.setdefault(s, set()).add(key)
        self._weights = {s: self._rarity(s, len(who), max(len(examples), 1)) for s, who in owners.items()}
        self._examples = tuple(_Example(k, stems, sum(self._weights[s] for s in stems)) for k, stems in prepared if stems)
        self._stems = tuple(sorted(self._weights))
        self._by_sound = {sound(s): s for s in self._stems if len(sound(s)) >= 3}

    @staticmethod
    def _rarity(stemmed: str, owners: int, all_of_them: int) -> float:
        return (0.35 if stemmed in _LIGHT else 1.0) * (1.0 + math.log((1 + all_of_them) / owners))

    def best(self, utterance: Utterance) -> Match | None:
        """The scenario or question that the words show best, or None."""
        heard = self._heard(utterance)
        if not heard:
            return None
        scores: dict[str, float] = {}
        weight_heard = sum(self._weights.get(s, 0.6) for s in heard)
        for example in self._examples:
            common = example.stems & heard.keys()
            if not common:
                continue
            weight = sum(self._weights[s] for s in common)
            score = 0.8 * weight / example.weight + 0.2 * weight / max(weight_heard, weight)
            if len(common) == 1 and len(example.stems) > 1:
                score *= 0.85
            scores[example.id] = max(scores.get(example.id, 0.0), score)
        return self._chosen(scores, heard)

    def _chosen(self, scores: dict[str, float], heard: dict[str, int]) -> Match | None:
        ranked = Counter(scores).most_common(2)
        if not ranked or ranked[0][1] < UNSURE:
            return None
        key, score = ranked[0]
        ahead = score - (ranked[1][1] if len(ranked) > 1 else 0.0)
        if ahead < 0.02:
            return None
        mine = {s for e in self._examples if e.id == key for s in e.stems}
        places = [place for s, place in heard.items() if s in mine]
        return Match(key, score, score >= SURE and ahead >= MARGIN, (min(places), max(places) + 1))

    def _heard(self, utterance: Utterance) -> dict[str, int]:
        """Stems of the examples that were said, and where; what the caller says it is not is left out."""
        rejected = {i for span in utterance.find_all(_REJECTED) for i in range(*span)}
        heard: dict[str, int] = {}
        for i, token in enumerate(utterance.tokens):
            if i in rejected or not self._counts(token):
                continue
            heard.setdefault(self._nearest(stem(token.plain)), i)
        return heard

    @staticmethod
    def _counts(token: Token) -> bool:
        return token.plain not in _SMALL and token.plain.isalnum() and (len(token.plain) > 2 or token.plain.isdigit())

    def _nearest(self, said: str) -> str:
        if said in self._weights:
            return said
        alike = self._by_sound.get(sound(said)) if len(said) >= 4 else None
        if alike:
            return alike
        if len(said) >= 5 and self._stems:
            found = process.extractOne(said, self._stems, scorer=Levenshtein.distance, score_cutoff=1)
            if found and len(found[0]) >= 5:
                return found[0]
        return said


def scenarios_of(instructions: Instructions, language: Language) -> Requests:
    return Requests({s.id: s.callers_say.get(language, ()) for s in instructions.scenarios})


def questions_of(instructions: Instructions, language: Language) -> Requests:
    return Requests({f.id: f.callers_say.get(language, ()) for f in instructions.faq})
