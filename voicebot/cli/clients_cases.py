"""voicebot clients check --cases: what would happen at each boundary of a client's instructions, case by case."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.markup import escape

from voicebot.clients.client_file import ClientFile
from voicebot.quality.boundary_cases import Case, cases_of, summary_of


def show_cases(console: Console, file: ClientFile, now: datetime) -> None:
    """Every case under the heading of its kind, each with the lines that decide it."""
    kind, greeting = None, ()
    for case in cases_of(file.instructions, now):
        if case.boundary.kind is not kind:
            kind = case.boundary.kind
            console.print(f"\n  [bold]{kind.replace('_', ' ')}[/]")
        console.print(escape(_told(case, file)), style="red" if case.wakes_nobody else None)
        if case.greeting != greeting:
            greeting = case.greeting
            console.print(f"        « {escape(' '.join(greeting))} »", style="dim")


def summary(file: ClientFile, now: datetime) -> str:
    return " · ".join(summary_of(cases_of(file.instructions, now)))


def _told(case: Case, file: ClientFile) -> str:
    boundary = case.boundary
    line = file.lines.line(case.why_path)
    parts = [f"    {boundary.at:%a %Y-%m-%d %H:%M}  {case.openness.replace('_', ' '):8}  {boundary.what}"]
    parts.append(f"because {case.why} ({case.why_path}{f', line {line}' if line else ''})")
    if case.reopens:
        parts.append(f"reopens {case.reopens:%a %Y-%m-%d %H:%M}")
    if case.duty:
        parts.append(f"on call: {', '.join(case.on_call) or 'nobody'}")
    parts += [f"{path} → {outcome}" for path, outcome in case.urgent]
    return "; ".join(parts)
