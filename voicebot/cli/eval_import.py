"""voicebot eval import: finished calls of other systems as one list of transcripts, and what was not readable."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.domain.language import Language
from voicebot.errors import EvalFileError
from voicebot.settings import settings

if TYPE_CHECKING:
    from voicebot.quality.records.importing import ImportReport
    from voicebot.quality.records.pseudonymise import PseudonymReport
    from voicebot.speech.ports import Transcriber

JSONL = "calls.jsonl"
_SHOWN = 30


def import_(
    files: Annotated[list[Path] | None, typer.Argument(help="Files, or folders of them.")] = None,
    form: Annotated[
        str, typer.Option("--format", help="jsonl, csv, text, pipecat or audio; else by content and name.")
    ] = "",
    client: Annotated[str, typer.Option(help="Id of the business called, for calls that name none.")] = "",
    speakers: Annotated[list[str] | None, typer.Option(help='Who labels mean: "Standard=receptionist,B=caller".')] = None,
    to: Annotated[Path | None, typer.Option(help="File *.jsonl, or a folder for calls.jsonl; else only the report.")] = None,
    pseudonymise: Annotated[bool, typer.Option("--pseudonymise", help="Tell the calls of invented people.")] = False,
    key: Annotated[Path | None, typer.Option(help="Key of the pseudonyms; one in the data folder when none.")] = None,
    language: Annotated[Language, typer.Option(help="Language of recordings.")] = Language.FRENCH,
    schema: Annotated[bool, typer.Option("--schema", help="Print the JSON schema of the minimal form, and end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object.")] = False,
) -> None:
    """Read finished calls of other systems. Exit status 1 when nothing was readable."""
    from voicebot.quality.records.minimal_call import call_schema

    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        if schema:
            print(json.dumps(call_schema(), ensure_ascii=False, indent=2))
            return
        if not files:
            raise typer.BadParameter("name the files to read", param_hint="FILES")
        path = to / JSONL if to and (to.is_dir() or to.suffix != ".jsonl") else to
        options = _Options(form, client, tuple(speakers or ()), path, key, language, pseudonymise)
        report, changed = asyncio.run(_read(files, options))
        if as_json:
            masked = {"masked": changed.masked} if pseudonymise else {}
            print(json.dumps(report.as_json() | masked, ensure_ascii=False))
        else:
            _print(report, changed if pseudonymise else None)
        if not report.read:
            raise typer.Exit(FAILED)


@dataclass(frozen=True, slots=True)
class _Options:
    """As they were typed. to: the file that is written, None for none."""

    form: str
    client: str
    labels: tuple[str, ...]
    to: Path | None
    key: Path | None
    language: Language
    pseudonymise: bool


async def _read(files: list[Path], options: _Options) -> tuple[ImportReport, PseudonymReport]:
    from voicebot.clients.directory import load_clients
    from voicebot.quality.records.formats import Format, Reading
    from voicebot.quality.records.importing import ImportReport, import_calls
    from voicebot.quality.records.jsonl_file import jsonl_file, write_line
    from voicebot.quality.records.pseudonymise import PseudonymReport, pseudonymised
    from voicebot.quality.records.pseudonyms import KEY_FILE, Pseudonyms, read_or_make_key
    from voicebot.quality.records.speakers import speakers_of

    form = options.form
    if form and form not in set(Format):
        raise EvalFileError("--format", [f'"{form}" is no form'], f"It is one of {', '.join(Format)}.")
    current = settings()
    key = options.key or current.data_dir / KEY_FILE
    pseudonyms = Pseudonyms(read_or_make_key(key)) if options.pseudonymise else None
    clients = load_clients(current.clients_dir).instructions if pseudonyms else {}
    report, changed = ImportReport(), PseudonymReport()
    async with _ears(files, form) as ears:
        speakers = speakers_of(options.labels)
        reading = Reading(speakers, Format(form) if form else None, ears, options.client, options.language)
        with jsonl_file(options.to) if options.to else nullcontext() as out:
            async for transcript in import_calls(files, reading, report, client=options.client):
                told = transcript
                if pseudonyms is not None:
                    told = pseudonymised(transcript, clients.get(transcript.client), pseudonyms, changed)
                if out is not None:
                    write_line(out, told)
    return report, changed


@asynccontextmanager
async def _ears(files: list[Path], form: str) -> AsyncIterator[Transcriber | None]:
    """The house's ears, where there is something to hear."""
    inside = [file for path in files for file in (path.iterdir() if path.is_dir() else [path])]
    if form != "audio" and not any(file.suffix.lower() == ".wav" for file in inside):
        yield None
        return
    from voicebot.speech.engines import SpeechEngines

    engines = SpeechEngines(settings())
    try:
        yield engines.ears
    finally:
        await engines.close()


def _print(report: ImportReport, changed: PseudonymReport | None) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("file", "calls")
    for file, calls in report.by_file.items():
        table.add_row(escape(file), str(calls))
    console.print(table)
    console.print(f"{report.read} calls, {report.turns} turns; {report.with_facts} with facts to judge by.")
    told = (
        (report.doubles, "read twice and kept once"),
        (report.renamed, "had the id of another call and got a new one"),
        (report.without_client, "without client: give --client, or they are judged without instructions"),
        (report.without_times, "without times: seconds to outcome and latency cannot be judged"),
        (report.lost, "places that could not be read"),
    )
    for count, what in told:
        if count:
            console.print(f"  {count} {what}")
    if changed is not None:
        console.print(f"{changed.texts} texts tell of invented people; {sum(changed.masked.values())} had to be blanked.")
    for remark in sorted(report.remarks, key=lambda r: not r.unreadable)[:_SHOWN]:
        sign = "[red]✗[/]" if remark.unreadable else "[yellow]·[/]"
        remedy = f" [green]→[/] {escape(remark.remedy)}" if remark.remedy else ""
        console.print(f"{sign} {escape(remark.place)}: {escape(remark.what)}{remedy}")
    if len(report.remarks) > _SHOWN:
        console.print(f"  … {len(report.remarks) - _SHOWN} more; --json has them.")
