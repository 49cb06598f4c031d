"""The ladder book on both databases: one claim wins, each fact once, receipts beside their facts."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from stored_samples import BEGAN, a_call

from tests.fakes.postgres import running_postgres
from voicebot.domain.ladder import Attempt, CallEnd, Claim, Contact, LadderPlan, LadderStatus, Role, Way
from voicebot.domain.message_event import MessageEventKind as Kind
from voicebot.errors import UnknownMessage
from voicebot.policy.follow_up import wake
from voicebot.store import CallBook
from voicebot.store.ladder_book import LadderBook

LADDER = "call-1-on-call"
CONTACTS = tuple(
    Contact(f"n{rung}", f"Contact {rung}", Role.ON_CALL, rung, f"+3363998010{rung}", mobile=f"+3363998010{rung}")
    for rung in range(1, 4)
)
PLAN = LadderPlan(LADDER, "call-1", "chauffage", CONTACTS, starts_at=BEGAN)
FIRST = Attempt(f"{LADDER}-1", LADDER, 1, 1, "n1", "+33639980101", begun_at=BEGAN)
LATER = BEGAN + timedelta(minutes=1)


@pytest.fixture(scope="module")
def postgres_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of one server for all tests of this file; each has a database of its own."""
    folder = tmp_path_factory.mktemp("ladder-postgres")
    with running_postgres(folder):
        yield folder


@pytest_asyncio.fixture(params=["sqlite", "postgresql"])
async def calls(request: pytest.FixtureRequest, tmp_path: Path, postgres_folder: Path) -> AsyncIterator[CallBook]:
    """A book with one call that has enqueued its ladder."""
    if request.param == "sqlite":
        book = await CallBook.open(f"sqlite:///{tmp_path / 'voicebot.db'}")
        yield await _with_call(book)
        await book.close()
        return
    with running_postgres(postgres_folder) as url:
        book = await CallBook.open(url)
        yield await _with_call(book)
        await book.close()


async def _with_call(book: CallBook) -> CallBook:
    call = a_call()
    await book.save(call, (), None, (wake(call),))
    return book


@pytest.fixture
def ladders(calls: CallBook) -> LadderBook:
    return LadderBook(calls.database)


async def test_a_ladder_begins_once_and_its_first_plan_holds(calls: CallBook, ladders: LadderBook) -> None:
    first = await ladders.begin(PLAN, BEGAN)
    second = await ladders.begin(replace(PLAN, contacts=()), LATER)

    assert first == second == await ladders.of_call("call-1") == await ladders.ladder(LADDER)
    assert (first.status, first.plan, first.begun_at) == (LadderStatus.WAITING, PLAN, BEGAN)
    (event,) = await calls.after_call("call-1")
    assert event.data == {"ladder": LADDER, "contacts": ["n1", "n2", "n3"], "starts_at": BEGAN.isoformat()}


async def test_of_twenty_claims_at_once_one_is_first_and_all_hear_the_same_name(
    calls: CallBook, ladders: LadderBook
) -> None:
    await ladders.begin(PLAN, BEGAN)

    def claim(number: int) -> Coroutine[Any, Any, Claim]:
        return ladders.claim(LADDER, f"p{number}", f"Person {number}", Way.LINK, LATER)

    claims = await asyncio.gather(*(claim(number) for number in range(20)))

    assert sum(claim.first for claim in claims) == 1
    assert len({claim.contact for claim in claims}) == 1
    ladder = await ladders.ladder(LADDER)
    assert ladder.acknowledged_by == claims[0].contact
    assert ladder.status is LadderStatus.ACKNOWLEDGED
    acknowledged = [e for e in await calls.after_call("call-1") if e.kind is Kind.ACKNOWLEDGED]
    assert len(acknowledged) == 20
    assert [e.data["contact"] for e in acknowledged if e.data["first"]] == [ladder.acknowledged_by]


async def test_whoever_claims_again_still_has_it_and_leaves_one_receipt(calls: CallBook, ladders: LadderBook) -> None:
    await ladders.begin(PLAN, BEGAN)
    await ladders.claim(LADDER, "n1", "Contact 1", Way.KEYPAD, BEGAN)
    again = await ladders.claim(LADDER, "n1", "Contact 1", Way.SMS, LATER)

    assert again.first
    ladder = await ladders.ladder(LADDER)
    assert (ladder.acknowledged_way, ladder.acknowledged_at) == (Way.KEYPAD, BEGAN)
    assert [e.kind for e in await calls.after_call("call-1")] == [Kind.LADDER_BEGUN, Kind.ACKNOWLEDGED]


async def test_the_first_end_of_a_call_stays(calls: CallBook, ladders: LadderBook) -> None:
    await ladders.begin(PLAN, BEGAN)
    assert await ladders.begin_attempt(FIRST) == FIRST
    assert await ladders.begin_attempt(replace(FIRST, begun_at=LATER)) == FIRST, "the same attempt begins once"
    for _ in range(2):
        await ladders.rung(FIRST.id, "CA-1", BEGAN)
        await ladders.heard(FIRST.id, LATER)
        await ladders.ended(FIRST.id, CallEnd.PASSED, LATER)
        await ladders.ended(FIRST.id, CallEnd.SILENT, LATER + timedelta(seconds=1))

    attempt = await ladders.attempt(FIRST.id)
    assert (attempt.carrier_call_id, attempt.heard_at, attempt.ended, attempt.ended_at) == (
        "CA-1",
        LATER,
        CallEnd.PASSED,
        LATER,
    )
    kinds = [event.kind for event in await calls.after_call("call-1")]
    assert kinds == [Kind.LADDER_BEGUN, Kind.CONTACT_RUNG, Kind.CONTACT_HEARD, Kind.CONTACT_ENDED, Kind.PASSED_ON]
    assert await ladders.knows_carrier_call("CA-1")
    assert not await ladders.knows_carrier_call("CA-2")
    assert await ladders.uses_in_a_day(LATER) == 1


