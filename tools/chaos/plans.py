"""When a victim dies: at a random moment, while it starts, in mid-transaction, or right after an outside effect."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum


class Moment(StrEnum):
    RANDOM = "random"
    """Uniform in time."""
    START = "start"
    """While it opens the database and takes up what was left."""
    IN_TRANSACTION = "in_transaction"
    """Before a commit: the rows are written, and nothing is kept."""
    COMMITTED = "committed"
    """Right after a commit: kept, and nobody was told."""
    OUTSIDE = "outside"
    """Right after somebody outside took a mail, a webhook, an SMS or a call: done, and not written down."""
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Plan:
    """after_s: real seconds, a limit for the moments that may never come. commit: number of the commit that it dies at."""

    moment: Moment
    after_s: float = 0.0
    commit: int = 0


UNDISTURBED = Plan(Moment.NEVER)
LONGEST_LIFE_S = 1.2
LONGEST_START_S = 0.2
MOST_COMMITS = 60
_WEIGHTS = {
    Moment.RANDOM: 45,
    Moment.START: 10,
    Moment.IN_TRANSACTION: 15,
    Moment.COMMITTED: 10,
    Moment.OUTSIDE: 20,
}


def next_plan(chance: random.Random) -> Plan:
    moment = chance.choices(list(_WEIGHTS), list(_WEIGHTS.values()))[0]
    longest_s = LONGEST_START_S if moment is Moment.START else LONGEST_LIFE_S
    after_s = chance.uniform(0.0, longest_s) if moment in (Moment.RANDOM, Moment.START) else longest_s
    return Plan(moment, after_s, chance.randint(1, MOST_COMMITS))
