"""Benchmark figures in a terminal: a table of all of them with their counts, and where the time of a turn went."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

_WIDTH = 48
_PARTS = ("endpoint", "ears", "understanding", "policy", "store", "voice")
_SPREADS = (
    ("voice to voice, all turns", "voice_to_voice_all_turns"),
    ("  answered after the end only", "voice_to_voice_answered_after_the_end"),
    ("barge-in → silence", "barge_in_to_silence"),
    ("accept → first sound", "accept_to_first_sound"),
    ("gaps of late audio", "late_audio"),
)
_SHARES = (("replies before the end", "early_replies"), ("turns not answered", "unanswered_turns"))
_CORES = (
    ("CPU per live call", "cpu_cores_per_live_call"),
    ("  of it, event loop", "cpu_cores_per_live_call_event_loop"),
)
_RATIOS = {
    "voice_to_voice_all_turns": ("voice_to_voice_p50", "voice_to_voice_p95"),
    "barge_in_to_silence": ("barge_in_to_silence_p50",),
    "accept_to_first_sound": ("accept_to_first_sound_p50",),
    "cpu_cores_per_live_call": ("cpu_per_live_call",),
    "cpu_cores_per_live_call_event_loop": ("cpu_per_live_call_event_loop",),
}


def show(console: Console, figures: dict[str, Any]) -> None:
    """figures: as `voicebot bench latency --json` writes them."""
    asked, bots = figures["asked"], figures["bots"]
    console.print(f"ears: {figures['engines']['ears']}; voice: {figures['engines']['voice']}")
    console.print(_main(bots, figures.get("ours_by_vanilla", {}), asked))
    console.print(_kinds(bots))
    if figures.get("ours_by_vanilla"):
        ratio = figures["ours_by_vanilla"]["voice_to_voice_same_turns_p50"]
        console.print(f"The same {figures['same_turns']} turns, both answered in time: ours / vanilla {ratio} (median).")
    for name, bot in bots.items():
        if bot["breakdown"]:
            console.print(_waterfall(name, bot))
        for trouble in bot["trouble"]:
            console.print(f"[red]{name}: {trouble}[/]")


def _main(bots: dict[str, Any], ratios: dict[str, Any], asked: dict[str, Any]) -> Table:
    table = Table(title=f"{asked['calls']} calls each, {asked['together']} at a time, seed {asked['seed']}")
    table.add_column("p50 / p95 ms (count)")
    for name in bots:
        table.add_column(name, justify="right")
    table.add_column("ours / vanilla", justify="right")
    for title, key in _SPREADS:
        table.add_row(title, *(_spread(bot[key]) for bot in bots.values()), _ratio(ratios, key))
    for title, key in _SHARES:
        table.add_row(title, *(_share(bot[key]) for bot in bots.values()), "")
    for title, key in _CORES:
        table.add_row(title, *(_cores(bot[key]) for bot in bots.values()), _ratio(ratios, key))
    table.add_row("turns said, of those planned", *(f"{bot['turns']} / {bot['turns_planned']}" for bot in bots.values()), "")
    table.add_row("the callers' own clock, late p99", *(_ms(bot["caller_clock_late_ms_p99"]) for bot in bots.values()), "")
    return table


def _kinds(bots: dict[str, Any]) -> Table:
    table = Table(title="voice to voice by kind of turn, p50 / p95 ms (count)")
    table.add_column("kind")
    for name in bots:
        table.add_column(name, justify="right")
    for kind in dict.fromkeys(k for bot in bots.values() for k in bot["voice_to_voice_by_kind"]):
        spreads = (bot["voice_to_voice_by_kind"].get(kind) for bot in bots.values())
        table.add_row(kind, *(_spread(s) if s else "—" for s in spreads))
    return table


def _waterfall(name: str, bot: dict[str, Any]) -> Table:
    """Parts one after the other on one time axis, by their medians."""
    table = Table(title=f"{name}: where the time of a turn goes, by its own account")
    for heading in ("part", "p50 ms", "p95 ms", "count", ""):
        table.add_column(heading, justify="left" if heading in ("part", "") else "right")
    parts = bot["breakdown"]
    ordered = [part for part in _PARTS if part in parts]
    others = [part for part in parts if part not in ordered and part != "wait_ms"]
    whole = max(bot["voice_to_voice_all_turns"]["p50_ms"] or 0, sum(parts[p]["p50_ms"] for p in ordered), 1)
    at_ms = 0.0
    for part in [*ordered, *others]:
        p50_ms = parts[part]["p50_ms"]
        bar = " " * round(at_ms / whole * _WIDTH) + "█" * max(1, round(p50_ms / whole * _WIDTH))
        at_ms += p50_ms
        table.add_row(part, _ms(p50_ms), _ms(parts[part]["p95_ms"]), str(parts[part]["count"]), bar[: _WIDTH + 1])
    if "wait_ms" in parts:
        line_ms = (bot["voice_to_voice_all_turns"]["p50_ms"] or 0) - parts["wait_ms"]["p50_ms"]
        table.add_row("all of it", _ms(parts["wait_ms"]["p50_ms"]), _ms(parts["wait_ms"]["p95_ms"]), "", "")
        table.add_row("heard by the caller, beyond it", _ms(line_ms), "", "", "")
    return table


def _spread(of: dict[str, Any]) -> str:
    return f"{_ms(of['p50_ms'])} / {_ms(of['p95_ms'])} ({of['count']})"


def _share(of: dict[str, Any]) -> str:
    return "—" if of["share"] is None else f"{of['share']:.1%} ({of['count']} of {of['of']})"


def _cores(of: float | None) -> str:
    return "—" if of is None else f"{of:.1%} of a core"


def _ms(value: float | None) -> str:
    return "—" if value is None else f"{value:.0f}"


def _ratio(ratios: dict[str, Any], key: str) -> str:
    return " / ".join("—" if ratios.get(name) is None else f"{ratios[name]:.2f}" for name in _RATIOS.get(key, ()) if ratios)