async def test_nobody_is_rung_once_somebody_has_it(ladders: LadderBook) -> None:
    await ladders.begin(PLAN, BEGAN)
    await ladders.claim(LADDER, "n2", "Contact 2", Way.SMS, BEGAN)

    assert await ladders.begin_attempt(FIRST) is None
    with pytest.raises(UnknownMessage):
        await ladders.attempt(FIRST.id)


async def test_a_claim_and_the_end_of_the_ladder_never_miss_each_other(ladders: LadderBook) -> None:
    await ladders.begin(PLAN, BEGAN)
    claim, ladder = await asyncio.gather(
        ladders.claim(LADDER, "n1", "Contact 1", Way.LINK, LATER), ladders.finish(LADDER, LadderStatus.ALARM, LATER)
    )

    assert claim.first
    now = await ladders.ladder(LADDER)
    assert now.status is LadderStatus.ACKNOWLEDGED
    assert now.over is not bool(ladder.acknowledged_by), "either the end saw the claim, or the claim saw the end"


async def test_what_is_climbed_later_leaves_a_claim_as_it_is(ladders: LadderBook) -> None:
    await ladders.begin(PLAN, BEGAN)
    await ladders.progress(LADDER, LadderStatus.CLIMBING, 1, "n1", BEGAN)
    assert (await ladders.ladder(LADDER)).trying == "n1"
    await ladders.claim(LADDER, "n1", "Contact 1", Way.KEYPAD, LATER)
    await ladders.progress(LADDER, LadderStatus.CLIMBING, 2, "n2", LATER)

    ladder = await ladders.ladder(LADDER)
    assert (ladder.status, ladder.trying) == (LadderStatus.ACKNOWLEDGED, "")


async def test_only_whoever_has_it_says_when_they_come(ladders: LadderBook) -> None:
    await ladders.begin(PLAN, BEGAN)
    assert not await ladders.give_eta(LADDER, "", 5, LATER)
    await ladders.claim(LADDER, "n1", "Contact 1", Way.KEYPAD, LATER)

    assert not await ladders.give_eta(LADDER, "n2", 5, LATER)
    assert await ladders.give_eta(LADDER, "n1", 25, LATER)
    assert (await ladders.ladder(LADDER)).eta_min == 25


async def test_the_call_in_which_it_was_taken_has_no_other_end(calls: CallBook, ladders: LadderBook) -> None:
    await ladders.begin(PLAN, BEGAN)
    await ladders.begin_attempt(FIRST)
    await ladders.claim(LADDER, "n1", "Contact 1", Way.KEYPAD, LATER)
    await ladders.ended(FIRST.id, CallEnd.SILENT, LATER)

    attempt = await ladders.attempt(FIRST.id)
    assert (attempt.ended, attempt.ended_at) == (None, LATER)
    assert Kind.CONTACT_ENDED not in [event.kind for event in await calls.after_call("call-1")]


async def test_codes_are_stable_for_a_ladder_and_unlike_for_a_number(calls: CallBook, ladders: LadderBook) -> None:
    numbers = range(2, 40)
    for number in numbers:
        call = a_call(f"call-{number}")
        await calls.save(call, ())
        await ladders.begin(replace(PLAN, id=f"call-{number}-on-call", call=call.id), BEGAN)
    given = [await ladders.code_for("+33639980101", f"call-{n}-on-call", "n1", BEGAN) for n in numbers]
    again = [await ladders.code_for("+33639980101", f"call-{n}-on-call", "n1", LATER) for n in numbers]

    assert given == again
    assert len(set(given)) == len(given)
    assert all(len(code) == 4 and code.isdigit() for code in given)
    codes = await ladders.codes_of("+33639980101")
    assert {code.ladder for code in codes} == {f"call-{n}-on-call" for n in numbers}
    assert await ladders.codes_of("+33639980102") == ()


async def test_a_use_is_counted_once_and_for_a_day(ladders: LadderBook) -> None:
    for _ in range(2):
        await ladders.note_use("letter-1", "sms", "chauffage", BEGAN)

    assert await ladders.uses_in_a_day(BEGAN + timedelta(hours=23)) == 1
    assert await ladders.uses_in_a_day(BEGAN + timedelta(hours=25)) == 0


async def test_a_ladder_whose_workflow_is_gone_can_be_taken(calls: CallBook, ladders: LadderBook) -> None:
    await calls.save(a_call("call-9"), ())
    await ladders.begin(replace(PLAN, id="call-9-on-call", call="call-9"), BEGAN)

    claim = await ladders.claim("call-9-on-call", "n1", "Contact 1", Way.LINK, LATER)

    assert claim.first
    assert (await ladders.ladder("call-9-on-call")).acknowledged_by == "n1"
    assert [e.kind for e in await calls.after_call("call-9")] == [Kind.LADDER_BEGUN, Kind.ACKNOWLEDGED]


async def test_an_unknown_ladder_or_call_is_said_so(ladders: LadderBook) -> None:
    with pytest.raises(UnknownMessage):
        await ladders.ladder("nowhere")
    with pytest.raises(UnknownMessage):
        await ladders.claim("nowhere", "n1", "Contact 1", Way.LINK, BEGAN)
    with pytest.raises(UnknownMessage):
        await ladders.ended("nowhere-1", CallEnd.BUSY, BEGAN)
    assert await ladders.of_call("nowhere") is None
