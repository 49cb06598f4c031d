"""Reviews: a call that two people judge blind by a scorecard, and a third settles where they disagree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from voicebot.domain.scorecard import NOT_APPLICABLE, Answers, ItemKind, Scorecard

SAME, OTHER = "same", "other"
"""What is kept of two texts: only whether they say the same."""


class Seat(StrEnum):
    """In which quality somebody looks at a call. One person has one seat."""

    FIRST = "first"
    SECOND = "second"
    ARBITER = "arbiter"


class Only(StrEnum):
    """Which calls a draw takes from."""

    ALL = "all"
    CORRECTED = "corrected"
    """An agent corrected the card."""
    LISTED = "listed"
    """Calls named one by one: those whose checks failed in a report."""


@dataclass(frozen=True, slots=True)
class Draw:
    """A sample that somebody drew. since, until: calls begun then and before, aware UTC.

    wanted: size asked for. found: calls it was drawn from. seed: the same seed over the same calls draws the same ones.
    scorecard: digest of the one that its labels are made with. by: user id.
    """

    id: str
    client: str
    since: datetime
    until: datetime
    wanted: int
    found: int
    seed: int
    only: Only
    scorecard: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Review:
    """One call of a draw. A call is reviewed once.

    token: random name under which its labels are counted and noted in the audit, which says nothing of the call.
    both_at: both reviewers have submitted; before that nobody but themselves knows of any label. settled_at: every item
    has its answer: they agreed, or the arbiter has spoken.
    """

    call: str
    client: str
    draw: str
    token: str
    scorecard: str
    first: str
    second: str
    arbiter: str
    drawn_at: datetime
    both_at: datetime | None = None
    settled_at: datetime | None = None

    def seat(self, user_id: str) -> Seat | None:
        return {self.first: Seat.FIRST, self.second: Seat.SECOND, self.arbiter: Seat.ARBITER}.get(user_id)


@dataclass(frozen=True, slots=True)
class Labels:
    """What one person answered. note: remark for the arbiter and for who improves the scorecard."""

    answers: Answers = field(default_factory=dict)
    note: str = ""
    submitted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OwnReview:
    """A review as one of its reviewers may know it: their own labels, and nothing of anybody else's."""

    call: str
    client: str
    scorecard: str
    token: str
    labels: Labels


@dataclass(frozen=True, slots=True)
class FinishedReview:
    """A review after both have submitted. ruling: of the arbiter, a draft until settled_at is set."""

    review: Review
    first: Labels
    second: Labels
    ruling: Labels

    def disputed(self, scorecard: Scorecard) -> tuple[str, ...]:
        """Ids of items that the two answered differently, in order."""
        return disputed(scorecard, self.first.answers, self.second.answers)

    def settled(self, scorecard: Scorecard) -> dict[str, str]:
        """Answers that hold: what both said, and what the arbiter ruled; items still open are left out."""
        open_ = set(self.disputed(scorecard))
        agreed = {name: answer for name, answer in self.first.answers.items() if name not in open_}
        ruled = self.ruling.answers if self.review.settled_at else {}
        return agreed | {name: answer for name, answer in ruled.items() if name in open_}


@dataclass(frozen=True, slots=True)
class Mark:
    """How two reviewers answered one item of one call: all that agreement is counted from.

    round: token of the review. It holds no call, no words and no caller, so it stays when the call is erased. one, other:
    answers of first and second; of texts, whether they say the same. at: both had submitted.
    """

    round: str
    draw: str
    client: str
    scorecard: str
    item: str
    kind: ItemKind
    first: str
    second: str
    one: str
    other: str
    at: datetime


def disputed(scorecard: Scorecard, one: Answers, other: Answers) -> tuple[str, ...]:
    """Ids of items that two people answered differently, in order."""
    return tuple(item.id for item in scorecard.items if not item.same(one.get(item.id, ""), other.get(item.id, "")))


def marks_of(review: Review, scorecard: Scorecard, one: Answers, other: Answers, at: datetime) -> list[Mark]:
    """One for each item, when both have submitted."""
    made: list[Mark] = []
    for item in scorecard.items:
        pair = (one.get(item.id, ""), other.get(item.id, ""))
        if item.kind is ItemKind.TEXT:
            pair = (SAME, SAME if item.same(*pair) else OTHER)
        who = (review.token, review.draw, review.client, review.scorecard, item.id, item.kind, review.first, review.second)
        made.append(Mark(*who, *pair, at))
    return made


def facts_given(scorecard: Scorecard, answers: Mapping[str, str]) -> dict[str, str]:
    """Facts of the call that settled answers give; an item that does not apply gives none."""
    return {
        item.fact: answers[item.id].strip()
        for item in scorecard.items
        if item.fact and answers.get(item.id, NOT_APPLICABLE) != NOT_APPLICABLE
    }
