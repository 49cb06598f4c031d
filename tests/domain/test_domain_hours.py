"""Opening hours at their edges: minutes, holidays by region, closures, clock changes."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.hours import Hours, Openness

PARIS = ZoneInfo("Europe/Paris")
HOURS = Hours.model_validate(
    {
        "weekly": {day: ["08:00-12:30", "14:00-24:00"] for day in ("monday", "friday", "saturday", "sunday")},
        "closures": [{"from": "2026-12-26", "to": "2026-12-27"}],
    }
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("moment", "openness"),
    [
        ("2026-11-23 07:59", Openness.CLOSED),
        ("2026-11-23 08:00", Openness.OPEN),
        ("2026-11-23 12:29", Openness.OPEN),
        ("2026-11-23 12:30", Openness.CLOSED),
        ("2026-11-23 23:59", Openness.OPEN),
        ("2026-11-24 00:00", Openness.CLOSED),
        ("2026-12-25 10:00", Openness.HOLIDAY),
        ("2026-12-26 10:00", Openness.ON_LEAVE),
        ("2026-12-28 10:00", Openness.OPEN),
        ("2026-03-29 08:00", Openness.OPEN),
        ("2026-03-29 07:59", Openness.CLOSED),
    ],
)
def test_openness_to_the_minute(moment: str, openness: Openness) -> None:
    assert HOURS.openness(at(moment), PARIS) is openness
    assert HOURS.openness(at(moment).astimezone(UTC), PARIS) is openness


def test_holidays_are_those_of_the_region() -> None:
    boxing_day = datetime(2025, 12, 26, 10, tzinfo=PARIS)
    in_metz = HOURS.model_copy(update={"holidays_region": "FR-57", "closures": ()})
    in_paris = HOURS.model_copy(update={"closures": ()})
    assert in_metz.openness(boxing_day, PARIS) is Openness.HOLIDAY
    assert in_paris.openness(boxing_day, PARIS) is Openness.OPEN


def test_next_opening_passes_over_closed_days() -> None:
    assert HOURS.next_opening(at("2026-12-25 10:00"), PARIS) == at("2026-12-28 08:00")
    assert HOURS.next_opening(at("2026-11-23 12:31"), PARIS) == at("2026-11-23 14:00")
    assert Hours.model_validate({"weekly": {}}).next_opening(at("2026-11-23 12:31"), PARIS) is None


def test_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        HOURS.openness(datetime(2026, 11, 23, 8, 0), PARIS)  # noqa: DTZ001


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)))  # noqa: DTZ001
def test_next_opening_is_open_and_the_minute_before_is_not_missed(now: datetime) -> None:
    opening = HOURS.next_opening(now, PARIS)
    assert opening is not None
    assert opening > now
    assert HOURS.openness(opening, PARIS) is Openness.OPEN
