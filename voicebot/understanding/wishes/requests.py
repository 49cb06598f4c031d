"""The client's scenarios and questions, recognised by the examples of what callers say: by meaning, rarity and coverage."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import Levenshtein

from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import wordings
from voicebot.understanding.wishes.meanings import BROADER, Unit, meanings_of

SURE = 0.62
UNSURE = 0.5
MARGIN = 0.09
"""The best must lead the next by this much, else it is not sure."""

_UNKNOWN = 1.0
"""Weight of a word that neither the client's examples nor the lists of meanings have."""
_ELSEWHERE = 1.5
"""Weight of a meaning that is listed and that this client's examples do not have: the words are about something else."""
_LIGHT = 0.35
_TITLE, _ANSWER = 0.6, 0.25
"""How much words of a title and of an answer or a question of the client show, beside the examples' 1."""
_FEWEST_LETTERS_MISHEARD = 6
_WHOLE, _WORD_FOR_WORD = 0.99, 0.2
"""An example that was said as it stands wins over one that shares its words."""
_OTHER_TRADE = "<other-"
"""Meanings that are asked of some other business, unless this client's own examples have them."""
_PER_OTHER_TRADE = 0.65
_ASKING, _NOT_ASKING = 1.04, 0.8
"""Factors: of all scores for each word of another trade; of a question's score when something is asked, and when not."""


@dataclass(frozen=True, slots=True)
class Match:
    """id of the scenario or question; sure: clearly ahead of all others; span: tokens that matched."""

    id: str
    score: float
    sure: bool
    span: Span


@dataclass(frozen=True, slots=True)
class Found:
    """The best scenario and the best question for one utterance, and which of the two the words show better."""

    scenario: Match | None = None
    question: Match | None = None


@dataclass(frozen=True, slots=True)
class _Example:
    id: str
    weights: tuple[float, ...]
    """Of its units."""
    weight: float


@dataclass(frozen=True, slots=True)
class _Heard:
    """Units of an utterance with their weights, without what the caller says it is not.

    refused: ids whose `unless` was said. elsewhere: how many units are about another trade.
    """

    units: list[Unit]
    weights: list[float]
    refused: frozenset[str]
    elsewhere: int


@dataclass(frozen=True, slots=True)
class _Unless:
    """A wording that rules a scenario out: by its meanings, or word for word when small words make it what it is."""

    id: str
    language: Language
    meanings: tuple[frozenset[str], ...]
    stems: tuple[str, ...]

    def said_in(self, said: list[frozenset[str]], stems: list[str]) -> bool:
        if self.stems:
            many = len(self.stems)
            return any(tuple(stems[i : i + many]) == self.stems for i in range(len(stems) - many + 1))
        many = len(self.meanings)
        return any(
            all(s & w for s, w in zip(said[i : i + many], self.meanings, strict=True)) for i in range(len(said) - many + 1)
        )


