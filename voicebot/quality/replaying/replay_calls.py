"""Many past calls under changed instructions: on one core or on several, in the order in which they were given."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field, replace
from multiprocessing import get_context
from pathlib import Path
from threading import Event
from typing import Self

from voicebot.clients.client_file import ClientFile, client_of
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.domain.replay import Drift, ReplayedCall, ReplayReport
from voicebot.quality.replaying.changed_paths import ChangedPaths
from voicebot.quality.replaying.flips import flips_of, side_by_side
from voicebot.quality.replaying.foreign import is_foreign
from voicebot.quality.replaying.house_then import FACILITIES, HouseThen, Known, house_then
from voicebot.quality.replaying.past_call import PastCall, past_call
from voicebot.quality.replaying.replay_call import Hear, Way, first_difference, replay_call
from voicebot.understanding.ports import Understanding
from voicebot.understanding.rules import Rules

MOST_GUESSES = 4
"""Facilities that are taken away or given, one after the other, until a call comes out as it did."""
CHUNK = 8
"""Calls that a process is given at once."""
LOWEST_PRIORITY = 19
KINDS = (
    "safety_script", "urgency", "on_call", "message", "handoff", "outcome", "to", "scenario", "filter", "missing", "answer",
    "promise", "end",
)  # fmt: skip
"""Flips, worst first."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a client's file as other processes can read it."""

    client: str
    path: Path
    content: bytes

    @classmethod
    def of(cls, file: ClientFile) -> Self:
        return cls(file.instructions.id, file.path, file.content)

    def read(self) -> Instructions:
        """An accepted version is obeyed whatever is checked today. Raises: InstructionsError."""
        return client_of(self.path, self.content, self.client, checked=False).instructions


