"""Opens reviews of calls to a visitor: the only place of the console that knows labels; reviewers stay blind."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from voicebot.clients.scorecards import scorecard_for
from voicebot.console.access.calls import CallDoor, OpenedCall
from voicebot.console.house import ConsoleHouse
from voicebot.console.scope import Deed, Kind, Visitor, require
from voicebot.domain.agent import User
from voicebot.domain.review import Draw, FinishedReview, Mark, Only, OwnReview, Review
from voicebot.domain.scorecard import Answers, Scorecard
from voicebot.errors import NotAllowed, ReviewRefused, UnknownCall
from voicebot.policy.review_draw import Candidate, draw_calls, seat_reviewers
from voicebot.store.review_book import ReviewBook
from voicebot.store.review_candidates import reviewable_calls
from voicebot.store.user_book import UserBook

FEWEST = 3


@dataclass(frozen=True, slots=True)
class WantedDraw:
    """since, until: calls begun then and before (aware). people: ids of who judges, () all who may. seed: None for any."""

    client: str
    since: datetime
    until: datetime
    calls: int
    only: Only = Only.ALL
    listed: Sequence[str] = ()
    people: Sequence[str] = ()
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class OpenedReview:
    """One call as its reviewer, its arbiter or, when both have submitted, anybody of QA sees it.

    own: labels of the visitor where they are one of the two. finished: both side by side, None until both have submitted.
    """

    call: OpenedCall
    scorecard: Scorecard
    own: OwnReview | None
    finished: FinishedReview | None


@dataclass(frozen=True, slots=True)
class ReviewFigures:
    """What agreement and scores are made from. finished: with their scorecards; erased calls are in marks alone."""

    marks: list[Mark]
    finished: list[tuple[FinishedReview, Scorecard]]


class ReviewDoor:
    """One per process. Every method raises NotAllowed or UnknownCall for what its visitor may not see, StoreError.

    Nothing that it gives, counts or notes in the audit tells one reviewer of the other before both have submitted.
    """

    def __init__(self, house: ConsoleHouse) -> None:
        self._house = house
        self._book = ReviewBook(house.book.database, house.clock)
        self._users = UserBook(house.book.database, house.clock)
        self._calls = CallDoor(house)

    async def own(self, visitor: Visitor) -> list[OwnReview]:
        """The visitor's own queue: open and submitted ones."""
        clients = self._clients(visitor)
        return [one for one in await self._book.own(visitor.user.id) if one.client in clients]

    async def to_arbitrate(self, visitor: Visitor) -> list[Review]:
        clients = self._clients(visitor)
        return [one for one in await self._book.to_arbitrate(visitor.user.id) if one.client in clients]

    async def draws(self, visitor: Visitor) -> list[tuple[Draw, int, int, int]]:
        """Each draw with its reviews, those that both have submitted, and those that are settled."""
        return await self._book.draws(self._clients(visitor))

    async def people(self, visitor: Visitor) -> list[User]:
        """Who may judge calls, of those whom this visitor works with, by name."""
        require(visitor, Kind.REVIEWS)
        return [one for one in await self._users.all() if _may_review(one) and visitor.works_with(one)]

    async def names(self) -> dict[str, str]:
        return await self._calls.names()

    async def one(self, visitor: Visitor, call_id: str) -> OpenedReview:
        """Raises: UnknownCall, also for whom this review is none yet."""
        require(visitor, Kind.REVIEWS)
        own, finished = await self._own(visitor, call_id), await self._finished(call_id)
        if own is None and finished is None:
            raise UnknownCall(f"Nothing of call {call_id} is for {visitor.user.id} to review.")
        digest = finished.review.scorecard if finished else own.scorecard if own else ""
        require(visitor, Kind.REVIEWS, client=finished.review.client if finished else own.client if own else None)
        opened = await self._calls.one(visitor, call_id)
        return OpenedReview(opened, await self._book.scorecard(digest), own, finished)

    async def save(self, visitor: Visitor, call_id: str, answers: Answers, note: str) -> None:
        """Keeps a draft of the visitor's own labels. Raises: ReviewRefused."""
        await self._mine(visitor, call_id)
        await self._book.save(call_id, visitor.user.id, answers, note)

    async def submit(self, visitor: Visitor, call_id: str, answers: Answers, note: str) -> None:
        """Raises: ReviewRefused."""
        mine = await self._mine(visitor, call_id)
        await self._book.submit(call_id, visitor.user.id, answers, note)
        # By its token: supervisors read the audit, and the other reviewer may be one.
        await self._house.audit.note(visitor, "labelled", Kind.REVIEWS.value, mine.token, client=mine.client)

    async def rule(self, visitor: Visitor, call_id: str, answers: Answers, note: str, *, final: bool) -> None:
        """The arbiter's answers. Raises: ReviewRefused."""
        finished = await self._finished(call_id)
        if finished is None or finished.review.arbiter != visitor.user.id:
            raise UnknownCall(f"{visitor.user.id} does not settle call {call_id}.")
        require(visitor, Kind.REVIEWS, Deed.CHANGE, finished.review.client)
        await self._book.save_ruling(call_id, visitor.user.id, answers, note, final=final)
        if final:
            token, client = finished.review.token, finished.review.client
            await self._house.audit.note(visitor, "settled", Kind.REVIEWS.value, token, client=client)

    async def draw(self, visitor: Visitor, wanted: WantedDraw) -> tuple[Draw, int]:
        """Draws a sample and deals it out. Returns: the draw, and how many calls are reviewed.

        Raises: ReviewRefused (people, not_eligible, no_calls), EvalFileError when the client's scorecard cannot be used.
        """
        require(visitor, Kind.REVIEWS, Deed.CHANGE, wanted.client)
        if wanted.client not in self._house.known_clients():
            raise NotAllowed(f"There is no client {wanted.client}.")
        people = await self._judges(visitor, wanted)
        card = await asyncio.to_thread(scorecard_for, wanted.client, self._house.settings.scorecards_dir)
        found = await reviewable_calls(
            self._house.book.database, wanted.client, wanted.since, wanted.until, wanted.only, wanted.listed
        )
        if not found:
            raise ReviewRefused("no_calls", f"No call of {wanted.client} fits that is not reviewed yet.")
        seed = secrets.randbelow(10**6) if wanted.seed is None else wanted.seed
        candidates = [Candidate(one.call, (one.scenario, one.urgency)) for one in found]
        drawn = draw_calls(candidates, wanted.calls, seed)
        now, draw_id = self._house.clock(), secrets.token_hex(8)
        draw = Draw(
            draw_id, wanted.client, wanted.since, wanted.until, wanted.calls, len(found), seed, wanted.only, card.digest,
            visitor.user.id, now,
        )  # fmt: skip
        seated = seat_reviewers(drawn, people, await self._book.load(), seed)
        reviews = [
            Review(
                one.call, wanted.client, draw_id, secrets.token_hex(8), card.digest, one.first, one.second, one.arbiter, now
            )
            for one in seated
        ]
        kept = await self._book.add(draw, card.scorecard, reviews)
        note = {"calls": len(kept), "seed": seed, "scorecard": card.digest}
        await self._house.audit.note(visitor, "drew", Kind.REVIEWS.value, draw_id, client=wanted.client, **note)
        return draw, len(kept)

    async def figures(self, visitor: Visitor, client: str, since: datetime, until: datetime) -> ReviewFigures:
        """Of one client or of all that the visitor may see: reviews that both had submitted in the period."""
        if client:
            require(visitor, Kind.REVIEWS, client=client)
        clients = (client,) if client else self._clients(visitor)
        marks = await self._book.marks(clients, since, until)
        finished = await self._book.finished(clients, since, until)
        digests = {one.scorecard for one in marks} | {one.review.scorecard for one in finished}
        cards = {digest: await self._book.scorecard(digest) for digest in digests}
        return ReviewFigures(marks, [(one, cards[one.review.scorecard]) for one in finished])

    async def scorecard(self, visitor: Visitor, digest: str) -> Scorecard:
        require(visitor, Kind.REVIEWS)
        return await self._book.scorecard(digest)

    def _clients(self, visitor: Visitor) -> tuple[str, ...]:
        require(visitor, Kind.REVIEWS)
        return visitor.clients(Kind.REVIEWS, self._house.known_clients())

    async def _own(self, visitor: Visitor, call_id: str) -> OwnReview | None:
        try:
            return await self._book.own_of(call_id, visitor.user.id)
        except UnknownCall:
            return None

    async def _finished(self, call_id: str) -> FinishedReview | None:
        try:
            return await self._book.finished_of(call_id)
        except UnknownCall:
            return None

    async def _mine(self, visitor: Visitor, call_id: str) -> OwnReview:
        require(visitor, Kind.REVIEWS, Deed.CHANGE)
        mine = await self._book.own_of(call_id, visitor.user.id)
        require(visitor, Kind.REVIEWS, Deed.CHANGE, mine.client)
        return mine

    async def _judges(self, visitor: Visitor, wanted: WantedDraw) -> list[str]:
        may = [one.id for one in await self.people(visitor) if one.covers(wanted.client)]
        chosen = list(dict.fromkeys(wanted.people)) or may
        if not set(chosen) <= set(may):
            raise ReviewRefused("not_eligible", f"Not all of them judge calls of {wanted.client}.")
        if len(chosen) < FEWEST:
            raise ReviewRefused("people", "Two reviewers and an arbiter are three people.")
        return chosen


def _may_review(user: User) -> bool:
    return user.active and Visitor(user, "", "").may(Kind.REVIEWS, Deed.CHANGE)
