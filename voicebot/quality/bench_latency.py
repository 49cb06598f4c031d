"""Figures of benchmark calls, measured from the audio that the callers heard, and the comparison of two receptionists."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from voicebot.quality.carried_call import FRAME_SAMPLES
from voicebot.quality.latency import JOIN_MS, Spread, first_sound_ms, spread, waits
from voicebot.quality.loudness import Span, audible_spans, rms
from voicebot.speech.ports import RATE_HZ, Pcm

LOUD_RMS = 300.0
EDGE = RATE_HZ // 400
"""2.5 ms: sound that is loud up to here and then nothing at all was cut, not spoken so."""
LONGEST_GAP_FRAMES = 25


@dataclass(frozen=True, slots=True)
class TurnMet:
    """What one caller turn met.

    kind: of the script's line. wait_ms: from the end of the caller's speech to the first sound that begins after it; 0
    when the receptionist had begun before the end and went on; when nothing came, the silence until the caller spoke
    again. early: she began before the caller had finished. answered: any sound came. stopped_ms: for a barge-in, from the
    caller's first sound to her silence; None when she was not interrupted.
    """

    kind: str
    wait_ms: float
    early: bool
    answered: bool
    stopped_ms: float | None = None


@dataclass(frozen=True, slots=True)
class CallMet:
    """One call. planned: turns of the script. late_gaps_ms: silences that late audio left inside words.

    clock_late_ms: 99th percentile of the caller's own lateness; nothing is known better than that.
    """

    turns: tuple[TurnMet, ...]
    planned: int
    duration_s: float
    first_sound_ms: float | None
    late_gaps_ms: tuple[float, ...] = ()
    clock_late_ms: float = 0.0
    trouble: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerWork:
    """What a receptionist's process told of itself over the measured calls.

    cpu_s: of the process, inference included. loop_cpu_s: of its event loop's thread alone.
    parts: ms by name, one value per turn (ours) or per use of an engine (vanilla).
    """

    cpu_s: float = 0.0
    loop_cpu_s: float = 0.0
    parts: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BotReport:
    """waits: all turns. answered_waits: only those answered after their end. cpu: cores per live call."""

    calls: int
    turns: int
    turns_planned: int
    waits: Spread
    answered_waits: Spread
    by_kind: Mapping[str, Spread]
    early: int
    unanswered: int
    stops: Spread
    first_sound: Spread
    late_gaps: Spread
    cpu: float
    loop_cpu: float
    parts: Mapping[str, Spread]
    clock_late_ms: float
    trouble: tuple[str, ...]


def meet(
    kinds: Sequence[str],
    turns: Sequence[Span],
    receptionist: Pcm,
    *,
    trouble: tuple[str, ...] = (),
    clock_late_ms: float = 0.0,
) -> CallMet:
    """Measures one call. kinds: of the script's lines; turns: when those that were said were said."""
    heard = audible_spans(receptionist, join_ms=JOIN_MS)
    duration_ms = len(receptionist) * 1000 / RATE_HZ
    ends_ms = [*(turn.started_ms for turn in turns[1:]), duration_ms]
    met: list[TurnMet] = []
    for kind, wait, until_ms in zip(kinds, waits(turns, receptionist), ends_ms, strict=False):
        ended_ms = wait.turn.ended_ms
        onset_ms = next((s.started_ms for s in heard if ended_ms <= s.started_ms < until_ms), None)
        unheard_ms = 0.0 if wait.early else until_ms - ended_ms
        met.append(
            TurnMet(
                kind,
                wait_ms=unheard_ms if onset_ms is None else onset_ms - ended_ms,
                early=wait.early,
                answered=wait.early or onset_ms is not None,
                stopped_ms=wait.stopped_ms if kind == "barge-in" else None,
            )
        )
    return CallMet(
        turns=tuple(met),
        planned=len(kinds),
        duration_s=duration_ms / 1000,
        first_sound_ms=first_sound_ms(receptionist),
        late_gaps_ms=late_gaps_ms(receptionist),
        clock_late_ms=clock_late_ms,
        trouble=trouble,
    )


def late_gaps_ms(receptionist: Pcm) -> tuple[float, ...]:
    """Silences inside words: whole frames of nothing, at most half a second, between two loud edges.

    A telephone plays what it has in frames of 20 ms; audio that comes too late leaves frames empty. Silence that belongs
    to speech fades in and out, so one of its edges is not loud.
    """
    frames = receptionist[: len(receptionist) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    empty = np.concatenate([[False], ~frames.any(axis=1), [False]]) if len(frames) else np.zeros(2, bool)
    edges = np.flatnonzero(np.diff(empty.astype(np.int8)))
    gaps: list[float] = []
    for first, last in zip(edges[::2], edges[1::2], strict=True):
        before = receptionist[max(0, first * FRAME_SAMPLES - EDGE) : first * FRAME_SAMPLES]
        after = receptionist[last * FRAME_SAMPLES : last * FRAME_SAMPLES + EDGE]
        if last - first <= LONGEST_GAP_FRAMES and rms(before) >= LOUD_RMS and rms(after) >= LOUD_RMS:
            gaps.append(float((last - first) * FRAME_SAMPLES * 1000 / RATE_HZ))
    return tuple(gaps)


def report(calls: Iterable[CallMet], work: ServerWork) -> BotReport:
    """All calls of one receptionist."""
    calls = tuple(calls)
    met = [turn for call in calls for turn in call.turns]
    live_s = sum(call.duration_s for call in calls) or float("nan")
    kinds = dict.fromkeys(turn.kind for turn in met)
    return BotReport(
        calls=len(calls),
        turns=len(met),
        turns_planned=sum(call.planned for call in calls),
        waits=spread(turn.wait_ms for turn in met),
        answered_waits=spread(turn.wait_ms for turn in met if turn.answered and not turn.early),
        by_kind={kind: spread(turn.wait_ms for turn in met if turn.kind == kind) for kind in kinds},
        early=sum(turn.early for turn in met),
        unanswered=sum(not turn.answered for turn in met),
        stops=spread(turn.stopped_ms for turn in met if turn.stopped_ms is not None),
        first_sound=spread(call.first_sound_ms for call in calls if call.first_sound_ms is not None),
        late_gaps=spread(gap for call in calls for gap in call.late_gaps_ms),
        cpu=work.cpu_s / live_s,
        loop_cpu=work.loop_cpu_s / live_s,
        parts={name: spread(values) for name, values in work.parts.items()},
        clock_late_ms=max((call.clock_late_ms for call in calls), default=float("nan")),
        trouble=tuple(dict.fromkeys(trouble for call in calls for trouble in call.trouble)),
    )


def paired_ratio(ours: Sequence[CallMet], theirs: Sequence[CallMet]) -> tuple[float, int]:
    """Median over the same turns of the same callers of ours' wait by theirs', and how many there were.

    Turns that either did not answer, or answered early, have no ratio.
    """
    ratios = [
        one.wait_ms / other.wait_ms
        for call, same in zip(ours, theirs, strict=True)
        for one, other in zip(call.turns, same.turns, strict=False)
        if all(turn.answered and not turn.early for turn in (one, other)) and other.wait_ms > 0
    ]
    return (float(np.median(ratios)) if ratios else float("nan")), len(ratios)
