"""The measured faults and alarms for machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from voicebot.quality.comparing.rates import Rate
from voicebot.quality.mutation.alarms import MeasuredBenign
from voicebot.quality.mutation.measure import Measured, Mutation
from voicebot.quality.mutation.targets import all_flagged, all_misjudged, missed_targets


def caught_by(measured: Measured) -> Counter[str]:
    """In how many calls each check caught the fault; those that did most often come first."""
    return Counter(check for bite in measured.bites for check in {f.check for f in bite.by})


def as_json(mutation: Mutation, benign: tuple[MeasuredBenign, ...]) -> dict[str, Any]:
    """One object; the same for equal runs, but for took_s."""
    return {
        "calls": mutation.calls,
        "held": mutation.held,
        "took_s": round(mutation.took_s, 1),
        "caught": _rate(mutation.caught),
        "sensitivity": _rate(mutation.sensitivity),
        "false_alarms": _rate(all_flagged(benign)),
        "misjudged": _rate(all_misjudged(benign)),
        "missed_targets": missed_targets(mutation, benign),
        "failing": list(mutation.failing),
        "faults": [_fault(measured) for measured in mutation.faults],
        "benign": list(_benign(benign)),
    }


def _rate(rate: Rate) -> dict[str, Any]:
    return {"value": rate.value, "interval": rate.interval, "successes": rate.successes, "trials": rate.trials}


def _fault(measured: Measured) -> dict[str, Any]:
    fault = measured.fault
    return {
        "name": fault.name,
        "harm": fault.harm,
        "severity": fault.severity.value,
        "area": fault.area.value,
        "state": "caught" if measured.caught else "slips" if measured.reached else "not reached",
        "reach": measured.reach,
        "fired": len(measured.bites),
        "sensitivity": _rate(measured.sensitivity),
        "by": dict(caught_by(measured).most_common()),
        "unseen": [{"case": b.case, "line": b.line} for b in measured.bites if not b.caught][:5],
    }


def _benign(benign: Iterable[MeasuredBenign]) -> Iterable[dict[str, Any]]:
    for kind in benign:
        yield {
            "name": kind.kind.name,
            "why": kind.kind.why,
            "flagged": _rate(kind.flagged),
            "misjudged": _rate(kind.misjudged),
            "alarms": [
                {"case": a.case, "line": a.line, "checks": [f.check for f in a.by], "whose": "judge" if a.judges else "call"}
                for a in kind.alarms
            ],
        }
