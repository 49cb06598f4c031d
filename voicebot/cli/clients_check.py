"""voicebot clients check: the compiler of instructions, with each client's own examples."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.cli.clients_cases import show_cases, summary
from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.clients.check.finding import Finding, Severity
from voicebot.clients.client_file import ClientFile, told
from voicebot.clients.directory import Clients, load_clients
from voicebot.errors import InstructionsError
from voicebot.quality.client_examples import Played, play_examples
from voicebot.quality.example_account import account_of
from voicebot.settings import settings
from voicebot.understanding.rules import Rules
from voicebot.wiring.client_check import every_finding
from voicebot.wiring.house import real_clock


def check(
    client: Annotated[list[str] | None, typer.Argument(help="Client ids; all when none is given.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with status 1 for warnings too.")] = False,
    cases: Annotated[bool, typer.Option("--cases", help="Print what would happen at each boundary in time.")] = False,
    examples: Annotated[bool, typer.Option(help="Play the examples of each file through the receptionist.")] = True,
) -> None:
    """Check client files: every problem with file, line, field and remedy, and every example or template that fails.

    Exit status 1 for a file that is refused, an example that fails or a message template that cannot be used.
    """
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        clients = load_clients(settings().clients_dir)
        console = Console(highlight=False, soft_wrap=True)
        now, rules = real_clock(), Rules()
        bad = 0
        for name in client or _names(clients):
            refused = next((b for b in clients.broken if Path(b.file).stem == name), None)
            if refused:
                _show_refused(console, refused)
                bad += 1
                continue
            clients.of(name)
            file = clients.files[name]
            found = every_finding(file, clients, now)
            played = asyncio.run(play_examples(file, rules)) if examples else []
            bad += _show(console, file, found, played) or (strict and bool(found))
            console.print(f"    [dim]{escape(summary(file, now))}[/]")
            if cases:
                show_cases(console, file, now)
        if bad:
            raise typer.Exit(FAILED)


def _names(clients: Clients) -> list[str]:
    return sorted([*clients.instructions, *(Path(b.file).stem for b in clients.broken)])


def _show_refused(console: Console, refused: InstructionsError) -> None:
    console.print(f"[red]✗[/] {escape(refused.file)}")
    for problem in refused.problems:
        console.print(f"    [red]error[/] {escape(problem)}")


def _show(console: Console, file: ClientFile, found: list[Finding], played: list[Played]) -> bool:
    """Returns: whether an example failed or an error was found."""
    failed = [p for p in played if p.unmet]
    wrong = [f for f in found if f.severity is Severity.ERROR]
    counts = f"version {file.instructions.version} · {len(found) - len(wrong)} warnings · {len(played)} examples"
    mark = "[red]✗[/]" if failed or wrong else "[green]✓[/]"
    console.print(f"{mark} {escape(str(file.path))}  [dim]{counts}{f', {len(failed)} failed' if failed else ''}[/]")
    for finding in found:
        kind = "[red]error[/]" if finding.severity is Severity.ERROR else "[yellow]warning[/]"
        console.print(f"    {kind} {escape(told(file.lines, finding))}")
    for one in failed:
        console.print(f"    [red]example[/] {escape(_indented(account_of(one, file)))}")
    return bool(failed or wrong)


def _indented(lines: list[str]) -> str:
    return "\n    ".join(lines)
