"""voicebot verify: is what was said true?"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.errors import SettingsError
from voicebot.quality.call_receipts import CallRecord
from voicebot.quality.call_records import record_of, records_in, records_since
from voicebot.quality.promises import Verification
from voicebot.quality.promises import verify as look
from voicebot.settings import settings
from voicebot.store.call_book import CallBook

app = typer.Typer(help="Check that what was said is true.", no_args_is_help=True)


@app.callback()
def _verify() -> None:
    """Check that what was said is true."""


@app.command("promises")
def promises(
    calls: Annotated[list[str] | None, typer.Argument(help="Ids of calls; all when none.")] = None,
    since: Annotated[str, typer.Option(help='Calls that began then or later, "2026-11-23" or "2026-11-23 22:15" UTC.')] = "",
    folder: Annotated[Path | None, typer.Option(help="Read call.json files of this folder instead of the store.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Find every sentence that committed the house to something without its receipt. Exit status 1 when there is one."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        found = look(asyncio.run(_records(calls or [], _moment(since), folder)), datetime.now(UTC))
        if as_json:
            print(json.dumps(_as_json(found), ensure_ascii=False))
        else:
            _show(found)
        if found.findings:
            raise typer.Exit(FAILED)


def _moment(since: str) -> datetime | None:
    if not since:
        return None
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as wrong:
        raise SettingsError(f'--since: "{since}" is no moment.', 'Write it as "2026-11-23 22:15".') from wrong
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


async def _records(ids: list[str], since: datetime | None, folder: Path | None) -> list[CallRecord]:
    if folder is not None:
        found = list(await asyncio.to_thread(lambda: list(records_in(folder, since))))
        return [record for record in found if not ids or record.call.id in ids]
    book = await CallBook.open(settings().database)
    try:
        if ids:
            return [await record_of(book, call_id) for call_id in ids]
        return [record async for record in records_since(book, since)]
    finally:
        await book.close()


def _show(found: Verification) -> None:
    console = Console(highlight=False, soft_wrap=True)
    if found.findings:
        table = Table("call", "time (UTC)", "sentence", "what is missing")
        for finding in found.findings:
            at = f"{finding.at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"
            table.add_row(finding.call, at, escape(finding.text), f"[red]{escape(finding.missing)}[/]")
        console.print(table)
    console.print(
        f"{found.calls} calls, {found.sentences} sentences, {found.commitments} commitments: "
        f"{len(found.findings)} without a receipt, {found.pending} still fresh; "
        f"{found.clients_own} of the clients' own."
    )


def _as_json(found: Verification) -> dict[str, Any]:
    rows = [asdict(finding) | {"at": finding.at.isoformat()} for finding in found.findings]
    counts = {name: getattr(found, name) for name in ("calls", "sentences", "commitments", "pending", "clients_own")}
    return counts | {"findings": rows}
