"""voicebot clients: everything that an operator does with client files."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from voicebot.cli import clients_check, clients_new, clients_schema, clients_show, clients_versions
from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.settings import settings
from voicebot.wiring.house import real_clock

app = typer.Typer(help="Client files: write, check, show and compare them.", no_args_is_help=True)
app.command("check")(clients_check.check)
app.command("new")(clients_new.new)
app.command("show")(clients_show.show)
app.command("schema")(clients_schema.schema)
app.command("history")(clients_versions.history)
app.command("diff")(clients_versions.diff)


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
