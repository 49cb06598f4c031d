"""Boundary cases of instructions: the minutes around each change, and what would happen there."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.clients.fiche import fiche
from voicebot.clients.boundaries import BoundaryKind, clock_changes
from voicebot.domain.hours import Openness
from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import Outcome
from voicebot.quality.boundary_cases import Case, cases_of, summary_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def cases(instructions: Instructions) -> dict[tuple[BoundaryKind, str], Case]:
    return {(c.boundary.kind, f"{c.boundary.at:%Y-%m-%d %H:%M}"): c for c in cases_of(instructions, NOW)}


def test_minutes_around_opening_and_closing() -> None:
    found = cases(fiche())
    states = {
        minute: found[(BoundaryKind.WEEK, f"2026-11-24 {minute}")].openness
        for minute in ("07:59", "08:00", "11:59", "12:00")
    }
    assert states == {
        "07:59": Openness.CLOSED,
        "08:00": Openness.OPEN,
        "11:59": Openness.OPEN,
        "12:00": Openness.CLOSED,
    }
    lunch = found[(BoundaryKind.WEEK, "2026-11-24 12:00")]
    assert lunch.greeting == ("Nous sommes fermés. Que se passe-t-il ?",)
    assert lunch.why_path == "hours.weekly.tuesday"
    assert lunch.on_call == ("lea",)
    assert f"{lunch.reopens:%Y-%m-%d %H:%M}" == "2026-11-24 14:00"
    assert ("red_flags[gas_smell]", Outcome.ON_CALL) in lunch.urgent


def test_nobody_is_on_call_while_the_client_is_open() -> None:
    assert cases(fiche())[(BoundaryKind.WEEK, "2026-11-24 08:00")].on_call == ()


def test_holidays_are_those_of_the_region() -> None:
    in_metz = cases(fiche(hours__holidays_region="FR-57"))
    in_paris = cases(fiche())
    day = (BoundaryKind.HOLIDAY, "2026-12-26 10:00")
    assert in_metz[day].openness is Openness.HOLIDAY
    assert day not in in_paris
    overseas = cases(fiche(hours__holidays_region="FR-GP", identity__time_zone="America/Guadeloupe"))
    assert overseas[(BoundaryKind.HOLIDAY, "2027-05-27 10:00")].openness is Openness.HOLIDAY


def test_clock_changes_of_the_zone() -> None:
    found = cases(fiche())
    before, after = (found[(BoundaryKind.CLOCK_CHANGE, f"2027-03-28 {minute}")] for minute in ("01:59", "03:00"))
    assert (after.boundary.at.astimezone(UTC) - before.boundary.at.astimezone(UTC)).total_seconds() == 60
    assert list(clock_changes(NOW, fiche(identity__time_zone="Indian/Reunion").identity.zone)) == []


def test_roster_hand_over_closure_override_and_year_end() -> None:
    found = cases(
        fiche(
            hours__closures=[{"from": "2026-12-24", "to": "2026-12-27", "reason": "fêtes"}],
            hours__overrides=[{"day": "2026-12-05", "slots": ["09:00-12:00"]}, {"day": "2026-12-07"}],
        )
    )
    assert found[(BoundaryKind.HAND_OVER, "2026-12-01 07:59")].on_call == ("lea",)
    assert found[(BoundaryKind.HAND_OVER, "2027-03-01 07:59")].on_call == ("duval", "lea")
    after_roster = found[(BoundaryKind.HAND_OVER, "2027-03-01 08:00")]
    assert after_roster.openness is Openness.OPEN
    assert found[(BoundaryKind.CLOSURE, "2026-12-27 23:59")].openness is Openness.ON_LEAVE
    assert found[(BoundaryKind.CLOSURE, "2026-12-28 00:00")].openness is Openness.CLOSED
    assert found[(BoundaryKind.CLOSURE, "2026-12-24 10:00")].why == "fêtes"
    assert found[(BoundaryKind.OVERRIDE, "2026-12-05 09:00")].openness is Openness.OPEN
    assert found[(BoundaryKind.OVERRIDE, "2026-12-07 10:00")].openness is Openness.CLOSED
    assert found[(BoundaryKind.YEAR_END, "2027-01-01 00:00")].openness is Openness.HOLIDAY


def test_first_and_last_days_of_what_has_dates() -> None:
    notice = {"id": "works", "say": {"fr": "Nous sommes en travaux."}, "valid_from": "2026-12-01", "valid_to": "2026-12-04"}
    found = cases(fiche(notices=[notice]))
    assert {at for kind, at in found if kind is BoundaryKind.DATED_PART} == {
        "2026-11-30 23:59",
        "2026-12-01 00:00",
        "2026-12-04 23:59",
        "2026-12-05 00:00",
    }


def test_roster_with_a_hole_is_in_the_summary() -> None:
    shifts = [
        {"from": "2026-01-01", "to": "2026-12-01 08:00", "contacts": ["lea"]},
        {"from": "2026-12-25 08:00", "to": "2027-03-01 08:00", "contacts": ["lea"]},
    ]
    found = cases_of(fiche(on_call__shifts=shifts), NOW)
    assert any("wakes nobody" in line for line in summary_of(found))
    assert not any("wakes nobody" in line for line in summary_of([c for c in cases_of(fiche(), NOW) if c.on_call]))
