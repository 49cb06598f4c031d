"""The flips of a replay grouped by the instruction that does them, for tables."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.replay import Flip, ReplayedCall, ReplayReport
from voicebot.quality.comparing.rates import Rate


@dataclass(frozen=True, slots=True)
class RuleGroup:
    """because: path in the changed file. what: "urgency p1 → p2". calls: their ids. dangerous: towards danger."""

    because: str
    rule: str
    what: str
    calls: tuple[str, ...]
    dangerous: bool


def by_rule(report: ReplayReport) -> tuple[RuleGroup, ...]:
    """Towards danger first, then the most frequent."""
    groups: dict[tuple[str, str, str, bool], list[str]] = {}
    for call in report.flipped:
        for flip in call.flips:
            groups.setdefault((flip.because, flip.rule, told(flip), flip.towards_danger), []).append(call.call)
    found = [RuleGroup(because, rule, what, tuple(ids), bad) for (because, rule, what, bad), ids in groups.items()]
    return tuple(sorted(found, key=lambda g: (not g.dangerous, -len(g.calls), g.because, g.what)))


def told(flip: Flip) -> str:
    """ "urgency p1 → p2"; promises, which are sentences, only as changed."""
    if flip.what == "promise" and "none" not in (flip.before, flip.after):
        return "promise reworded"
    before, after = (("none" if v == "none" else "made") if flip.what == "promise" else v for v in (flip.before, flip.after))
    return f"{flip.what} {before} → {after}"


def flip_rate(report: ReplayReport) -> Rate:
    """Calls whose outcome flips, of those replayed."""
    return Rate(len(report.flipped), report.calls)


def parts_at(call: ReplayedCall) -> int:
    """Place of the first line that differs."""
    differs = (n for n, t in enumerate(call.turns) if t.before != t.after or t.said_after is not None)
    return next(differs, 0)
