"""The house's targets of understanding, and which of them a run misses."""

from __future__ import annotations

from voicebot.quality.comparing.rates import Counts, Rate
from voicebot.quality.understanding_evals import Report


def missed_targets(report: Report) -> list[str]:
    """Targets of the house that this run misses, in words."""
    missed = []
    recall, alarms = report.danger.recall.value, report.false_alarms.value
    if recall is not None and recall < 0.99:
        missed.append(f"danger recall {100 * recall:.1f} %, target ≥ 99 %")
    if alarms is not None and alarms > 0.01:
        missed.append(f"false alarms {100 * alarms:.1f} %, target ≤ 1 %")
    human = report.acts.get("human", Counts()).f1
    if human is not None and human < 0.97:
        missed.append(f"wish for a human: F1 {human:.3f}, target ≥ 0.97")
    for kind, exact, wrong in (("phone", 0.98, 0.005), ("date", None, 0.01)):
        scores = [s for name, s in report.details.items() if name.startswith(f"{kind}/")]
        right = Rate(sum(s.exact for s in scores), sum(s.given for s in scores)).value
        bad = Rate(sum(s.wrong_rate.successes for s in scores), sum(s.wrong_rate.trials for s in scores)).value
        if exact is not None and right is not None and right < exact:
            missed.append(f"{kind}: exact {100 * right:.1f} %, target ≥ {100 * exact:g} %")
        if bad is not None and bad > wrong:
            missed.append(f"{kind}: wrong {100 * bad:.1f} %, target ≤ {100 * wrong:g} %")
    return missed
