"""False alarms: every harmless change on every call, and whom it is due to when a call fails for it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from voicebot.quality.comparing.rates import Rate
from voicebot.quality.conversation_evals import passing_book
from voicebot.quality.mutation.benign import BENIGN, Benign, reworded, varied
from voicebot.quality.mutation.held import Failed, Held, first_difference, hold_and_judge
from voicebot.quality.mutation.measure import MOST_CALLS, Progress, Suite, own_process, spread, workers


@dataclass(frozen=True, slots=True)
class Alarm:
    """A call that failed for a harmless change. judges: what came of it is the same: the judge is wrong, not the call."""

    case: str
    line: str
    by: tuple[Failed, ...]
    judges: bool


@dataclass(frozen=True, slots=True)
class MeasuredBenign:
    """One harmless change. calls: to which it applied."""

    kind: Benign
    calls: int
    alarms: tuple[Alarm, ...]

    @property
    def flagged(self) -> Rate:
        return Rate(len(self.alarms), self.calls)

    @property
    def misjudged(self) -> Rate:
        """Calls that came to the same, and failed all the same."""
        return Rate(sum(a.judges for a in self.alarms), self.calls)


def measure_alarms(
    suite: Suite, *, jobs: int = 1, most_calls: int = 3 * MOST_CALLS, progress: Progress = lambda _d, _a: None
) -> tuple[MeasuredBenign, ...]:
    """Args: most_calls: to which each change is made, spread over the suite. Raises: as measure."""
    numbers = spread(list(range(len(suite.calls()))), most_calls)
    with workers(suite, jobs) as run:
        tasks = [(kind.name, tuple(numbers)) for kind in BENIGN]
        found = run(_hold, tasks, progress)
    return tuple(MeasuredBenign(kind, calls, alarms) for kind, (calls, alarms) in zip(BENIGN, found, strict=True))


def _hold(name: str, numbers: Sequence[int]) -> tuple[int, tuple[Alarm, ...]]:
    own, kind = own_process(), next(k for k in BENIGN if k.name == name)

    async def hold() -> tuple[int, tuple[Alarm, ...]]:
        right: dict[int, Held] = {}
        async with passing_book() as book:
            for n in numbers:
                call = own.calls[n]
                right[n] = await hold_and_judge(call, own.clients.of(call.client), own.rules, book, n)
        alarms: list[tuple[int, Alarm]] = []
        held = 0
        async with passing_book() as book:
            with reworded(kind):
                for n in reversed(numbers) if kind.backwards else numbers:
                    instructions = own.clients.of(own.calls[n].client)
                    call = varied(kind, own.calls[n], instructions)
                    if call is None:
                        continue
                    held += 1
                    file = kind.file(instructions) if kind.file else instructions
                    changed = await hold_and_judge(call, file, own.rules, book, n + 5000)
                    new = tuple(f for f in changed.failed if f.check not in right[n].checks)
                    if new:
                        same = changed.substance == right[n].substance
                        alarms.append((n, Alarm(changed.case, first_difference(right[n], changed), new, same)))
        return held, tuple(alarm for _, alarm in sorted(alarms, key=lambda found: found[0]))

    return asyncio.run(hold())
