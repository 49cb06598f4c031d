"""What a run came to, as people read it in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.quality.comparing.comparison import Comparison
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.judging.verdict import JudgedCase
from voicebot.quality.running.result import RunResult
from voicebot.quality.running.targets import MissedTarget

MOST_NAMED = 5
MOST_ROWS = 12


def print_run(console: Console, result: RunResult, missed: list[MissedTarget], comparison: Comparison | None) -> None:
    """Rates, failed checks with the worst first, missed targets, what changed since the baseline."""
    cases = result.cases
    known = f", {result.cached} from the cache" if result.cached else ""
    console.print(
        f"[bold]{result.suite}[/]: {len(cases)} cases in {result.took_s:.1f} s{known}; understanding: {result.understanding}"
    )
    table = Table("cases", "passed, 95 % interval")
    table.add_row("all", str(Rate(sum(c.passed for c in cases), len(cases))))
    if result.attempts > 1:
        table.add_row(f"all {result.attempts} attempts (pass^k)", str(_every_attempt(cases)))
    for name, rate in _rates(cases, lambda case: case.client):
        table.add_row(f"client {name}", str(rate))
    failing = [row for row in _rates(cases, lambda case: case.scenario) if row[1].successes < row[1].trials]
    for name, rate in failing[:MOST_ROWS]:
        table.add_row(f"scenario {name}", str(rate))
    console.print(table)
    _print_failed(console, cases)
    for target in missed:
        colour, word = ("red", "missed") if target.sure else ("yellow", "doubtful")
        console.print(f"[{colour}]Target {word}[/] {escape(f'{target.name}: {target.what}')}{_named(target.cases)}")
    if comparison is not None:
        _print_comparison(console, comparison)


def print_places(console: Console, written: dict[str, Path]) -> None:
    for what, path in written.items():
        console.print(f"{what}: {escape(str(path))}")


def _print_failed(console: Console, cases: tuple[JudgedCase, ...]) -> None:
    troubles = [case for case in cases if case.trouble]
    for case in troubles[:MOST_NAMED]:
        console.print(f"[red]Not judged[/] {escape(f'{case.name}: {case.trouble}')}")
    if len(troubles) > MOST_NAMED:
        console.print(f"  and {len(troubles) - MOST_NAMED} more that could not be judged")
    failed: dict[str, list[JudgedCase]] = {}
    critical: set[str] = set()
    for case in cases:
        for verdict in case.failed:
            failed.setdefault(verdict.check, []).append(case)
            critical |= {verdict.check} if verdict.critical else set()
    worst = sorted(failed, key=lambda check: (check not in critical, -len(failed[check]), check))
    if worst:
        table = Table("failed check", "cases", "worst first")
        for check in worst[:MOST_ROWS]:
            mark = "[red]critical[/] " if check in critical else ""
            named = sorted(failed[check], key=lambda case: case.badness, reverse=True)
            table.add_row(mark + escape(check), str(len(failed[check])), escape(_listed([c.name for c in named])))
        console.print(table)
    elif not troubles:
        console.print("[green]Every check holds in every case.[/]")


def _print_comparison(console: Console, comparison: Comparison) -> None:
    lost, gained = len(comparison.lost), len(comparison.gained)
    new, gone = len(comparison.only_after), len(comparison.only_before)
    both = f"Against the baseline: {comparison.pairs} cases in both, {lost} lost, {gained} gained"
    console.print(f"{both}, {new} new, {gone} no longer there.")
    for regression in comparison.regressions:
        console.print(f"[red]Regression[/] {escape(regression)}")
    if not comparison.regressions:
        console.print("[green]No regression.[/]")


def _every_attempt(cases: tuple[JudgedCase, ...]) -> Rate:
    held: dict[str, bool] = {}
    for case in cases:
        held[case.case] = held.get(case.case, True) and case.passed
    return Rate(sum(held.values()), len(held))


def _rates(cases: tuple[JudgedCase, ...], key: Callable[[JudgedCase], str]) -> list[tuple[str, Rate]]:
    groups: dict[str, list[bool]] = {}
    for case in cases:
        groups.setdefault(key(case) or "unknown", []).append(case.passed)
    return [(name, Rate(sum(right), len(right))) for name, right in sorted(groups.items())]


def _named(cases: tuple[str, ...]) -> str:
    return f" [dim]{escape(_listed(list(cases)))}[/]" if cases else ""


def _listed(names: list[str]) -> str:
    own = list(dict.fromkeys(names))
    more = f" and {len(own) - MOST_NAMED} more" if len(own) > MOST_NAMED else ""
    return ", ".join(own[:MOST_NAMED]) + more
