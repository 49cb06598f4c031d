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
from voicebot.understanding.normalise import Span, Token, Utterance, plain
from voicebot.understanding.phonetics import sound
from voicebot.understanding.vocabulary import word_list, wordings

SURE = 0.68
SETTLED = 0.58
UNSURE = 0.54
_UNKNOWN = 2.0
"""Weight of a word that no example has: too many of them, and the words are about something else."""

MARGIN = 0.12
"""The best must lead the next by this much, else it is not sure."""

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
    kept = [stem(w) for w in words if w not in word_list("requests.small") and (len(w) > 1 or w.isdigit())]
    return kept or [stem(w) for w in words if len(w) > 2]


class Requests:
    """Examples of one client in one language, prepared once. Scores are the weight of an example's words that were said."""

    def __init__(self, examples: dict[str, tuple[str, ...]]) -> None:
        said = [(key, plain(text).split()) for key, texts in examples.items() for text in texts]
        prepared = [(key, frozenset(_content(words))) for key, words in said]
        owners: dict[str, set[str]] = {}
        for key, stems in prepared:
            for s in stems:
                owners.setdefault(s, set()).add(key)
        self._light = frozenset(map(stem, word_list("requests.light")))
        self._weights = {s: self._rarity(s, len(who), max(len(examples), 1)) for s, who in owners.items()}
        self._examples = tuple(_Example(k, stems, sum(self._weights[s] for s in stems)) for k, stems in prepared if stems)
        self._stems = tuple(sorted(self._weights))
        self._by_sound = {sound(w): stem(w) for _, words in said for w in words if len(sound(w)) >= 3 and stem(w) in owners}
        self._own = {
            s: next(iter(who)) for s, who in owners.items() if len(who) == 1 and s not in word_list("requests.light")
        }

    def _rarity(self, stemmed: str, owners: int, all_of_them: int) -> float:
        return (0.35 if stemmed in self._light else 1.0) * (1.0 + math.log((1 + all_of_them) / owners))

    def best(self, utterance: Utterance) -> Match | None:
        """The scenario or question that the words show best, or None."""
        heard = self._heard(utterance)
        if not heard:
            return None
        scores: dict[str, float] = {}
        weight_heard = sum(self._weights.get(s, _UNKNOWN) for s in heard)
        for example in self._examples:
            common = example.stems & heard.keys()
            if not common or common <= self._light:
                continue
            weight = sum(self._weights[s] for s in common)
            of_example, of_heard = weight / example.weight, weight / max(weight_heard, weight)
            score = max(0.8 * of_example + 0.2 * of_heard, 0.45 * of_example + 0.55 * of_heard)
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
        # A word that only one scenario has settles it: « annuler » beside « rendez-vous ».
        settled = score >= SETTLED and {self._own[s] for s in heard if s in self._own} == {key}
        sure = settled or (score >= SURE and ahead >= MARGIN)
        return Match(key, score, sure, (min(places), max(places) + 1))

    def _heard(self, utterance: Utterance) -> dict[str, int]:
        """Stems of the examples that were said, and where; what the caller says it is not is left out."""
        rejected = {i for span in utterance.find_all(wordings("requests.rejected")) for i in range(*span)}
        heard: dict[str, int] = {}
        for i, token in enumerate(utterance.tokens):
            if i in rejected or not self._counts(token):
                continue
            heard.setdefault(self._nearest(token.plain), i)
        return heard

    @staticmethod
    def _counts(token: Token) -> bool:
        return token.plain not in word_list("requests.small") and token.plain.isalnum() and len(token.plain) > 1

    def _nearest(self, word: str) -> str:
        said = stem(word)
        if said in self._weights:
            return said
        alike = self._by_sound.get(sound(word)) if len(word) >= 4 else None
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
