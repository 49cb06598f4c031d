"""Benchmark figures as JSON values, with ours divided by vanilla's."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from math import isnan
from typing import Any

from voicebot.quality.bench_latency import BotReport, CallMet, paired_ratio
from voicebot.quality.bench_run import Bot, Measured
from voicebot.quality.latency import Spread

JSON_FORMAT = 1


def figures(measured: Mapping[str, Measured], engines: Mapping[str, str], asked: Mapping[str, Any]) -> dict[str, Any]:
    """Everything as JSON values (docs/benchmarks.md tells what each figure is)."""
    reports = {name: each.report() for name, each in measured.items()}
    told: dict[str, Any] = {
        "format": JSON_FORMAT,
        "asked": dict(asked),
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
            "pipecat": version("pipecat-ai"),
        },
        "engines": dict(engines),
        "bots": {name: as_json(each) | {"each_call": calls_as_json(measured[name].calls)} for name, each in reports.items()},
    }
    if len(reports) == len(Bot):
        ratio, count = paired_ratio(measured[Bot.OURS].calls, measured[Bot.VANILLA].calls)
        same = {"voice_to_voice_same_turns_p50": None if isnan(ratio) else round(ratio, 3)}
        told["ours_by_vanilla"] = ratios(reports[Bot.OURS], reports[Bot.VANILLA]) | same
        told["same_turns"] = count
    return told


def as_json(figures: BotReport) -> dict[str, Any]:
    """JSON values; a figure that nothing was measured for is null."""
    return {
        "calls": figures.calls,
        "turns": figures.turns,
        "turns_planned": figures.turns_planned,
        "voice_to_voice_all_turns": _spread_json(figures.waits),
        "voice_to_voice_answered_after_the_end": _spread_json(figures.answered_waits),
        "voice_to_voice_by_kind": {kind: _spread_json(s) for kind, s in figures.by_kind.items()},
        "early_replies": _share_json(figures.early, figures.turns),
        "unanswered_turns": _share_json(figures.unanswered, figures.turns),
        "barge_in_to_silence": _spread_json(figures.stops),
        "accept_to_first_sound": _spread_json(figures.first_sound),
        "late_audio": _spread_json(figures.late_gaps),
        "cpu_cores_per_live_call": _number(figures.cpu, 4),
        "cpu_cores_per_live_call_event_loop": _number(figures.loop_cpu, 4),
        "breakdown": {name: _spread_json(s) for name, s in figures.parts.items()},
        "caller_clock_late_ms_p99": _number(figures.clock_late_ms),
        "trouble": list(figures.trouble),
    }


def calls_as_json(calls: Iterable[CallMet]) -> list[dict[str, Any]]:
    """Each call and each of its turns, in the order in which the callers are drawn."""
    return [
        {
            "duration_s": _number(call.duration_s, 2),
            "first_sound_ms": call.first_sound_ms,
            "late_gaps_ms": list(call.late_gaps_ms),
            "turns": [
                {
                    "kind": turn.kind,
                    "wait_ms": _number(turn.wait_ms),
                    "early": turn.early,
                    "answered": turn.answered,
                    "stopped_ms": turn.stopped_ms,
                }
                for turn in call.turns
            ],
        }
        for call in calls
    ]


def ratios(ours: BotReport, theirs: BotReport) -> dict[str, float | None]:
    """Ours by theirs; null where either is missing or theirs is 0."""
    pairs = {
        "voice_to_voice_p50": (ours.waits.p50_ms, theirs.waits.p50_ms),
        "voice_to_voice_p95": (ours.waits.p95_ms, theirs.waits.p95_ms),
        "barge_in_to_silence_p50": (ours.stops.p50_ms, theirs.stops.p50_ms),
        "accept_to_first_sound_p50": (ours.first_sound.p50_ms, theirs.first_sound.p50_ms),
        "cpu_per_live_call": (ours.cpu, theirs.cpu),
        "cpu_per_live_call_event_loop": (ours.loop_cpu, theirs.loop_cpu),
    }
    return {name: _number(a / b if b else float("nan"), 3) for name, (a, b) in pairs.items()}


def _spread_json(of: Spread) -> dict[str, float | int | None]:
    return {
        "count": of.count,
        "p50_ms": _number(of.p50_ms),
        "p95_ms": _number(of.p95_ms),
        "worst_ms": _number(of.worst_ms),
    }


def _share_json(count: int, of: int) -> dict[str, float | int | None]:
    return {"count": count, "of": of, "share": _number(count / of if of else float("nan"), 4)}


def _number(value: float, digits: int = 1) -> float | None:
    return None if isnan(value) else round(value, digits)
