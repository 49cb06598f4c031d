"""voicebot clients: list and check client files."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.settings import settings
from voicebot.wiring.house import real_clock

app = typer.Typer(help="Client files: list them, check them.", no_args_is_help=True)


@app.command("list")
def list_clients() -> None:
    """Every client, its lines, and whether it is open now."""
    with told_to_operator():
        clients = load_clients(settings().clients_dir)
        table = Table("client", "name", "dialled numbers", "languages", "now", "version")
        for i in clients.instructions.values():
            now = i.hours.openness(real_clock(), i.identity.zone)
            numbers, languages = "\n".join(i.identity.dialled_numbers), ", ".join(i.identity.languages)
            table.add_row(i.id, i.identity.name, numbers, languages, now, str(i.version))
        Console().print(table)


@app.command()
def check(client: Annotated[list[str] | None, typer.Argument(help="Client ids; all when none is given.")] = None) -> None:
    """Read client files and print every problem with file, line, field and remedy. Exit status 1 when there is one."""
    with told_to_operator():
        clients = load_clients(settings().clients_dir)
        console = Console(highlight=False, soft_wrap=True)
        broken = [b for b in clients.broken if not client or any(b.file.endswith(f"/{name}.yaml") for name in client)]
        for error in broken:
            console.print(f"[red]✗[/] {escape(error.file)}")
            for problem in error.problems:
                console.print(f"    {escape(problem)}")
        for name in client or clients.instructions:
            if not any(b.file.endswith(f"/{name}.yaml") for b in broken):
                clients.of(name)
                console.print(f"[green]✓[/] {name}")
        if broken:
            raise typer.Exit(FAILED)
