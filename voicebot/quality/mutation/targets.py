"""What a suite must do before its figures may stop or let through a change."""

from __future__ import annotations

from collections.abc import Iterable

from voicebot.quality.comparing.rates import Rate
from voicebot.quality.mutation.alarms import MeasuredBenign
from voicebot.quality.mutation.measure import Mutation

LEAST_CAUGHT = 0.95
MOST_ALARMS = 0.05


def all_flagged(benign: Iterable[MeasuredBenign]) -> Rate:
    kinds = tuple(benign)
    return Rate(sum(len(b.alarms) for b in kinds), sum(b.calls for b in kinds))


def all_misjudged(benign: Iterable[MeasuredBenign]) -> Rate:
    kinds = tuple(benign)
    return Rate(sum(b.misjudged.successes for b in kinds), sum(b.calls for b in kinds))


def missed_targets(mutation: Mutation, benign: Iterable[MeasuredBenign]) -> list[str]:
    """In words; [] when all are met. Every call that fails for a harmless change counts, whoever is to blame."""
    missed: list[str] = []
    if mutation.faults and (mutation.caught.value or 0.0) < LEAST_CAUGHT:
        missed.append(f"{mutation.caught} of the kinds of faults are caught, at least {LEAST_CAUGHT:.0%} must be")
    flagged = all_flagged(benign)
    if flagged.trials and (flagged.value or 0.0) > MOST_ALARMS:
        missed.append(f"{flagged} of the harmless changes are flagged, at most {MOST_ALARMS:.0%} may be")
    if mutation.failing:
        missed.append(f"{len(mutation.failing)} calls fail without any fault, first {mutation.failing[0]}")
    return missed