class Requests:
    """The examples of one client in every language, prepared once."""

    def __init__(self, instructions: Instructions) -> None:
        self._questions = frozenset(f.id for f in instructions.faq)
        self._owners: dict[str, dict[str, float]] = defaultdict(dict)
        self._unless = _unless(instructions)
        said = [
            (part.id, units)
            for part in (*instructions.scenarios, *instructions.faq)
            for language, texts in part.callers_say.items()
            for text in texts
            if (units := meanings_of(language).units(Utterance.read(text)))
        ]
        for key, units in said:
            self._own(key, units, 1.0)
        for key, language, text, strength in _about(instructions):
            self._own(key, meanings_of(language).units(Utterance.read(text)), strength)
        many = len(instructions.scenarios) + len(instructions.faq)
        self._rarities = {f: 0.4 + math.log((1 + many) / max(sum(who.values()), 1.0)) for f, who in self._owners.items()}
        self._votes = {f: {key: o * o / sum(who.values()) for key, o in who.items()} for f, who in self._owners.items()}
        self._stems = tuple(sorted(f for f in self._owners if f[0] != "<" and " " not in f and len(f) >= 5))
        self._examples: list[_Example] = []
        self._places: dict[str, list[tuple[int, int, float]]] = defaultdict(list)
        for key, units in said:
            self._add(key, units)

    def _own(self, key: str, units: list[Unit], strength: float) -> None:
        for unit in units:
            for feature, strong in unit.features:
                owned = self._owners[feature]
                owned[key] = max(owned.get(key, 0.0), strength * strong)

    def _add(self, key: str, units: list[Unit]) -> None:
        weights = tuple(self._weight(unit) for unit in units)
        number = len(self._examples)
        self._examples.append(_Example(key, weights, sum(weights)))
        for place, unit in enumerate(units):
            for feature, strength in unit.features:
                self._places[feature].append((number, place, strength))

    def _weight(self, unit: Unit) -> float:
        """By rarity among this client's requests; of a unit nobody has, by whether it is listed at all."""
        rarities = [self._rarities[f] * strength for f, strength in unit.features if f in self._rarities]
        if not rarities:
            return _LIGHT if unit.light else _ELSEWHERE if unit.listed else _UNKNOWN
        return max(rarities) * (_LIGHT if unit.light else 1.0)

    def best(self, utterance: Utterance, language: Language, *, asking: bool) -> Found:
        """What the words show best. asking: they are a question, which an approved answer fits better than a scenario.

        « Ma facture est réglée, par contre je n'ai plus d'eau chaude »: what comes after counts, when it is plain.
        """
        turn = utterance.find(wordings("requests.turns"))
        if turn and turn[0] > 0:
            after = self._read(utterance.take([(0, turn[1])]), language, asking=asking)
            if after.scenario and after.scenario.sure:
                return after
        return self._read(utterance, language, asking=asking)

    def _read(self, utterance: Utterance, language: Language, *, asking: bool) -> Found:
        heard = self._heard(utterance, language)
        if not heard.units:
            return Found()
        scores = {key: s for key, s in self._scores(heard).items() if key not in heard.refused}
        lost = _PER_OTHER_TRADE ** min(heard.elsewhere, 2)
        for_questions = lost * (_ASKING if asking else _NOT_ASKING)
        for key in scores:
            scores[key] *= for_questions if key in self._questions else lost
        ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
        return Found(
            self._match(ranked, heard, questions=False),
            self._match(ranked, heard, questions=True),
        )

    def _match(self, ranked: list[tuple[str, float]], heard: _Heard, *, questions: bool) -> Match | None:
        mine = next(((key, s) for key, s in ranked if (key in self._questions) is questions), None)
        if mine is None or mine[1] < UNSURE:
            return None
        key, score = mine
        ahead = score - max((s for k, s in ranked if k != key), default=0.0)
        places = [u.span for u in heard.units if any(key in self._owners.get(f, ()) for f, _ in u.features)]
        span = (min(p[0] for p in places), max(p[1] for p in places))
        return Match(key, score, score >= SURE and ahead >= MARGIN, span)

    def _scores(self, heard: _Heard) -> dict[str, float]:
        """For each id: how well its best example and all its words together cover what was said, and are covered by it."""
        total = sum(heard.weights)
        matched: dict[int, dict[int, float]] = defaultdict(dict)
        covered: dict[int, float] = defaultdict(float)
        votes: dict[str, float] = defaultdict(float)
        weighty: set[int] = set()
        for unit, weight in zip(heard.units, heard.weights, strict=True):
            best: dict[int, float] = {}
            for feature, strength in unit.features:
                for number, place, strong in self._places.get(feature, ()):
                    likeness = strength * strong
                    if likeness > matched[number].get(place, 0.0):
                        matched[number][place] = likeness
                    if likeness > best.get(number, 0.0):
                        best[number] = likeness
            for number, likeness in best.items():
                covered[number] += likeness * weight
            if not unit.light:
                weighty.update(best)
            for key, share in self._shares(unit).items():
                votes[key] += share * weight
        scores: dict[str, float] = {}
        for number, places in matched.items():
            example = self._examples[number]
            of_example = sum(example.weights[p] * likeness for p, likeness in places.items()) / example.weight
            if number not in weighty:
                continue
            of_heard = covered[number] / total
            score = max(0.8 * of_example + 0.2 * of_heard, 0.45 * of_example + 0.55 * of_heard)
            if min(of_example, of_heard) > _WHOLE:
                score += _WORD_FOR_WORD
            scores[example.id] = max(scores.get(example.id, 0.0), score)
        return {key: 0.7 * score + 0.3 * votes[key] / total for key, score in scores.items()}

    def _shares(self, unit: Unit) -> dict[str, float]:
        """How much a unit speaks for each id: all for one, or shared between those that have it."""
        shares: dict[str, float] = {}
        for feature, strength in unit.features:
            for key, vote in self._votes.get(feature, {}).items():
                if strength * vote > shares.get(key, 0.0):
                    shares[key] = strength * vote
        return shares

    def _heard(self, utterance: Utterance, language: Language) -> _Heard:
        rejected = {i for span in utterance.find_all(wordings("requests.rejected")) for i in range(*span)}
        lists = meanings_of(language)
        units = [self._nearest(u) for u in lists.units(utterance) if u.span[0] not in rejected]
        refused: frozenset[str] = frozenset()
        if self._unless:
            said, stems = [_meant(u) for u in units], lists.stems(utterance)
            refused = frozenset(u.id for u in self._unless if u.language is language and u.said_in(said, stems))
        elsewhere = sum(self._is_elsewhere(u) for u in units)
        return _Heard(units, [self._weight(u) for u in units], refused, elsewhere)

    def _is_elsewhere(self, unit: Unit) -> bool:
        return unit.features[0][0].startswith(_OTHER_TRADE) and not any(f in self._owners for f, _ in unit.features)

    def _nearest(self, unit: Unit) -> Unit:
        """A word that nothing knows, taken for a word of the examples that is one letter away."""
        said = unit.features[0][0]
        if unit.listed or said in self._owners or len(said) < _FEWEST_LETTERS_MISHEARD or not self._stems:
            return unit
        found = process.extractOne(said, self._stems, scorer=Levenshtein.distance, score_cutoff=1)
        return Unit(((found[0], 0.9),), unit.span, listed=False) if found else unit


