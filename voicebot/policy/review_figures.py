"""What reviews say as figures: agreement for each item, each pair and over all, scores, and what failed calls."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from voicebot.domain.review import OTHER, SAME, FinishedReview, Mark
from voicebot.domain.scorecard import NO, NOT_APPLICABLE, SCALE, YES, ItemKind, Scorecard
from voicebot.policy.agreement import Agreement, Mean, Pair, Weighting, by_item, cohen_kappa, mean_interval, pooled_kappa

BANDS = tuple(range(0, 100, 10))
"""Scores are counted in tens: 0-9, 10-19 … 90-100."""


@dataclass(frozen=True, slots=True)
class ItemAgreement:
    """One question as one scorecard asks it. agreement: over pairs where both gave an answer that applies to the scale.

    not_applicable: pairs of a scale of which at least one said that it does not apply: left out of its weighted kappa.
    answers: how often each was given.
    """

    scorecard: str
    item: str
    kind: ItemKind
    agreement: Agreement
    not_applicable: int
    answers: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class PairAgreement:
    """Two reviewers, over all items that they judged together. calls: how many."""

    one: str
    other: str
    calls: int
    agreement: Agreement


@dataclass(frozen=True, slots=True)
class Scored:
    """A settled call. points: None when nothing that weighs applied."""

    call: str
    client: str
    points: float | None
    critical: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Scores:
    """passed: calls with the pass mark of their scorecard or more. bands: calls for each ten of points, see BANDS."""

    calls: tuple[Scored, ...]
    mean: Mean
    passed: int
    bands: tuple[int, ...]


def items_agreement(marks: Iterable[Mark]) -> list[ItemAgreement]:
    """The least agreed ones first; what cannot be said last. Questions for a text have no kappa, only a share."""
    gathered: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    for mark in marks:
        gathered[mark.scorecard, mark.item].append(mark)
    made = [_item(scorecard, item, found) for (scorecard, item), found in gathered.items()]
    return sorted(made, key=lambda one: (one.agreement.kappa is None, one.agreement.kappa or 0, one.item, one.scorecard))


def overall_agreement(marks: Iterable[Mark]) -> Agreement:
    """Pooled over all items but texts."""
    rated, scales = _rated(marks)
    return pooled_kappa(rated, scales)


def pairs_agreement(marks: Iterable[Mark]) -> list[PairAgreement]:
    """One for each two people who judged calls together, the least agreed first."""
    gathered: dict[tuple[str, str], list[Mark]] = defaultdict(list)
    for mark in marks:
        gathered[min(mark.first, mark.second), max(mark.first, mark.second)].append(mark)
    made = [
        PairAgreement(*who, len({mark.round for mark in found}), overall_agreement(found)) for who, found in gathered.items()
    ]
    return sorted(made, key=lambda one: (one.agreement.kappa is None, one.agreement.kappa or 0, one.one, one.other))


def scores_of(finished: Iterable[tuple[FinishedReview, Scorecard]]) -> Scores:
    """Of settled reviews: a call whose reviewers still disagree has no score yet."""
    calls: list[Scored] = []
    passed, bands = 0, Counter[int]()
    for one, card in finished:
        if one.review.settled_at is None:
            continue
        score = card.score(one.settled(card))
        calls.append(Scored(one.review.call, one.review.client, score.points, score.critical))
        if score.points is not None:
            passed += score.points >= card.pass_mark
            bands[min(90, int(score.points // 10) * 10)] += 1
    points = [one.points for one in calls if one.points is not None]
    return Scores(tuple(calls), mean_interval(points), passed, tuple(bands[band] for band in BANDS))


def _item(scorecard: str, item: str, marks: Sequence[Mark]) -> ItemAgreement:
    kind = marks[0].kind
    pairs = [_ordered(mark) for mark in marks]
    applied = _applied(kind, pairs)
    if kind is ItemKind.TEXT:
        same = sum(pair == (SAME, SAME) for pair in pairs)
        return ItemAgreement(scorecard, item, kind, Agreement(len(pairs), same, None, 0.0, 0.0), 0, ())
    answers = Counter(answer for pair in pairs for answer in pair)
    made = cohen_kappa(applied, *_scale(kind))
    return ItemAgreement(scorecard, item, kind, made, len(pairs) - len(applied), tuple(sorted(answers.items(), key=_answer)))


def _rated(
    marks: Iterable[Mark],
) -> tuple[Mapping[str, list[tuple[str, Pair]]], dict[str, tuple[Sequence[str], Weighting]]]:
    kinds: dict[str, ItemKind] = {}
    found: list[tuple[str, str, Pair]] = []
    for mark in marks:
        name = f"{mark.scorecard}:{mark.item}"
        if mark.kind is not ItemKind.TEXT and _applied(mark.kind, [_ordered(mark)]):
            kinds[name] = mark.kind
            found.append((name, mark.round, _ordered(mark)))
    return by_item(found), {name: _scale(kind) for name, kind in kinds.items()}


def _ordered(mark: Mark) -> Pair:
    """Seats are dealt by lot; the same person is always on the same side of a table."""
    return (mark.one, mark.other) if mark.first <= mark.second else (mark.other, mark.one)


def _applied(kind: ItemKind, pairs: Sequence[Pair]) -> list[Pair]:
    """« Sans objet » is a category of its own, but it has no place on a scale."""
    return [pair for pair in pairs if kind is not ItemKind.SCALE or NOT_APPLICABLE not in pair]


def _scale(kind: ItemKind) -> tuple[Sequence[str], Weighting]:
    return (SCALE, Weighting.QUADRATIC) if kind is ItemKind.SCALE else ((), Weighting.NONE)


def _answer(counted: tuple[str, int]) -> tuple[int, str]:
    order = (YES, NO, *SCALE, SAME, OTHER, NOT_APPLICABLE)
    return (order.index(counted[0]) if counted[0] in order else 3, counted[0])
