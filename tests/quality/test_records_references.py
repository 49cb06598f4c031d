"""What people found true of calls becomes facts; where they disagree, somebody is told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from voicebot.domain.reference import FactSource, ReferenceFact
from voicebot.domain.urgency import UrgencyLevel
from voicebot.quality.records.references import facts_of, gathered

MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)
NAME = "message.details.caller_name"


def _fact(fact: str, value: str, source: FactSource = FactSource.REVIEW, later_h: int = 0, call: str = "a") -> ReferenceFact:
    return ReferenceFact(call, "garage", fact, value, source, MONDAY + timedelta(hours=later_h))


def test_facts_of_every_kind_by_call() -> None:
    facts = facts_of(
        [
            _fact("urgency", "p1"),
            _fact(NAME, "Paul Martin"),
            _fact("message.missing", "address, email"),
            _fact("dangers", "none"),
            _fact("obeys.faq[hours]", "false"),
            _fact("handoff", "none", call="b"),
        ]
    )
    assert facts["a"].urgency is UrgencyLevel("p1")
    assert facts["a"].message
    assert facts["a"].message.details == {"caller_name": "Paul Martin"}
    assert facts["a"].message.missing == ("address", "email")
    assert facts["a"].dangers == ()
    assert facts["a"].obeys == {"faq[hours]": False}
    assert facts["b"].handoff == "none"


def test_review_beats_a_later_correction_and_is_told() -> None:
    review = _fact(NAME, "Paul Martin")
    correction = _fact(NAME, "Paul Martinez", FactSource.CORRECTION, later_h=3)
    found = gathered([review, correction])
    assert found.facts["a"].message
    assert found.facts["a"].message.details["caller_name"] == "Paul Martin"
    assert [(c.held, c.dropped) for c in found.conflicts] == [(review, correction)]


def test_later_correction_holds_without_a_conflict() -> None:
    made = [_fact(NAME, name, FactSource.CORRECTION, later_h=h) for h, name in ((2, "Second"), (1, "First"))]
    found = gathered(made)
    assert found.facts["a"].message
    assert found.facts["a"].message.details["caller_name"] == "Second"
    assert found.conflicts == ()


def test_opinions_are_no_facts_and_nonsense_is_told() -> None:
    found = gathered([_fact("tone", "4"), _fact("urgency", "rather"), _fact("no_such_fact", "x"), _fact("urgency", "p2")])
    assert found.facts["a"].urgency is UrgencyLevel("p2")
    assert {reference.fact for reference in found.unusable} == {"urgency", "no_such_fact"}