@dataclass(frozen=True, slots=True)
class Task:
    """calls: each with the place of its version in `versions`. after: the changed file. otherwise: see HouseThen."""

    calls: tuple[tuple[PastCall, int], ...]
    versions: tuple[Version, ...]
    after: Version
    otherwise: Facilities
    hear: Hear = Hear.AS_RECORDED_BY_MODEL


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one call. flipped: None when nothing comes out otherwise."""

    flipped: ReplayedCall | None
    drift: Drift | None


async def as_it_was(
    past: PastCall, instructions: Instructions, understanding: Understanding, house: HouseThen, hear: Hear
) -> tuple[Way, HouseThen, int | None]:
    """The call under the instructions that it obeyed, in the house as it must have been.

    Returns: the way, the house, and the place of the first step that is not as recorded; None when all of it is.
    """
    way = await replay_call(past, instructions, understanding, house, hear)
    if is_foreign(past):
        return way, house, None
    place = first_difference(past, way)
    for _ in range(MOST_GUESSES):
        if place is None:
            break
        better = await _one_facility_otherwise(past, instructions, understanding, (house, place), hear)
        if better is None:
            break
        way, house, place = better
    return way, house, place


async def _one_facility_otherwise(
    past: PastCall, instructions: Instructions, understanding: Understanding, stood: tuple[HouseThen, int], hear: Hear
) -> tuple[Way, HouseThen, int | None] | None:
    """The one facility that, the other way round, lets the call come out as recorded the longest; None when none does."""
    house, place = stood
    at = past.steps[min(place, len(past.steps) - 1)].at
    best: tuple[Way, HouseThen, int | None] | None = None
    for since in dict.fromkeys((at, past.call.started_at)):
        for what in FACILITIES:
            other = house.also(Known(since, what, could=not getattr(house.at(at), what)))
            way = await replay_call(past, instructions, understanding, other, hear)
            reached = first_difference(past, way)
            if reached is None:
                return way, other, None
            if reached > (place if best is None or best[2] is None else best[2]):
                best = (way, other, reached)
    return best


async def replay_one(
    past: PastCall,
    files: tuple[Instructions, Instructions],
    understanding: Understanding,
    otherwise: Facilities,
    hear: Hear,
    *,
    after_understanding: Understanding | None = None,
) -> Outcome:
    """One call, both ways.

    Args:
        files: the instructions that it obeyed, and the changed ones. after_understanding: of the changed way, when not words
            alone are obeyed otherwise but understood otherwise too.
    """
    before, house, place = await as_it_was(past, files[0], understanding, house_then(past, otherwise), hear)
    reference = past if place is None and not is_foreign(past) else past_call(before.record)
    changed_hear = hear if after_understanding is None else Hear.AGAIN
    after = await replay_call(
        reference, files[1], after_understanding or understanding, house, changed_hear, limit_then_s=files[0].limits.call_s
    )
    flips = flips_of(before, after, ChangedPaths(*files), files)
    drift = None if place is None else _drift(past, before, place)
    if not flips:
        return Outcome(None, drift)
    call = before.record.call
    ordered = tuple(sorted(flips, key=lambda flip: (not flip.towards_danger, KINDS.index(flip.what))))
    told = ReplayedCall(
        past.call.id, call.started_at, call.scenario or "", ordered, side_by_side(before, after), after.unanswered
    )
    return Outcome(told, drift)


def _drift(past: PastCall, way: Way, place: int) -> Drift:
    then = past.steps[place] if place < len(past.steps) else None
    now = way.steps[place] if place < len(way.steps) else None
    recorded = tuple(text for _, text in then.said) if then else ()
    replayed = tuple(text for _, text in now.replies) if now else ()
    if recorded == replayed:
        recorded = tuple(str(d["rule"]) for d in then.decisions) if then else (str(past.ended),)
        replayed = tuple(str(d["rule"]) for d in now.decisions) if now else (str(way.record.call.ended),)
    turn = sum(step.kind.callers for step in past.steps[: place + 1])
    return Drift(past.call.id, turn, recorded, replayed)


@dataclass(slots=True)
class Outcomes:
    """Outcomes as they come; the report has them in the order of the calls, worst first."""

    task: Task
    outcomes: dict[int, Outcome] = field(default_factory=dict)

    def report(self, skipped: Iterable[tuple[str, str]] = (), assumed: Iterable[str] = ()) -> ReplayReport:
        """skipped, assumed: see ReplayReport."""
        done = [self.outcomes[place] for place in sorted(self.outcomes)]
        flipped = sorted((o.flipped for o in done if o.flipped), key=_worst_first)
        drifts = tuple(o.drift for o in done if o.drift)
        versions = self.task.versions
        before = _named(versions[0]) if len(versions) == 1 else f"{len(versions)} versions"
        return ReplayReport(
            client=self.task.after.client,
            before=before,
            after=_named(self.task.after),
            calls=len(done),
            flipped=tuple(flipped),
            drifted=tuple(d.call for d in drifts),
            skipped=tuple(skipped),
            drifts=drifts,
            assumed=tuple(assumed),
        )


def _worst_first(call: ReplayedCall) -> tuple[bool, int, float, str]:
    worst = min(KINDS.index(flip.what) for flip in call.flips)
    return not call.towards_danger, worst, -call.started_at.timestamp(), call.call


def _named(version: Version) -> str:
    instructions = version.read()
    return f"{instructions.id} {instructions.version}"


async def replay_here(
    task: Task,
    progress: Progress = lambda _done, _of: None,
    *,
    understanding: Understanding | None = None,
    after_understanding: Understanding | None = None,
) -> Outcomes:
    """Replays every call in this process, one after the other. understanding: the built-in rules when None."""
    gathered = Outcomes(task)
    reader = understanding or Rules()
    versions, after = [version.read() for version in task.versions], task.after.read()
    for place, (past, version) in enumerate(task.calls):
        files = (versions[version], after)
        gathered.outcomes[place] = await replay_one(
            past, files, reader, task.otherwise, task.hear, after_understanding=after_understanding
        )
        progress(place + 1, len(task.calls))
    return gathered


def replay_on_cores(
    task: Task,
    jobs: int,
    progress: Progress = lambda _done, _of: None,
    *,
    cancelled: Event | None = None,
    politely: bool = False,
) -> Outcomes:
    """The same on several processes, by the built-in rules; same results in the same order.

    Args:
        cancelled: no further call is begun once it is set; what is done stands. politely: at the lowest priority.
    """
    gathered, parts = Outcomes(task), list(_parts(task))
    if not parts:
        return gathered
    pool = ProcessPoolExecutor(
        min(jobs, len(parts)), mp_context=get_context("spawn"), initializer=_be_polite if politely else None
    )
    try:
        waiting = {pool.submit(_replay_part, part): first for first, part in parts}
        for finished in as_completed(waiting):
            for place, outcome in enumerate(finished.result(), waiting[finished]):
                gathered.outcomes[place] = outcome
            progress(len(gathered.outcomes), len(task.calls))
            if cancelled is not None and cancelled.is_set():
                break
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
    return gathered


def _parts(task: Task) -> Iterator[tuple[int, Task]]:
    for first in range(0, len(task.calls), CHUNK):
        yield first, replace(task, calls=task.calls[first : first + CHUNK])


def _replay_part(task: Task) -> Sequence[Outcome]:
    gathered = asyncio.run(replay_here(task))
    return [gathered.outcomes[place] for place in range(len(task.calls))]


def _be_polite() -> None:
    with suppress(OSError):
        os.nice(LOWEST_PRIORITY)
