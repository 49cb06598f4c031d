"""What figures make of plain rows: rates with intervals, percentiles, steps, and both periods side by side."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from voicebot.domain.handoff import Handoff, HandoffStatus, Why
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy import figures
from voicebot.policy.figures import Figure, Measure, Rows, percentile, wilson

AT = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
NOTHING = Rows()


def _measure(figure: Figure, name: str) -> Measure:
    return next(one for one in figure.measures if one.name == name)


def _bars(figure: Figure) -> dict[str, tuple[int, int]]:
    return {bar.name: (bar.now, bar.before) for bar in figure.bars if bar.now or bar.before}


def _handoff(status: HandoffStatus, wait_s: float | None = None, why: Why | None = None) -> Handoff:
    talking = AT + timedelta(seconds=wait_s) if wait_s is not None else None
    return Handoff("h", "c", "m", Language.FRENCH, UrgencyLevel.P3, AT, AT, status=status, talking_at=talking, why=why)


def test_wilson_gives_the_published_interval() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 5)[0] == 0.0
    assert wilson(5, 5)[1] == 1.0
    with pytest.raises(ValueError):
        wilson(6, 5)


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([], 0.5) is None
    assert percentile([4.0], 0.95) == 4.0
    assert [percentile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], share) for share in (0.5, 0.9, 0.95)] == [5, 9, 10]


def test_calls_are_counted_by_the_hour_of_their_client() -> None:
    zones = {"paris": ZoneInfo("Europe/Paris"), "reunion": ZoneInfo("Indian/Reunion")}
    figure = figures.volume(Rows(begun=[("paris", AT), ("reunion", AT), ("paris", AT)]), Rows(begun=[("paris", AT)]), zones)
    assert _bars(figure) == {"09": (2, 1), "12": (1, 0)}
    assert figure.n == 3


def test_waiting_counts_those_who_hung_up_against_the_rate() -> None:
    now = Rows(
        handoffs=[
            _handoff(HandoffStatus.DONE, 20.0),
            _handoff(HandoffStatus.RETURNED, 20.1, Why.GIVEN_BACK),
            _handoff(HandoffStatus.ABANDONED, None, Why.CALLER_HUNG_UP),
            _handoff(HandoffStatus.WAITING),
        ]
    )
    figure = figures.wait(now, NOTHING)
    soon = _measure(figure, "within_20_s")
    assert (soon.value, soon.n, soon.before) == (pytest.approx(1 / 3), 3, None)
    assert (soon.low, soon.high) == wilson(1, 3)
    assert _measure(figure, "p50").value == 20.0
    assert _measure(figure, "p90").value == 20.1
    assert _bars(figure) == {"20": (1, 0), "30": (1, 0)}


def test_handoffs_say_how_each_ended_and_why() -> None:
    now = Rows(
        handoffs=[
            _handoff(HandoffStatus.DONE, 5),
            _handoff(HandoffStatus.RETURNED, 5, Why.AGENT_LOST),
            _handoff(HandoffStatus.RETURNED, None, Why.NOT_CONNECTED),
            _handoff(HandoffStatus.OVERFLOWED, None, Why.NOBODY),
        ]
    )
    figure = figures.transfers(now, Rows(handoffs=[_handoff(HandoffStatus.CALLED_BACK, None, Why.CALLBACK)]))
    assert _bars(figure) == {
        "done": (1, 0), "returned.agent_lost": (1, 0), "returned.not_connected": (1, 0), "overflowed": (1, 0),
        "called_back": (0, 1),
    }  # fmt: skip
    assert (_measure(figure, "talked").value, _measure(figure, "talked").before) == (0.5, 0.0)


def test_ladders_that_nobody_took_count_against_the_rate() -> None:
    figure = figures.acknowledgement(Rows(acknowledged_s=[119, 121, None], alarms=1), Rows(acknowledged_s=[None]))
    assert _measure(figure, "acknowledged").value == pytest.approx(2 / 3)
    assert _measure(figure, "alarm").value == pytest.approx(1 / 3)
    assert _bars(figure) == {"120": (1, 0), "300": (1, 0), "never": (1, 1)}


def test_outcomes_messages_callbacks_and_deliveries() -> None:
    now = Rows(
        outcomes={"human": 2, "abandoned": 2}, urgencies={"p0": 1, "p3": 3}, messages=4, complete=3, missing={"address": 1},
        callbacks={"done": 3, "open": 1}, dispatches={"delivered": 5, "failed": 3}, saved=2,
    )  # fmt: skip
    assert _measure(figures.outcomes(now, NOTHING), "abandoned").value == 0.5
    assert _measure(figures.urgencies(now, NOTHING), "urgent").value == 0.25
    complete = figures.completeness(now, NOTHING)
    assert _measure(complete, "complete").value == 0.75
    assert _bars(complete) == {"complete": (3, 0), "partial": (1, 0), "missing.address": (1, 0)}
    assert _measure(figures.callbacks(now, NOTHING), "kept").value == 0.75
    lost = figures.deliveries(now, NOTHING)
    assert _measure(lost, "lost").value == 0.125
    assert _bars(lost) == {"delivered": (5, 0), "saved": (2, 0), "lost": (1, 0)}


def test_sounds_that_took_long_are_still_counted() -> None:
    figure = figures.first_sound(Rows(first_sounds_s=[0.2, 0.25, 0.9, 7.0]), NOTHING)
    assert _bars(figure) == {"0.25": (2, 0), "1": (1, 0), "over": (1, 0)}
    assert _measure(figure, "p95").value == 7.0


def test_an_empty_period_has_no_rate_and_no_percentile() -> None:
    made = (
        figures.first_sound, figures.wait, figures.outcomes, figures.transfers, figures.urgencies, figures.acknowledgement,
        figures.completeness, figures.callbacks, figures.deliveries,
    )  # fmt: skip
    for make in made:
        figure = make(NOTHING, NOTHING)
        assert figure.n == 0
        assert all(one.value is None and one.low is None for one in figure.measures)
        assert all(bar.now == 0 for bar in figure.bars)
