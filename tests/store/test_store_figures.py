"""Figures against hand-made calls, on SQLite and on PostgreSQL: every count and time is known beforehand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.fakes.postgres import running_postgres
from tests.store.made_calls import BEGAN, MadeCall, save_call
from voicebot.domain.call import EndReason
from voicebot.domain.callback import CallbackStatus
from voicebot.domain.handoff import HandoffStatus, Why
from voicebot.domain.message import MessageState
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.store.call_book import CallBook
from voicebot.store.figures import FigureBook, Period

OURS, OTHERS = "chauffage-morel", "cabinet-lilas"
DAY = Period(BEGAN - timedelta(hours=1), BEGAN + timedelta(hours=23), (OURS,))
HUNG_UP = EndReason.CALLER_HUNG_UP
CALLS = {
    "message": MadeCall(message=MessageState.COMPLETE, dispatched=(("delivered", ""), ("failed", "sent"))),
    "partial": MadeCall(
        ended=HUNG_UP, message=MessageState.PARTIAL, missing=("address", "reason"), dispatched=(("failed", "failed"),)
    ),
    "urgent": MadeCall(
        message=MessageState.COMPLETE, urgency=UrgencyLevel.P1, ladder=True, acknowledged_s=95, dispatched=(("read", ""),)
    ),
    "nobody": MadeCall(message=MessageState.PARTIAL, urgency=UrgencyLevel.P0, missing=("address",), ladder=True, alarm=True),
    "talked": MadeCall(ended=EndReason.HANDLED, handoff=HandoffStatus.DONE, wait_s=12, first_sound_ms=480),
    "given-back": MadeCall(
        handoff=HandoffStatus.RETURNED, why=Why.GIVEN_BACK, wait_s=31, message=MessageState.COMPLETE, first_sound_ms=900
    ),
    "left": MadeCall(ended=HUNG_UP, handoff=HandoffStatus.ABANDONED, why=Why.CALLER_HUNG_UP),
    "overflowed": MadeCall(handoff=HandoffStatus.OVERFLOWED, why=Why.MAX_WAIT, message=MessageState.COMPLETE),
    "callback": MadeCall(
        handoff=HandoffStatus.CALLED_BACK, why=Why.CALLBACK, callback=CallbackStatus.DONE, gave_answer=True
    ),
    "callback-open": MadeCall(ended=HUNG_UP, callback=CallbackStatus.UNREACHED),
    "taken-over": MadeCall(ended=EndReason.HANDLED, handoff=HandoffStatus.DONE, wait_s=0.2, taken_over_by="claire"),
    "refused": MadeCall(ended=EndReason.REFUSED),
    "refused-and-left": MadeCall(ended=HUNG_UP, led_to=Outcome.REFUSAL),
    "answered": MadeCall(gave_answer=True),
    "answered-by-scenario": MadeCall(led_to=Outcome.ANSWER),
    "silent": MadeCall(ended=EndReason.SILENCE, first_sound_ms=None),
    "on-the-line": MadeCall(ended=None),
    "rehearsal": MadeCall(rehearsal=True, message=MessageState.COMPLETE),
    "others": MadeCall(client=OTHERS, message=MessageState.COMPLETE, ladder=True, callback=CallbackStatus.OPEN),
    "earlier": MadeCall(at=DAY.since - timedelta(seconds=1), message=MessageState.COMPLETE),
    "first-of-all": MadeCall(at=DAY.since, ended=HUNG_UP),
    "too-late": MadeCall(at=DAY.until),
}


@pytest.fixture(params=["sqlite", "postgresql"])
async def figures(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[FigureBook]:
    if request.param == "sqlite":
        book = await CallBook.open(f"sqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
        yield await _filled(book)
        await book.close()
        return
    with running_postgres(tmp_path / "server") as database:
        book = await CallBook.open(database)
        yield await _filled(book)
        await book.close()


async def _filled(book: CallBook) -> FigureBook:
    for call_id, made in CALLS.items():
        await save_call(book, call_id, made)
    return FigureBook(book.database)


async def test_every_figure_is_what_the_hand_made_calls_say(figures: FigureBook) -> None:
    begun = await figures.begun(DAY)
    assert len(begun) == 18
    assert set(begun) == {(OURS, BEGAN), (OURS, DAY.since)}

    assert await figures.outcomes(DAY) == {
        "human": 3, "on_call": 2, "message": 3, "refused": 2, "answered": 3, "abandoned": 4,
    }  # fmt: skip

    sounds = await figures.first_sounds_s(DAY)
    assert sorted(sounds) == [0.32] * 15 + [0.48, 0.9]

    handoffs = await figures.handoffs(DAY)
    assert sorted(one.call for one in handoffs) == ["callback", "given-back", "left", "overflowed", "talked"]
    assert {one.why for one in handoffs} == {None, Why.GIVEN_BACK, Why.CALLER_HUNG_UP, Why.MAX_WAIT, Why.CALLBACK}

    messages = await figures.messages(DAY)
    # The message of the call that began a second before the period was taken in it.
    assert (messages.messages, messages.complete) == (7, 5)
    assert messages.urgencies == {"p3": 5, "p1": 1, "p0": 1}
    assert messages.missing == {"address": 2, "reason": 1}

    ladders = await figures.ladders(DAY)
    assert sorted(ladders.acknowledged_s, key=str) == [95.0, None]
    assert ladders.alarms == 1

    assert await figures.callbacks(DAY) == {"done": 1, "unreached": 1}
    assert await figures.dispatches(DAY) == ({"delivered": 1, "failed": 2, "read": 1}, 1)


async def test_clients_are_counted_apart_and_nobody_counts_nothing(figures: FigureBook) -> None:
    others = Period(DAY.since, DAY.until, (OTHERS,))
    assert await figures.outcomes(others) == {"on_call": 1}
    assert await figures.callbacks(others) == {"open": 1}
    both = Period(DAY.since, DAY.until, (OURS, OTHERS))
    assert len(await figures.begun(both)) == 19
    nobody = Period(DAY.since, DAY.until, ())
    assert await figures.begun(nobody) == []
    assert await figures.outcomes(nobody) == {}
    assert (await figures.messages(nobody)).messages == 0
    assert await figures.dispatches(nobody) == ({}, 0)
