"""Draws calls for review, of each kind its share, and deals them out to reviewers; the same seed, the same draw."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Candidate:
    """A call that could be reviewed. stratum: its scenario and urgency."""

    call: str
    stratum: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Seating:
    """Who looks at one call; three people."""

    call: str
    first: str
    second: str
    arbiter: str


def draw_calls(candidates: Iterable[Candidate], wanted: int, seed: int) -> list[str]:
    """`wanted` calls, or all: of each stratum its share by largest remainder, one at least while there is room.

    Strata are the smallest first when there are more of them than calls wanted: rare kinds are what a plain sample misses.
    """
    dice = Random(seed)
    strata: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in sorted(candidates, key=lambda one: one.call):
        strata[one.stratum].append(one.call)
    shares = _shares({name: len(calls) for name, calls in strata.items()}, wanted)
    drawn = [call for name in sorted(strata) for call in dice.sample(strata[name], shares[name])]
    dice.shuffle(drawn)
    return drawn


def seat_reviewers(calls: Sequence[str], people: Sequence[str], load: Mapping[str, int], seed: int) -> list[Seating]:
    """Two reviewers and an arbiter for each call: those with the least to do, ties by lot.

    Args:
        people: ids, three at least. load: how many calls each still has to look at.
    Raises: ValueError with fewer than three people.
    """
    if len(set(people)) < 3:
        raise ValueError("a review needs three people")
    dice = Random(seed)
    looked, arbitrated = Counter(dict(load)), Counter[str]()
    made: list[Seating] = []
    for call in calls:
        order = dice.sample(sorted(set(people)), len(set(people)))
        pair = sorted(order, key=lambda one: looked[one])[:2]
        dice.shuffle(pair)
        others = [one for one in order if one not in pair]
        arbiter = min(others, key=lambda one: (arbitrated[one], looked[one]))
        looked.update(pair)
        arbitrated[arbiter] += 1
        made.append(Seating(call, pair[0], pair[1], arbiter))
    return made


def _shares(sizes: Mapping[tuple[str, str], int], wanted: int) -> dict[tuple[str, str], int]:
    whole = sum(sizes.values())
    if wanted >= whole:
        return dict(sizes)
    small_first = sorted(sizes, key=lambda name: (sizes[name], name))
    shares = {name: int(at < wanted) for at, name in enumerate(small_first)}
    while sum(shares.values()) < wanted:
        # Whoever is furthest below its share of the whole sample gets the next call.
        name = max(
            (one for one in small_first if shares[one] < sizes[one]),
            key=lambda one: (wanted * sizes[one] / whole - shares[one], one),
        )
        shares[name] += 1
    return shares
