"""Checks of the ladder in a client's file: numbers never dialled, rounds that stop short, quiet that breaks promises."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.clients.fiche import fiche
from voicebot.clients.check.finding import Finding, Severity
from voicebot.clients.check.instructions import errors_in, findings_in

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ERROR, WARNING = Severity.ERROR, Severity.WARNING
PHONES = "people[lea].phones"


def found(**changes: Any) -> list[Finding]:
    return [f for f in findings_in(fiche(**changes), NOW) if f.check.startswith("on_call.")]


CASES: list[tuple[Severity, str, str, dict[str, Any]]] = [
    (ERROR, "on_call.dialling", PHONES, {"people__1__phones": ["+33639980052", "+33899123456"]}),
    (ERROR, "on_call.dialling", PHONES, {"people__1__phones": ["+33812345678"], "people__1__email": "lea@example.org"}),
    (ERROR, "on_call.dialling", PHONES, {"people__1__phones": ["+33117000"], "people__1__email": "lea@example.org"}),
    (ERROR, "on_call.dialling", "people[duval].phones", {"people__0__phones": ["+881612345678"]}),
    (WARNING, "on_call.dialling", PHONES, {"people__1__phones": ["+33700123456"]}),
    (WARNING, "on_call.in_writing", "people[lea]", {"people__1__phones": ["+33199001055"]}),
    (WARNING, "on_call.most_calls", "on_call.most_calls", {"on_call__most_calls": 3}),
    (
        WARNING,
        "on_call.most_calls",
        "on_call.rounds",
        {"on_call__most_calls": 7, "on_call__rounds": 2, "on_call__restart_after": "10 min"},
    ),
    (WARNING, "on_call.rounds", "on_call.rounds", {"on_call__rounds": 3}),
    (WARNING, "on_call.quiet", "on_call.quiet", {"on_call__quiet": "21:00-07:00"}),
    (WARNING, "on_call.quiet", "on_call.quiet", {"on_call__quiet": "01:00-05:30"}),
]


@pytest.mark.parametrize(("severity", "check", "path", "changes"), CASES)
def test_gap_in_the_ladder_is_found(severity: Severity, check: str, path: str, changes: dict[str, Any]) -> None:
    assert [(f.severity, f.check, f.path) for f in found(**changes)] == [(severity, check, path)]


@pytest.mark.parametrize(
    "changes",
    [
        {"people__1__phones": ["+33199001055"], "people__1__email": "lea@example.org"},
        {"on_call__most_calls": 4},
        {"on_call__most_calls": 8, "on_call__rounds": 2, "on_call__restart_after": "10 min"},
        {"on_call__rounds": 1},
        {"on_call__rounds": 5, "on_call__restart_after": "10 min"},
        {"on_call__quiet": "01:00-05:00"},
        {"on_call__quiet": "21:00-07:00", "scenarios__0__deadline": None},
        {"on_call__quiet": "21:00-07:00", "scenarios__0__escalations__0__urgency": "p0"},
    ],
)
def test_whole_ladder_is_not_blamed(changes: dict[str, Any]) -> None:
    if changes.get("scenarios__0__deadline", "") is None:
        changes = {**changes, "scenarios__0__promise": None}
    assert found(**changes) == []


def test_a_promise_to_callers_counts_like_a_deadline() -> None:
    promise = {"open": {"fr": "On vous rappelle."}, "closed": {"fr": "On vous rappelle dans l'heure."}}
    [broken] = found(on_call__quiet="21:00-07:00", scenarios__0__deadline="2 d", scenarios__0__promise=promise)
    assert "within 1 h" in broken.what


def test_finding_shows_no_whole_number_and_refuses_the_file() -> None:
    instructions = fiche(people__1__phones=["+33899123456"], people__1__email="lea@example.org")
    [refused] = errors_in(instructions)
    assert "…56" in refused.what
    assert "+33899123456" not in refused.what


def test_people_who_are_never_woken_may_have_any_number() -> None:
    assert (
        found(
            people__1__phones=["+33899123456"],
            on_call__shifts__0__contacts=["duval"],
            on_call__shifts__1__contacts=["duval"],
        )
        == []
    )
