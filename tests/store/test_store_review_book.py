"""The review book on SQLite and PostgreSQL: blind until both have submitted, settled after, gone with the call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.fakes.postgres import running_postgres
from tests.store.stored_samples import BEGAN, a_call
from voicebot.domain.call import EndReason
from voicebot.domain.card import Correction
from voicebot.domain.reference import FactSource
from voicebot.domain.review import Draw, Only, Review
from voicebot.domain.scorecard import Scorecard
from voicebot.errors import ReviewRefused, UnknownCall
from voicebot.store.call_book import CallBook
from voicebot.store.correction_book import CorrectionBook
from voicebot.store.quality_tables import review_labels, reviews
from voicebot.store.review_book import ReviewBook
from voicebot.store.review_candidates import reviewable_calls
from voicebot.store.tables import calls

LONG_AGO, FAR = datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
CARD = Scorecard.model_validate(
    {
        "title": {"fr": "Essai"},
        "items": [
            {"id": "polite", "kind": "yes_no", "weight": 1, "question": {"fr": "Poli ?"}},
            {
                "id": "tone",
                "kind": "scale",
                "weight": 1,
                "fact": "tone",
                "question": {"fr": "Ton ?"},
                "anchors": {1: {"fr": "non"}, 5: {"fr": "oui"}},
            },
            {"id": "name", "kind": "text", "fact": "message.details.caller_name", "question": {"fr": "Nom ?"}},
        ],
    }
)
GOOD = {"polite": "yes", "tone": "5", "name": "Zoé Lefèvre"}


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 14, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'voicebot.db'}"
    else:
        with running_postgres(tmp_path) as running:
            yield running


@pytest.fixture
async def book(url: str) -> AsyncIterator[CallBook]:
    opened = await CallBook.open(url, reserve_bytes=0)
    for number in (1, 2, 3):
        await opened.save(a_call(f"call-{number}", ended=EndReason.GOODBYE, ended_at=BEGAN), [])
    yield opened
    await opened.close()


async def drawn(book: CallBook, *call_ids: str) -> ReviewBook:
    kept = ReviewBook(book.database, Clock())
    draw = Draw("draw-1", "chauffage", LONG_AGO, FAR, 2, 3, 2**40, Only.ALL, "d1", "lead", BEGAN)
    made = [Review(call, "chauffage", "draw-1", f"t-{call}", "d1", "ana", "bo", "chris", BEGAN) for call in call_ids]
    assert await kept.add(draw, CARD, made) == list(call_ids)
    return kept


async def test_nobody_learns_of_the_others_labels_before_both_have_submitted(book: CallBook):
    kept = await drawn(book, "call-1")
    before = (await kept.own("bo"), await kept.draws(["chauffage"]), await kept.load(), await kept.to_arbitrate("chris"))
    await kept.save("call-1", "ana", {"polite": "no"}, "brouillon")
    assert (await kept.own_of("call-1", "ana")).labels.answers == {"polite": "no"}
    await kept.submit("call-1", "ana", GOOD, "fini")
    after = (await kept.own("bo"), await kept.draws(["chauffage"]), await kept.load(), await kept.to_arbitrate("chris"))
    assert before == after
    assert after[0][0].labels.answers == {}
    for reading in (kept.own_of("call-1", "chris"), kept.own_of("call-1", "lead"), kept.finished_of("call-1")):
        with pytest.raises(UnknownCall):
            await reading
    assert await kept.finished(["chauffage"], LONG_AGO, FAR) == []
    assert await kept.marks(["chauffage"], LONG_AGO, FAR) == []
    assert await kept.settled(["chauffage"], LONG_AGO) == []
    with pytest.raises(ReviewRefused, match="cannot be settled"):
        await kept.save_ruling("call-1", "chris", GOOD, "", final=True)


async def test_those_who_agree_settle_at_once_and_give_facts(book: CallBook):
    kept = await drawn(book, "call-1")
    await kept.submit("call-1", "ana", GOOD, "")
    await kept.submit("call-1", "bo", GOOD | {"name": "zoe LEFEVRE"}, "")
    assert await kept.to_arbitrate("chris") == []
    facts = await kept.settled(["chauffage"], LONG_AGO)
    assert [(one.fact, one.value, one.source) for one in facts] == [
        ("message.details.caller_name", "Zoé Lefèvre", FactSource.REVIEW),
        ("tone", "5", FactSource.REVIEW),
    ]
    assert await kept.settled(["autre"], LONG_AGO) == []
    assert await kept.settled(["chauffage"], FAR) == []


async def test_the_arbiter_settles_what_is_disputed_and_only_that(book: CallBook):
    kept = await drawn(book, "call-1")
    await kept.submit("call-1", "ana", GOOD, "chaleureux")
    await kept.submit("call-1", "bo", GOOD | {"tone": "2"}, "sec")
    assert [one.call for one in await kept.to_arbitrate("chris")] == ["call-1"]
    assert await kept.to_arbitrate("ana") == []
    assert [one.fact for one in await kept.settled(["chauffage"], LONG_AGO)] == ["message.details.caller_name"]
    with pytest.raises(UnknownCall):
        await kept.save_ruling("call-1", "ana", {"tone": "5"}, "", final=True)
    with pytest.raises(ReviewRefused) as wrong:
        await kept.save_ruling("call-1", "chris", {"polite": "no"}, "", final=True)
    assert wrong.value.reason == "incomplete"
    await kept.save_ruling("call-1", "chris", {"tone": "4"}, "brouillon", final=False)
    assert [one.fact for one in await kept.settled(["chauffage"], LONG_AGO)] == ["message.details.caller_name"]
    await kept.save_ruling("call-1", "chris", {"tone": "3", "polite": "no"}, "", final=True)
    found = await kept.finished_of("call-1")
    assert found.settled(CARD) == GOOD | {"tone": "3"}
    assert {one.fact: one.value for one in await kept.settled(["chauffage"], LONG_AGO)}["tone"] == "3"
    with pytest.raises(ReviewRefused, match="cannot be settled"):
        await kept.save_ruling("call-1", "chris", {"tone": "1"}, "", final=True)


async def test_labels_are_final_whole_and_of_the_scorecard(book: CallBook):
    kept = await drawn(book, "call-1")
    for answers, reason in (({"polite": "yes"}, "incomplete"), (GOOD | {"tone": "9"}, "incomplete")):
        with pytest.raises(ReviewRefused) as wrong:
            await kept.submit("call-1", "ana", answers, "")
        assert wrong.value.reason == reason
    with pytest.raises(ReviewRefused) as wrong:
        await kept.save("call-1", "ana", {"nothing": "yes"}, "")
    assert wrong.value.reason == "answer"
    await kept.submit("call-1", "ana", GOOD, "")
    for again in (kept.save("call-1", "ana", {}, ""), kept.submit("call-1", "ana", GOOD, "")):
        with pytest.raises(ReviewRefused) as wrong:
            await again
        assert wrong.value.reason == "submitted"
    with pytest.raises(UnknownCall):
        await kept.submit("call-1", "chris", GOOD, "")


async def test_two_who_submit_at_once_finish_the_review_once(book: CallBook):
    kept = await drawn(book, "call-1", "call-2", "call-3")
    both = [kept.submit(call, who, GOOD, "") for call in ("call-1", "call-2", "call-3") for who in ("ana", "bo")]
    await asyncio.gather(*both)
    assert len(await kept.finished(["chauffage"], LONG_AGO, FAR)) == 3
    assert len(await kept.marks(["chauffage"], LONG_AGO, FAR)) == 9
    [(_, all_, both_done, settled)] = await kept.draws(["chauffage"])
    assert (all_, both_done, settled) == (3, 3, 3)


async def test_a_call_is_reviewed_once_and_no_candidate_again(book: CallBook):
    kept = await drawn(book, "call-1")
    assert (await kept.load()) == {"ana": 1, "bo": 1}
    found = await reviewable_calls(book.database, "chauffage", LONG_AGO, FAR, Only.ALL)
    assert [(one.call, one.scenario, one.urgency) for one in found] == [("call-2", "panne", "p1"), ("call-3", "panne", "p1")]
    draw = Draw("draw-2", "chauffage", LONG_AGO, FAR, 2, 3, 1, Only.ALL, "d1", "lead", BEGAN)
    again = [
        Review(call, "chauffage", "draw-2", f"u-{call}", "d1", "bo", "chris", "ana", BEGAN) for call in ("call-1", "call-2")
    ]
    assert await kept.add(draw, CARD, again) == ["call-2"]


async def test_candidates_are_over_real_of_the_period_and_corrected_or_listed_where_asked(book: CallBook):
    await book.save(a_call("call-4"), [])
    await book.save(a_call("call-5", ended=EndReason.GOODBYE, rehearsal=True), [])
    await book.save(
        a_call("call-6", ended=EndReason.GOODBYE, started_at=BEGAN + timedelta(days=2), scenario=None, urgency=None), []
    )
    await CorrectionBook(book.database).add("call-2", "chauffage", Correction("caller_name", "a", "b", "claire", BEGAN))

    async def found(only: Only = Only.ALL, until: datetime = FAR, listed: tuple[str, ...] = ()) -> list[str]:
        return [one.call for one in await reviewable_calls(book.database, "chauffage", LONG_AGO, until, only, listed)]

    assert await found() == ["call-1", "call-2", "call-3", "call-6"]
    assert await found(until=BEGAN + timedelta(days=1)) == ["call-1", "call-2", "call-3"]
    assert await found(Only.CORRECTED) == ["call-2"]
    assert await found(Only.LISTED, listed=("call-3", "call-4", "other")) == ["call-3"]


async def test_corrections_are_facts_unless_a_review_says_otherwise(book: CallBook):
    corrections = CorrectionBook(book.database)
    for call, value in (("call-1", "Zoé Lefebvre"), ("call-2", "Ali"), ("call-2", "Ali Benali"), ("call-3", "Inconnu")):
        await corrections.add(call, "chauffage", Correction("caller_name", "", value, "claire", BEGAN))
    kept = await drawn(book, "call-1", "call-3")
    for who in ("ana", "bo"):
        await kept.submit("call-1", who, GOOD, "")
        await kept.submit("call-3", who, GOOD | {"name": "na"}, "")
    facts = {(one.call, one.value): one.source for one in await kept.settled(["chauffage"], LONG_AGO) if one.fact != "tone"}
    assert facts == {("call-1", "Zoé Lefèvre"): FactSource.REVIEW, ("call-2", "Ali Benali"): FactSource.CORRECTION}


async def test_an_erased_call_takes_its_review_along_and_agreement_stays(book: CallBook):
    kept = await drawn(book, "call-1")
    await kept.submit("call-1", "ana", GOOD, "une remarque")
    await kept.submit("call-1", "bo", GOOD | {"name": "Zoé Lefebvre"}, "")
    before = await kept.marks(["chauffage"], LONG_AGO, FAR)
    await book.database.write(lambda connection: connection.execute(calls.delete().where(calls.c.id == "call-1")))
    left = await book.database.read(
        lambda connection: [
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in (reviews, review_labels)
        ]
    )
    assert left == [0, 0]
    after = await kept.marks(["chauffage"], LONG_AGO, FAR)
    assert after == before
    assert {one.item: (one.one, one.other) for one in after}["name"] == ("same", "other")
    assert not any(value == "call-1" or "Zoé" in str(value) for one in after for value in (one.item, one.one, one.other))


async def test_labels_keep_the_scorecard_they_were_made_with(book: CallBook):
    kept = await drawn(book, "call-1")
    assert await kept.scorecard("d1") == CARD
    with pytest.raises(ReviewRefused, match="No scorecard"):
        await kept.scorecard("d2")
    assert (await kept.own("ana"))[0].scorecard == "d1"
