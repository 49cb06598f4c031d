"""`voicebot models`: what ears and voices there are, fetching them, and trying them."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.errors import VoicebotError
from voicebot.settings import settings
from voicebot.speech.catalogue import ModelKind
from voicebot.speech.models import ListedModel, ModelShelf

app = typer.Typer(name="models", help="Ears and voices: list, fetch, try.", no_args_is_help=True)


@app.command("list")
def list_models() -> None:
    """Show the models that can be fetched, and those that are here."""
    shelf = ModelShelf(settings().data_dir / "models")
    listed = shelf.list_models()
    console = Console()
    for kind, title in ((ModelKind.EARS, "Ears (faster-whisper), best first"), (ModelKind.VOICE, "Voices (Piper)")):
        console.print(_table(title, [m for m in listed if m.files.kind is kind]))
    console.print(
        "Practice ears and the practice voice (espeak-ng) are always here; people are not well understood by them."
    )
    console.print(f"Models live in {shelf.folder}. Fetch one: voicebot models pull NAME", highlight=False)


@app.command()
def pull(name: str = typer.Argument(help="small, fr_FR-siwis-medium, or owner/repository of converted ears")) -> None:
    """Fetch a model; a broken download goes on where it stopped."""
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    shelf = ModelShelf(settings().data_dir / "models")
    with told_to_operator(), Progress(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(name, total=None)
        folder = shelf.pull(
            name,
            lambda file, done, total: bars.update(bar, description=f"{name} {file}", completed=done, total=total),
        )
    Console().print(f"{name} is in {folder}", highlight=False)


@app.command()
def check(name: str = typer.Argument("", help="Model to try; all that are here when left out")) -> None:
    """Load models and run each once on speech made here."""
    # Loading the engines' libraries takes a second, which list and pull need not pay.
    from voicebot.speech.model_check import check_model, checkable

    table = Table("Model", "Kind", "Loaded in", "Worked in", "Speech", "Result", title="Checked models")
    failures: list[VoicebotError] = []
    for each in [name] if name else checkable(settings()):
        try:
            checked = asyncio.run(check_model(each, settings()))
        except VoicebotError as failed:
            failures.append(failed)
            continue
        times = (f"{checked.load_ms:.0f} ms", f"{checked.work_ms:.0f} ms", f"{checked.audio_s:.1f} s")
        table.add_row(checked.name, str(checked.kind), *times, checked.result)
    if table.row_count:
        Console().print(table)
    for failed in failures:
        with suppress(typer.Exit), told_to_operator():
            raise failed
    if failures:
        raise typer.Exit(FAILED)


def _table(title: str, listed: list[ListedModel]) -> Table:
    table = Table("Name", "Here", "About", "Languages", "Note", title=title, title_justify="left")
    for model in listed:
        files = model.files
        size = f"{files.megabytes} MB" if files.megabytes else ""
        here = "[green]yes[/green]" if model.here else ""
        table.add_row(files.name, here, size, ", ".join(files.languages), files.note)
    return table
