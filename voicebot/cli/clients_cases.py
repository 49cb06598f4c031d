"""voicebot clients check --cases: what would happen at each boundary of a client's instructions, case by case."""

from __future__ import annotations

from datetime import datetime

from rich.console import Console
from rich.markup import escape

from voicebot.clients.client_file import ClientFile
from voicebot.quality.boundary_cases import Case, cases_of, summary_of

_WHAT_WIDTH = 34


def show_cases(console: Console, file: ClientFile, now: datetime) -> None:
    """Every case under the heading of its kind; greetings and urgencies are written where they change."""
    kind = None
    greetings: dict[tuple[str, ...], str] = {}
    urgent: dict[tuple[str, ...], str] = {}
    for case in cases_of(file.instructions, now):
        if case.boundary.kind is not kind:
            kind = case.boundary.kind
            console.print(f"\n  [bold]{kind.replace('_', ' ')}[/]")
        greeting = _marked(case.greeting, greetings, "G", console, "« {} »")
        urgencies = _marked(tuple(_urgencies(case)), urgent, "U", console, "{}")
        row = f"{_told(case, file)}  [{greeting} {urgencies}]".replace(" ]", "]")
        console.print(escape(row), style="red" if case.wakes_nobody else None)


def summary(file: ClientFile, now: datetime) -> str:
    return " · ".join(summary_of(cases_of(file.instructions, now)))


def _marked(said: tuple[str, ...], known: dict[tuple[str, ...], str], letter: str, console: Console, form: str) -> str:
    """Mark of what was said, "G1"; written out when it is new."""
    if not said:
        return ""
    if said not in known:
        known[said] = f"{letter}{len(known) + 1}"
        console.print(f"      [dim]{known[said]}: {escape(form.format(' '.join(said)))}[/]")
    return known[said]


def _urgencies(case: Case) -> list[str]:
    led: dict[str, list[str]] = {}
    for path, outcome in case.urgent:
        led.setdefault(outcome.value, []).append(path)
    return [f"→ {outcome}: {', '.join(paths)}" for outcome, paths in led.items()]


def _told(case: Case, file: ClientFile) -> str:
    boundary = case.boundary
    line = file.lines.line(case.why_path)
    parts = [f"    {boundary.at:%a %Y-%m-%d %H:%M}  {case.openness.replace('_', ' '):8}  {boundary.what:{_WHAT_WIDTH}}"]
    parts.append(f"{case.why}{f' (line {line})' if line else ''}")
    if case.reopens:
        parts.append(f"reopens {case.reopens:%a %Y-%m-%d %H:%M}")
    if case.duty:
        parts.append(f"on call: {', '.join(case.on_call) or 'nobody'}")
    return "; ".join(parts)
