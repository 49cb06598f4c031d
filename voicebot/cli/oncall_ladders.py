"""voicebot oncall ladders | take: ladders that nobody has, and taking one in the name of our own house."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.domain.ladder import Claim, Ladder, LadderStatus, Way
from voicebot.on_call.desk import OPERATOR
from voicebot.settings import Settings, settings
from voicebot.store.ladder_book import LadderBook
from voicebot.store.open_database import OpenDatabase

_COLOURS = {LadderStatus.ACKNOWLEDGED: "green", LadderStatus.ALARM: "red"}


def ladders(
    everything: Annotated[bool, typer.Option("--all", help="Those that somebody has, too.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Newest first.")] = 50,
) -> None:
    """Ladders that nobody has acknowledged yet. Exit status 1 when there is an alarm among them."""
    with told_to_operator():
        found = asyncio.run(_ladders(settings(), limit, everything=everything))
        console = Console(highlight=False)
        if not found:
            console.print("No ladder waits for anybody.")
            return
        table = Table("call (UTC), client", "state", "who", box=SIMPLE_HEAD, pad_edge=False)
        for one in found:
            state = f"[{_COLOURS.get(one.status, 'yellow')}]{one.status}[/]\n[dim]round {one.round}[/]"
            table.add_row(f"{one.call}\n[dim]{escape(one.client)}[/]", state, escape(_who(one)))
        console.print(table)
        if any(one.status is LadderStatus.ALARM for one in found):
            console.print("Take one: [bold]voicebot oncall take CALL --as NAME[/]")
            raise typer.Exit(FAILED)


def take(
    call: Annotated[str, typer.Argument(help="Id of the call, or of its ladder.")],
    name: Annotated[str, typer.Option("--as", help="Who takes it: said to those who come late.")] = "",
) -> None:
    """Acknowledge an urgent call in the name of our own house: nobody is rung any more. Exit status 1: somebody has it."""
    with told_to_operator():
        who = name or getuser()
        claim = asyncio.run(_take(settings(), call, who))
        Console(highlight=False).print(
            f"{escape(who)} has it: nobody is rung any more."
            if claim.first
            else f"[yellow]{escape(claim.name)} has it already.[/]"
        )
        if not claim.first:
            raise typer.Exit(FAILED)


def _who(ladder: Ladder) -> str:
    if ladder.acknowledged_by:
        later = f", within {ladder.eta_min} min" if ladder.eta_min is not None else ""
        return f"{ladder.acknowledged_name} has it{later}"
    return f"trying {ladder.trying}" if ladder.trying else "nobody"


async def _ladders(current: Settings, limit: int, *, everything: bool) -> list[Ladder]:
    database = await OpenDatabase.open(current.database)
    try:
        return await LadderBook(database).newest(limit, everything=everything)
    finally:
        await database.close()


async def _take(current: Settings, call: str, who: str) -> Claim:
    database = await OpenDatabase.open(current.database)
    ladder = call if call.endswith("-on-call") else f"{call}-on-call"
    try:
        return await LadderBook(database).claim(ladder, f"{OPERATOR}{who}", who, Way.CONSOLE, datetime.now(UTC))
    finally:
        await database.close()
