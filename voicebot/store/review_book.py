"""The review book: who judges which call, what each answered, what came of it; nobody reads another's labels too early."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, RowMapping

from voicebot.domain.reference import ReferenceFact
from voicebot.domain.review import Draw, FinishedReview, Labels, Mark, Only, OwnReview, Review, Seat, disputed, marks_of
from voicebot.domain.scorecard import Answers, ItemKind, Scorecard
from voicebot.errors import ReviewRefused, UnknownCall
from voicebot.store.ladder_rows import insert_once
from voicebot.store.open_database import OpenDatabase
from voicebot.store.quality_tables import review_draws, review_labels, review_marks, reviews, scorecards
from voicebot.store.review_facts import settled_facts

_REVIEWERS = (Seat.FIRST, Seat.SECOND)


class ReviewBook:
    """Methods raise StoreError. Blindness is kept here: what tells of somebody else's labels asks for both_at in its query.

    Args:
        now: clock of what is written, aware.
    """

    def __init__(self, database: OpenDatabase, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._database = database
        self._now = now

    async def scorecard(self, digest: str) -> Scorecard:
        """As it was when labels were made with it. Raises: ReviewRefused (scorecard) when none has this digest."""
        return await self._database.read(lambda connection: _scorecard(connection, digest))

    async def add(self, draw: Draw, scorecard: Scorecard, drawn: Sequence[Review]) -> list[str]:
        """Keeps a draw, its scorecard and its reviews. Returns: calls that are reviewed now; the rest was taken already."""

        def write(connection: Connection) -> list[str]:
            card = {"digest": draw.scorecard, "content": scorecard.model_dump(mode="json"), "kept_at": self._now()}
            insert_once(connection, scorecards, card)
            kept = {name: getattr(draw, name) for name in Draw.__slots__} | {"only": draw.only.value}
            connection.execute(review_draws.insert(), kept)
            rows = [{name: getattr(one, name) for name in Review.__slots__} for one in drawn]
            return [row["call"] for row in rows if insert_once(connection, reviews, row)]

        return await self._database.write(write)

    async def own(self, user: str) -> list[OwnReview]:
        """What this person has to judge or has judged, the oldest draw first; nothing of what others did."""
        query = _own_rows(user).order_by(reviews.c.drawn_at, reviews.c.call)
        return await self._database.read(
            lambda connection: [_own_review(row) for row in connection.execute(query).mappings()]
        )

    async def own_of(self, call: str, user: str) -> OwnReview:
        """Raises: UnknownCall when this person is not one of its two reviewers."""
        return await self._database.read(lambda connection: _own_of(connection, call, user))

    async def save(self, call: str, user: str, answers: Answers, note: str) -> None:
        """Keeps a draft. Raises: UnknownCall, ReviewRefused (submitted, answer)."""

        def write(connection: Connection) -> None:
            review, seat = _seated(connection, call, user)
            _put(connection, _scorecard(connection, review.scorecard), call, seat, Labels(answers, note), self._now())

        await self._database.write(write)

    async def submit(self, call: str, user: str, answers: Answers, note: str) -> None:
        """Labels are final. With the second ones the marks are kept; where both said the same of all, the review is settled.

        Raises: UnknownCall, ReviewRefused (submitted, answer, incomplete).
        """

        def write(connection: Connection) -> None:
            review, seat = _seated(connection, call, user)
            card = _scorecard(connection, review.scorecard)
            if card.open_items(answers):
                raise ReviewRefused("incomplete", f"Items are open: {', '.join(card.open_items(answers))}.")
            now = self._now()
            _put(connection, card, call, seat, Labels(answers, note, now), now)
            first, second = (_labels(connection, call, one) for one in _REVIEWERS)
            if first.submitted_at and second.submitted_at:
                _both_done(connection, review, card, first.answers, second.answers, now)

        await self._database.write(write)

    async def to_arbitrate(self, user: str) -> list[Review]:
        """Reviews whose two reviewers disagree and that wait for this person, the oldest first."""
        where = (reviews.c.arbiter == user) & reviews.c.both_at.is_not(None) & reviews.c.settled_at.is_(None)
        query = sa.select(reviews).where(where).order_by(reviews.c.both_at, reviews.c.call)
        return await self._database.read(lambda connection: [_review(row) for row in connection.execute(query).mappings()])

    async def finished_of(self, call: str) -> FinishedReview:
        """Both labels side by side. Raises: UnknownCall until both have submitted."""
        found = await self._finished(reviews.c.call == call)
        if not found:
            raise UnknownCall(f'No finished review is of call "{call}".')
        return found[0]

    async def finished(self, clients: Iterable[str], since: datetime, until: datetime) -> list[FinishedReview]:
        """Those that both had submitted from `since` on and before `until` (aware), oldest first."""
        within = reviews.c.client.in_(tuple(clients)) & (reviews.c.both_at >= since) & (reviews.c.both_at < until)
        return await self._finished(within)

    async def save_ruling(self, call: str, user: str, answers: Answers, note: str, *, final: bool) -> None:
        """The arbiter's answers to what the two disagree on; final settles the review.

        Raises: UnknownCall (not its arbiter), ReviewRefused (not_ready, submitted, answer, incomplete).
        """

        def write(connection: Connection) -> None:
            review = _locked(connection, call)
            if review.arbiter != user:
                raise UnknownCall(f"{user} is not the arbiter of call {call}.")
            if review.both_at is None or review.settled_at is not None:
                raise ReviewRefused("submitted" if review.settled_at else "not_ready", f"Call {call} cannot be settled now.")
            card = _scorecard(connection, review.scorecard)
            first, second = (_labels(connection, call, one) for one in _REVIEWERS)
            open_ = disputed(card, first.answers, second.answers)
            ruled = {name: answer for name, answer in answers.items() if name in open_}
            if final and set(open_) - ruled.keys():
                raise ReviewRefused("incomplete", f"Items are open: {', '.join(sorted(set(open_) - ruled.keys()))}.")
            now = self._now()
            _put(connection, card, call, Seat.ARBITER, Labels(ruled, note, now if final else None), now)
            if final:
                connection.execute(reviews.update().where(reviews.c.call == call).values(settled_at=now))

        await self._database.write(write)

    async def marks(self, clients: Iterable[str], since: datetime, until: datetime) -> list[Mark]:
        """How pairs answered, of reviews that both had submitted from `since` on and before `until`; erased calls too."""
        kept = review_marks.c
        where = kept.client.in_(tuple(clients)) & (kept.at >= since) & (kept.at < until)
        query = sa.select(review_marks).where(where).order_by(kept.at, kept.round, kept.item)
        return await self._database.read(lambda connection: [_mark(row) for row in connection.execute(query).mappings()])

    async def draws(self, clients: Iterable[str], limit: int = 50) -> list[tuple[Draw, int, int, int]]:
        """Newest first, each with its reviews, those that both have submitted and those that are settled."""
        newest = sa.select(review_draws).where(review_draws.c.client.in_(tuple(clients)))
        newest = newest.order_by(review_draws.c.at.desc(), review_draws.c.id).limit(limit)
        counts = (sa.func.count(), sa.func.count(reviews.c.both_at), sa.func.count(reviews.c.settled_at))
        counted = sa.select(reviews.c.draw, *counts).group_by(reviews.c.draw)

        def read(connection: Connection) -> list[tuple[Draw, int, int, int]]:
            rows = connection.execute(newest).mappings().all()
            standing = {
                row[0]: (row[1], row[2], row[3])
                for row in connection.execute(counted.where(reviews.c.draw.in_([row["id"] for row in rows])))
            }
            return [(_draw(row), *standing.get(row["id"], (0, 0, 0))) for row in rows]

        return await self._database.read(read)

    async def load(self) -> dict[str, int]:
        """Reviews that were dealt to each person and that both have not submitted yet; says nothing of who has."""
        waiting = reviews.c.both_at.is_(None)
        seats = sa.union_all(
            sa.select(reviews.c.first.label("who")).where(waiting), sa.select(reviews.c.second.label("who")).where(waiting)
        ).subquery()
        query = sa.select(seats.c.who, sa.func.count()).group_by(seats.c.who)
        return await self._database.read(lambda connection: {row[0]: row[1] for row in connection.execute(query)})

    async def settled(self, clients: Iterable[str], since: datetime) -> list[ReferenceFact]:
        """Reference facts that became known from `since` (aware) on, by call and fact.

        Items on which both agree count at once, the others after arbitration. Corrections of cards by agents count unless a
        review gives the same fact. One fact per call.
        """
        within = tuple(clients)
        finished = await self._finished(reviews.c.client.in_(within) & reviews.c.both_at.is_not(None))
        return await self._database.read(
            lambda connection: settled_facts(
                connection, finished, lambda digest: _scorecard(connection, digest), within, since
            )
        )

    async def _finished(self, where: sa.ColumnElement[bool]) -> list[FinishedReview]:
        done = where & reviews.c.both_at.is_not(None)

        def read(connection: Connection) -> list[FinishedReview]:
            query = sa.select(reviews).where(done).order_by(reviews.c.both_at, reviews.c.call)
            found = [_review(row) for row in connection.execute(query).mappings()]
            calls = sa.select(reviews.c.call).where(done)
            rows = connection.execute(sa.select(review_labels).where(review_labels.c.call.in_(calls))).mappings()
            labels = {(row["call"], Seat(row["seat"])): _as_labels(row) for row in rows}
            empty = Labels()
            return [FinishedReview(one, *(labels.get((one.call, seat), empty) for seat in Seat)) for one in found]

        return await self._database.read(read)


def _own_rows(user: str) -> sa.Select[*tuple[Any, ...]]:
    seat = sa.case((reviews.c.first == user, Seat.FIRST.value), else_=Seat.SECOND.value)
    mine = (review_labels.c.call == reviews.c.call) & (review_labels.c.seat == seat)
    columns = (reviews.c.call, reviews.c.client, reviews.c.scorecard, reviews.c.token)
    labels = (review_labels.c.answers, review_labels.c.note, review_labels.c.submitted_at)
    query = sa.select(*columns, *labels).select_from(reviews.outerjoin(review_labels, mine))
    return query.where((reviews.c.first == user) | (reviews.c.second == user))


def _own_of(connection: Connection, call: str, user: str) -> OwnReview:
    row = connection.execute(_own_rows(user).where(reviews.c.call == call)).mappings().first()
    if row is None:
        raise UnknownCall(f"{user} does not review call {call}.")
    return _own_review(row)


def _own_review(row: RowMapping) -> OwnReview:
    return OwnReview(row["call"], row["client"], row["scorecard"], row["token"], _as_labels(row))


def _locked(connection: Connection, call: str) -> Review:
    # Two who submit at once must each see the other's labels: PostgreSQL locks the row, SQLite has one writer.
    row = connection.execute(sa.select(reviews).where(reviews.c.call == call).with_for_update()).mappings().first()
    if row is None:
        raise UnknownCall(f'Call "{call}" is not reviewed.')
    return _review(row)


def _seated(connection: Connection, call: str, user: str) -> tuple[Review, Seat]:
    """Raises: UnknownCall when the user is not one of the two reviewers."""
    review = _locked(connection, call)
    seat = review.seat(user)
    if seat is None or seat is Seat.ARBITER:
        raise UnknownCall(f"{user} does not review call {call}.")
    return review, seat


def _put(connection: Connection, card: Scorecard, call: str, seat: Seat, labels: Labels, now: datetime) -> None:
    refused = card.refused(labels.answers)
    if refused:
        raise ReviewRefused("answer", f"These items do not take what was answered: {', '.join(refused)}.")
    here = (review_labels.c.call == call) & (review_labels.c.seat == seat.value)
    row = {"answers": dict(labels.answers), "note": labels.note, "changed_at": now, "submitted_at": labels.submitted_at}
    if insert_once(connection, review_labels, {"call": call, "seat": seat.value} | row):
        return
    changed = connection.execute(review_labels.update().where(here & review_labels.c.submitted_at.is_(None)).values(row))
    if not changed.rowcount:
        raise ReviewRefused("submitted", f"The labels of call {call} are final.")


def _both_done(connection: Connection, review: Review, card: Scorecard, one: Answers, other: Answers, now: datetime) -> None:
    settled = None if disputed(card, one, other) else now
    connection.execute(reviews.update().where(reviews.c.call == review.call).values(both_at=now, settled_at=settled))
    rows = [{name: getattr(mark, name) for name in Mark.__slots__} for mark in marks_of(review, card, one, other, now)]
    connection.execute(review_marks.insert(), [row | {"kind": row["kind"].value} for row in rows])


def _labels(connection: Connection, call: str, seat: Seat) -> Labels:
    here = (review_labels.c.call == call) & (review_labels.c.seat == seat.value)
    row = connection.execute(sa.select(review_labels).where(here)).mappings().first()
    return Labels() if row is None else _as_labels(row)


def _scorecard(connection: Connection, digest: str) -> Scorecard:
    content = connection.execute(sa.select(scorecards.c.content).where(scorecards.c.digest == digest)).scalar_one_or_none()
    if content is None:
        raise ReviewRefused("scorecard", f"No scorecard has the digest {digest}.")
    return Scorecard.model_validate(content)


def _as_labels(row: RowMapping) -> Labels:
    return Labels(row["answers"] or {}, row["note"] or "", row["submitted_at"])


def _review(row: RowMapping) -> Review:
    return Review(**dict(row))


def _draw(row: RowMapping) -> Draw:
    values: dict[str, Any] = {**row, "only": Only(row["only"])}
    return Draw(**values)


def _mark(row: RowMapping) -> Mark:
    values: dict[str, Any] = {**row, "kind": ItemKind(row["kind"])}
    return Mark(**values)
