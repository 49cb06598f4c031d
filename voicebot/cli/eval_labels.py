"""voicebot eval labels: how far reviewers agree, and their settled labels as reference facts for the judges."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.domain.reference import ReferenceFact
from voicebot.domain.review import Mark
from voicebot.errors import EvalFileError
from voicebot.policy.agreement import Agreement
from voicebot.policy.review_figures import items_agreement, overall_agreement, pairs_agreement
from voicebot.settings import settings
from voicebot.store.open_database import OpenDatabase
from voicebot.store.review_book import ReviewBook

_JSON: TypeAdapter[ReferenceFact] = TypeAdapter(ReferenceFact)
_EVER = datetime(9000, 1, 1, tzinfo=UTC)


def labels(
    client: Annotated[list[str] | None, typer.Option(help="Client id; once for each. None: all.")] = None,
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="From this day on, UTC.")] = datetime(2000, 1, 1),  # noqa: DTZ001
    out: Annotated[
        Path | None, typer.Option(help="Write settled labels and corrections there, one JSON object a line.")
    ] = None,
) -> None:
    """Agreement of reviewers (Cohen's kappa with 95 % intervals), and settled labels as reference facts."""
    with told_to_operator():
        known = load_clients(settings().clients_dir)
        clients = tuple(client or known.instructions)
        marks, facts = asyncio.run(_read(clients, since.replace(tzinfo=UTC)))
        # A client whose file is gone may still have labels; an id that has neither is a slip of the pen.
        for name in set(clients) - {one.client for one in (*marks, *facts)}:
            known.of(name)
        if out is not None:
            _write(out, facts)
        _print(marks)
        print(
            f"{len(facts)} reference facts of {len({fact.call for fact in facts})} calls" + (f" in {out}." if out else ".")
        )


async def _read(clients: tuple[str, ...], since: datetime) -> tuple[list[Mark], list[ReferenceFact]]:
    database = await OpenDatabase.open(settings().database)
    try:
        book = ReviewBook(database)
        return await book.marks(clients, since, _EVER), await book.settled(clients, since)
    finally:
        await database.close()


def _write(path: Path, facts: list[ReferenceFact]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"".join(_JSON.dump_json(fact) + b"\n" for fact in facts))
    except OSError as refused:
        raise EvalFileError(str(path), [f"cannot be written: {refused.strerror}"], "Choose another place.") from refused


def _print(marks: list[Mark]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    table = Table("what", "n", "equal", "kappa", "95 %", "reading")
    table.add_row("all questions", *_figures(overall_agreement(marks)))
    for item in items_agreement(marks):
        table.add_row(escape(f"{item.item} ({item.kind.value}, scorecard {item.scorecard})"), *_figures(item.agreement))
    for pair in pairs_agreement(marks):
        table.add_row(escape(f"{pair.one} – {pair.other}"), *_figures(pair.agreement))
    console.print(table)


def _figures(one: Agreement) -> tuple[str, str, str, str, str]:
    share = "–" if one.share is None else f"{100 * one.share:.0f} %"
    kappa = "–" if one.kappa is None else f"{one.kappa:.2f}"
    between = "" if one.low is None or one.high is None else f"{one.low:.2f} … {one.high:.2f}"
    band = one.band.value.replace("_", " ") if one.band else ""
    return str(one.n), share, kappa, between, band + (" (few)" if one.n and one.few else "")