def _meant(unit: Unit) -> frozenset[str]:
    return frozenset(f for f, strength in unit.features if strength > BROADER)


def _unless(instructions: Instructions) -> tuple[_Unless, ...]:
    rows: list[_Unless] = []
    for scenario in instructions.scenarios:
        for language, texts in scenario.unless.items():
            lists = meanings_of(language)
            for text in texts:
                said = Utterance.read(text)
                meant = tuple(_meant(u) for u in lists.units(said))
                to_the_letter = len(meant) < 2 and lists.has_small(said)
                rows.append(_Unless(scenario.id, language, meant, tuple(lists.stems(said)) if to_the_letter else ()))
    return tuple(r for r in rows if r.meanings or r.stems)


def _about(instructions: Instructions) -> list[tuple[str, Language, str, float]]:
    """(id, language, sentence, strength) of what else the client wrote about its scenarios and questions."""
    rows = [(s.id, language, text, _TITLE) for s in instructions.scenarios for language, text in s.title.items()]
    rows += [(f.id, language, text, _ANSWER) for f in instructions.faq for language, text in f.answer.items()]
    for s in instructions.scenarios:
        own = [d for d in map(instructions.detail, s.details) if d is not None]
        rows += [(s.id, language, text, _ANSWER) for d in own for language, text in d.ask.items()]
    return rows
