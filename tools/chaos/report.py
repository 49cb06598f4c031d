"""The campaign's report: one table of figures, then every violation."""

from __future__ import annotations

import json
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tools.chaos.campaign import Asked
from tools.chaos.verdict import Verdict


def show(console: Console, asked: Asked, verdict: Verdict) -> None:
    table = Table("", f"{asked.database}, seed {asked.seed}, {asked.together} together", title="kill -9 campaign")
    for name, figure in verdict.figures.items():
        table.add_row(name, str(figure))
    table.add_row("violations", str(len(verdict.violations)), style="red" if verdict.violations else "green")
    console.print(table)
    for violation in verdict.violations:
        console.print(f"[red]✗[/] {violation}", highlight=False)


def write(file: Path, reports: list[tuple[Asked, Verdict]]) -> None:
    """Adds nothing, keeps nothing: the file holds this run's campaigns."""
    told = [
        {
            "database": asked.database,
            "seed": asked.seed,
            "together": asked.together,
            "figures": {name: str(figure) for name, figure in verdict.figures.items()},
            "violations": verdict.violations,
        }
        for asked, verdict in reports
    ]
    file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
