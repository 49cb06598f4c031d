"""The report of a replay as tables: flips by rule, then each flipped call side by side."""

from __future__ import annotations

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.clients.client_file import ClientFile
from voicebot.domain.replay import ReplayedCall, ReplayReport
from voicebot.quality.replaying.rule_groups import by_rule, flip_rate, parts_at, told


def show_report(report: ReplayReport, after: ClientFile) -> None:
    """after: the changed file, for its lines."""
    console = Console(highlight=False, soft_wrap=True)
    count = len(report.flipped)
    console.print(f"{escape(report.client)}: {escape(report.before)} → {escape(report.after)}")
    console.print(f"{report.calls} calls replayed, {count} flipped: {flip_rate(report)}")
    if count:
        groups = Table()
        for name in ("instruction", "line", "rule", "what flips", "calls"):
            groups.add_column(name, overflow="fold")
        for group in by_rule(report):
            line = after.lines.line(group.because)
            what = f"[red bold]{escape(group.what)} ![/]" if group.dangerous else escape(group.what)
            groups.add_row(escape(group.because), str(line or "–"), escape(group.rule), what, str(len(group.calls)))
        console.print(groups)
    for call in report.flipped:
        _show_call(console, call)
    _show_notes(console, report)


def _show_call(console: Console, call: ReplayedCall) -> None:
    flips = "; ".join(escape(told(flip)) for flip in call.flips)
    turn = call.flips[0].turn
    mark = "[red bold]![/] " if call.towards_danger else ""
    console.print(
        f"\n{mark}[bold]{escape(call.call)}[/] {escape(call.scenario)} {call.started_at:%Y-%m-%d %H:%M} UTC: {flips}"
    )
    console.print(f"[dim]The ways part at caller turn {turn}.[/]")
    if call.unanswered:
        console.print(f"[yellow]Never answered then:[/] {escape(', '.join(call.unanswered))}")
    table = Table("caller", "before", "after", expand=False)
    for row in call.turns[max(parts_at(call) - 1, 0) :]:
        said = row.said if row.said_after is None else f"{row.said or '–'}\nafter: {row.said_after or '–'}"
        style = "yellow" if row.before != row.after or row.said_after is not None else None
        table.add_row(escape(said), escape("\n".join(row.before)), escape("\n".join(row.after)), style=style)
    console.print(table)


def _show_notes(console: Console, report: ReplayReport) -> None:
    if not report.flipped:
        console.print("[green]No call changes its outcome.[/]")
    for drift in report.drifts:
        console.print(
            f"[yellow]Drifted:[/] {escape(drift.call)} at caller turn {drift.turn}: "
            f"recorded {escape(' '.join(drift.recorded) or '–')}; now {escape(' '.join(drift.replayed) or '–')}"
        )
    if report.assumed:
        console.print(f"[yellow]Their own version is not kept; the one in force stands in:[/] {', '.join(report.assumed)}")
    for call, why in report.skipped:
        console.print(f"[dim]Skipped: {escape(call)}: {escape(why)}[/]")
