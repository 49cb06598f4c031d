"""Reference facts out of rows: what reviews settled, and what agents corrected where no review says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from voicebot.domain.reference import FactSource, ReferenceFact
from voicebot.domain.review import FinishedReview, facts_given
from voicebot.domain.scorecard import NOT_APPLICABLE, Scorecard
from voicebot.store.tables import corrections

DETAILS = "message.details."


def settled_facts(
    connection: Connection,
    finished: Sequence[FinishedReview],
    scorecard_of: Callable[[str], Scorecard],
    clients: Sequence[str],
    since: datetime,
) -> list[ReferenceFact]:
    """finished: every review of these clients that both submitted: those before `since` outweigh corrections too."""
    cards = {digest: scorecard_of(digest) for digest in {one.review.scorecard for one in finished}}
    facts: dict[tuple[str, str], ReferenceFact] = {}
    denied: set[tuple[str, str | None]] = set()
    for one in finished:
        review, card = one.review, cards[one.review.scorecard]
        open_ = set(one.disputed(card))
        ruled_facts = {item.fact for item in card.items if item.id in open_}
        for fact, value in facts_given(card, one.settled(card)).items():
            at = review.settled_at if fact in ruled_facts else review.both_at
            assert at is not None
            facts[review.call, fact] = ReferenceFact(review.call, review.client, fact, value, FactSource.REVIEW, at)
        settled = one.settled(card)
        denied |= {(review.call, item.fact) for item in card.items if settled.get(item.id) == NOT_APPLICABLE}
    # Where a review says that there is no such detail, a correction of it is no fact either.
    kept = corrections.c
    of_clients = sa.select(corrections).where(kept.client.in_(tuple(clients))).order_by(kept.number)
    corrected: dict[tuple[str, str], ReferenceFact] = {}
    for row in connection.execute(of_clients):
        fact = f"{DETAILS}{row.detail}"
        corrected[row.call, fact] = ReferenceFact(row.call, row.client, fact, row.now, FactSource.CORRECTION, row.at)
    together = {key: one for key, one in corrected.items() if key not in denied} | facts
    return [together[key] for key in sorted(together) if together[key].at >= since]
