"""voicebot eval export: finished calls of our store as transcripts, told of invented people unless asked otherwise."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.errors import EvalFileError
from voicebot.settings import settings

if TYPE_CHECKING:
    from voicebot.quality.records.store_calls import Wanted

_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)


def export(
    to: Annotated[Path, typer.Option(help="File *.jsonl that is written.")],
    calls: Annotated[list[str] | None, typer.Option(help="Ids of calls; all that are over when none.")] = None,
    client: Annotated[str, typer.Option(help="Only calls of this client.")] = "",
    since: Annotated[str, typer.Option(help="Only calls that began then or later: 2026-11-23.")] = "",
    until: Annotated[str, typer.Option(help="Only calls that began before.")] = "",
    newest: Annotated[int | None, typer.Option(min=1, help="At most so many, the newest.")] = None,
    identifying: Annotated[bool, typer.Option("--identifying", help="With callers' real names and numbers.")] = False,
    key: Annotated[Path | None, typer.Option(help="Key of the pseudonyms; one in the data folder when none.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Write finished calls of the store to a file. Exit status 1 when there is none."""
    from voicebot.quality.records.store_calls import Wanted

    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        wanted = Wanted(client, None, _moment(since), _moment(until), tuple(calls or ()), newest)
        told = asyncio.run(_export(wanted, to, key, identifying=identifying))
        if as_json:
            print(json.dumps(told, ensure_ascii=False))
        else:
            _print(told)
        if not told["calls"]:
            raise typer.Exit(FAILED)


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as wrong:
        raise EvalFileError("--since, --until", [f'"{text}" is no day'], "Write it as 2026-11-23.") from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _export(wanted: Wanted, to: Path, key: Path | None, *, identifying: bool) -> dict[str, Any]:
    from voicebot.clients.directory import load_clients
    from voicebot.quality.records.jsonl_file import jsonl_file, write_line
    from voicebot.quality.records.pseudonymise import PseudonymReport, pseudonymised
    from voicebot.quality.records.pseudonyms import KEY_FILE, Pseudonyms, read_or_make_key
    from voicebot.quality.records.references import corrections_since, gathered
    from voicebot.quality.records.store_calls import Shelf, read_store
    from voicebot.store.call_book import CallBook
    from voicebot.store.correction_book import CorrectionBook
    from voicebot.store.review_book import ReviewBook

    current = settings()
    clients = load_clients(current.clients_dir).instructions
    pseudonyms = None if identifying else Pseudonyms(read_or_make_key(key or current.data_dir / KEY_FILE))
    report, count = PseudonymReport(), 0
    book = await CallBook.open(current.database)
    try:
        corrections = await corrections_since(CorrectionBook(book.database), _BEGINNING, clients)
        settled = await ReviewBook(book.database).settled(clients, _BEGINNING)
        references = gathered((*corrections, *settled))
        shelf = Shelf(book, current.data_dir / "calls", references.facts)
        with jsonl_file(to) as out:
            async for transcript in read_store(shelf, wanted):
                count += 1
                if pseudonyms is not None:
                    transcript = pseudonymised(transcript, clients.get(transcript.client), pseudonyms, report)
                write_line(out, transcript)
    finally:
        await book.close()
    return {"calls": count, "pseudonymised": not identifying, "texts": report.texts, "masked": report.masked} | {
        "conflicting_references": len(references.conflicts)
    }


def _print(told: dict[str, Any]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{told['calls']} calls.")
    if told["pseudonymised"]:
        console.print(f"{told['texts']} texts tell of invented people; {sum(told['masked'].values())} had to be blanked.")
    else:
        console.print("[yellow]The file holds real names, numbers and words of callers: keep it as you keep recordings.[/]")
