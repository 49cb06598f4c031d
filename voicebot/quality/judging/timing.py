"""Time as the caller feels it: waits, dead air, interruptions. Nothing is held to a limit that nobody agreed on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import quantiles

from voicebot.domain.events import EventKind
from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence, Quantity
from voicebot.quality.records.transcript import Speaker, Turn

LATENCY = Checks(Area.LATENCY)
SILENCE = Checks(Area.SILENCE)
INTERRUPTIONS = Checks(Area.INTERRUPTIONS)

LIMITS = ("wait_p50_ms", "wait_p95_ms", "early_turns")
"""Limits that may be agreed on and given to judge_transcript."""
DEAD_AIR_S = 4.0
"""Longer than people bear on the telephone when it is the other's turn."""
STOPS_WITHIN_S = 1.0
OVERLAP_S = 0.2
"""Speaking over each other for less is no interruption."""


def waits_ms(call: CallInHand) -> list[tuple[float, Turn | None]]:
    """(ms between the caller's last sound and our first, the caller's turn): by the line's account, else by the turns."""
    events = call.record.events if call.record else ()
    told = [float(e.data["wait_ms"]) for e in events if e.kind is EventKind.TURN_ANSWERED and "wait_ms" in e.data]
    if told:
        return [(wait, None) for wait in told]
    return [
        (round((ours.started_s - theirs.ended_s) * 1000, 1), theirs)
        for theirs, ours in pairwise(call.transcript.turns)
        if theirs.speaker is Speaker.CALLER
        and ours.speaker is Speaker.RECEPTIONIST
        and theirs.ended_s is not None
        and ours.started_s is not None
        and ours.started_s >= theirs.ended_s
    ]


def percentile(values: Sequence[float], percent: int) -> float:
    """By linear interpolation between the nearest, as numpy does it. values: not empty."""
    return quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


@LATENCY.measure(
    "wait_ms",
    "wait_p50_ms",
    "wait_p95_ms",
    fr="Attente de l'appelant après chaque tour, sa médiane et son 95e centile.",
    en="The caller's wait after each turn, its median and 95th percentile.",
)
def waits(call: CallInHand) -> Iterator[Quantity]:
    values = tuple(wait for wait, _ in waits_ms(call))
    if values:
        yield Quantity("wait_ms", "ms", values)
        yield Quantity("wait_p50_ms", "ms", (round(percentile(values, 50), 1),))
        yield Quantity("wait_p95_ms", "ms", (round(percentile(values, 95), 1),))


@LATENCY.check(
    "wait_*",
    fr="L'attente (médiane, 95e centile) tient la limite convenue ; sans limite, elle n'est que mesurée.",
    en="The wait (median, 95th percentile) keeps the agreed limit; without a limit it is only measured.",
)
def wait_limits(call: CallInHand) -> Iterator[Found]:
    values = [wait for wait, _ in waits_ms(call)]
    for percent in (50, 95) if values else ():
        limit = call.limits.get(f"wait_p{percent}_ms")
        if limit is not None:
            found = percentile(values, percent)
            yield Found(found <= limit, f"≤ {limit:g} ms", f"{found:.0f} ms", part=f"p{percent}_ms")


@SILENCE.check(
    "dead_air",
    Need.TIMES,
    fr="Jamais plus de 4 s de silence quand c'est au réceptionniste de parler, sauf si l'appelant a demandé un instant.",
    en="Never more than 4 s of silence when it is the receptionist's turn, unless the caller asked for a moment.",
)
def dead_air(call: CallInHand) -> Iterator[Found]:
    gaps = [(wait / 1000, turn) for wait, turn in _gaps(call)]
    for gap, turn in gaps:
        if gap > DEAD_AIR_S:
            yield Found(False, f"≤ {DEAD_AIR_S:g} s", f"{gap:.1f} s", "", (Evidence(turn.number),))
    if gaps:
        yield Found(True, f"≤ {DEAD_AIR_S:g} s", f"{max(gap for gap, _ in gaps):.1f} s at most")


def _gaps(call: CallInHand) -> Iterator[tuple[float, Turn]]:
    patient = {e.caller.number for e in call.exchanges if e.caller and any(a["kind"] == "ask_to_wait" for a in e.acts)}
    for theirs, ours in pairwise(call.transcript.turns):
        if theirs.speaker is not Speaker.CALLER or theirs.ended_s is None or not theirs.text or theirs.number in patient:
            continue
        if ours.started_s is not None and ours.started_s >= theirs.ended_s:
            yield (ours.started_s - theirs.ended_s) * 1000, theirs


@SILENCE.measure(
    "longest_dead_air_s",
    needs=(Need.TIMES,),
    fr="Le plus long silence quand c'était au réceptionniste de parler.",
    en="The longest silence when it was the receptionist's turn.",
)
def longest_dead_air(call: CallInHand) -> Iterator[Quantity]:
    gaps = [gap / 1000 for gap, _ in _gaps(call)]
    if gaps:
        yield Quantity("longest_dead_air_s", "s", (round(max(gaps), 3),))


@INTERRUPTIONS.measure(
    "early_turns",
    needs=(Need.TIMES,),
    fr="Fois où le réceptionniste a parlé avant que l'appelant ait fini.",
    en="Times that the receptionist began before the caller had finished.",
)
def early_turns(call: CallInHand) -> Iterator[Quantity]:
    yield Quantity("early_turns", "turns", (float(len(_early(call))),))


def _early(call: CallInHand) -> list[Turn]:
    return [
        ours
        for theirs, ours in pairwise(call.transcript.turns)
        if theirs.speaker is Speaker.CALLER
        and ours.speaker is Speaker.RECEPTIONIST
        and theirs.ended_s is not None
        and ours.started_s is not None
        and ours.started_s < theirs.ended_s - OVERLAP_S
    ]


@INTERRUPTIONS.check(
    "early",
    Need.TIMES,
    fr="Le réceptionniste ne coupe pas la parole plus souvent que convenu ; sans limite convenue, jamais.",
    en="The receptionist does not cut the caller off more often than agreed; without an agreed limit, never.",
)
def early(call: CallInHand) -> Iterator[Found]:
    cut, most = _early(call), call.limits.get("early_turns", 0)
    yield Found(len(cut) <= most, f"at most {most:g}", f"{len(cut)}", "", tuple(Evidence(t.number) for t in cut))


@INTERRUPTIONS.check(
    "barge_in",
    Need.TIMES,
    fr="Quand l'appelant parle par-dessus, le réceptionniste se tait en une seconde, sauf annonce légale et secours.",
    en="Where the caller speaks over it the receptionist falls silent within a second, legal notice and safety apart.",
)
def barge_in(call: CallInHand) -> Iterator[Found]:
    for ours, theirs in pairwise(call.transcript.turns):
        if ours.speaker is not Speaker.RECEPTIONIST or theirs.speaker is not Speaker.CALLER or not theirs.text:
            continue
        if ours.ended_s is None or theirs.started_s is None or theirs.started_s >= ours.ended_s - OVERLAP_S:
            continue
        if ours.phrase == "notice" or ours.phrase.startswith("safety."):
            continue
        took = ours.ended_s - theirs.started_s
        yield Found(took <= STOPS_WITHIN_S, f"≤ {STOPS_WITHIN_S:g} s", f"{took:.2f} s", "", (Evidence(ours.number),))
