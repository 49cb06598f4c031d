"""Benchmark calls: the same callers telephone each receptionist in turn, in real time, round by round."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from voicebot.quality.bench_callers import BenchCaller, InsistentCaller
from voicebot.quality.bench_latency import BotReport, CallMet, ServerWork, meet, report
from voicebot.quality.bench_server import ServerUnderTest
from voicebot.quality.carried_call import CallToPlace, CarriedCall
from voicebot.quality.script import HangUp, Manner, Pause, PlaySound
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.speech.espeak import EspeakVoice

APART_S = 0.7
"""Calls of one round begin at random moments of this time for each of them."""
CALL_LIMIT_S = 240.0
SHORT_S = 3.0


class Bot(StrEnum):
    OURS = "ours"
    VANILLA = "vanilla"


OnRound = Callable[[str, int], None]
"""Told the name of a receptionist and how many of its calls are over."""
OnCall = Callable[[str, int, CarriedCall], None]
"""Told the name of a receptionist, the caller's number (0 …) and the call as it was heard."""


@dataclass
class Measured:
    """All that was measured of one receptionist."""

    calls: list[CallMet] = field(default_factory=list)
    work: ServerWork = field(default_factory=ServerWork)

    def add(self, calls: Sequence[CallMet], before: ServerWork, after: ServerWork) -> None:
        self.calls += calls
        parts = {
            name: [*self.work.parts.get(name, ()), *after.parts.get(name, ())]
            for name in dict.fromkeys((*self.work.parts, *after.parts))
        }
        self.work = ServerWork(
            self.work.cpu_s + after.cpu_s - before.cpu_s,
            self.work.loop_cpu_s + after.loop_cpu_s - before.loop_cpu_s,
            parts,
        )

    def report(self) -> BotReport:
        return report(self.calls, self.work)


async def measure(
    servers: Mapping[str, ServerUnderTest],
    callers: Sequence[BenchCaller],
    *,
    together: int,
    noise_snr_db: float | None = None,
    on_round: OnRound = lambda _name, _done: None,
    on_call: OnCall = lambda _name, _number, _carried: None,
) -> dict[str, Measured]:
    """Every caller telephones every server; `together` calls at a time, the servers in turn: A B A B.

    One short call to each server, which is not measured, comes first: what a process loads for its first call is no
    part of any other.
    """
    measured = {name: Measured() for name in servers}
    for server in servers.values():
        await _place(server, callers[0], 0.0, None, short=True)
        await server.settle()
    for first in range(0, len(callers), together):
        batch = callers[first : first + together]
        chance = np.random.default_rng((batch[0].seed, together))
        starts_s = [0.0, *(float(s) for s in chance.uniform(0, APART_S * len(batch), len(batch) - 1))]
        for name, server in servers.items():
            before = await server.work()
            calls = await asyncio.gather(
                *(_place(server, caller, start_s, noise_snr_db) for caller, start_s in zip(batch, starts_s, strict=True))
            )
            for number, (_, carried) in enumerate(calls, first):
                on_call(name, number, carried)
            measured[name].add([met for met, _ in calls], before, await server.work())
            on_round(name, len(measured[name].calls))
    return measured


async def _place(
    server: ServerUnderTest,
    caller: BenchCaller,
    after_s: float,
    noise_snr_db: float | None,
    *,
    short: bool = False,
) -> tuple[CallMet, CarriedCall]:
    """One call. short: the first line is said over the greeting, and the caller hangs up."""
    voice = EspeakVoice(caller.voice, caller.words_per_minute, repeatable=True)
    steps = await asyncio.to_thread(caller.steps, voice.synthesise)
    if short and isinstance(steps[0], PlaySound):
        steps = [replace(steps[0], at_once=True), Pause(SHORT_S), HangUp()]
    person = InsistentCaller(steps, Manner(noise_snr_db=noise_snr_db, seed=caller.seed))
    carrier = SyntheticCarrier(
        f"{server.address}/twilio/voice", f"{server.address}/twilio/status", call_limit_s=CALL_LIMIT_S
    )
    await asyncio.sleep(after_s)
    # A withheld number: the receptionist has to ask for one.
    carried = await carrier.carry(CallToPlace(caller.dialled_number, caller_number=""), person)
    met = meet(
        [step.name for step in steps if isinstance(step, PlaySound)],
        [turn.span for turn in person.caller.turns],
        carried.receptionist,
        trouble=carried.trouble,
        clock_late_ms=carried.late_ms_p99,
    )
    return met, carried
