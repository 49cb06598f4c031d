"""voicebot eval conversations: whole calls by text, judged by facts."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.conversation_evals import ConversationReport, JudgedCall, run
from voicebot.settings import settings, shipped
from voicebot.understanding.rules import Rules
from voicebot.wiring.house import understanding_of


def conversations(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; evals/conversations when none.")] = None,
    only: Annotated[str, typer.Option(help="Hold only the calls whose name holds this.")] = "",
    transcripts: Annotated[bool, typer.Option("--transcripts", help="Show the whole call where a fact is wrong.")] = False,
    model: Annotated[bool, typer.Option("--model", help="With the configured language model, not the rules alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Hold whole calls through the receptionist and judge them by facts. Exit status 1 when a fact is wrong."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        began = time.perf_counter()
        report = asyncio.run(_held(paths or [shipped("evals") / "conversations"], only, with_model=model))
        if as_json:
            print(json.dumps(_as_json(report), ensure_ascii=False))
        else:
            _print(report, time.perf_counter() - began, transcripts=transcripts)
        if any(not call.right for call in report.calls):
            raise typer.Exit(FAILED)


async def _held(paths: list[Path], only: str, *, with_model: bool) -> ConversationReport:
    current = settings()
    clients = load_clients(current.clients_dir)
    if not with_model:
        return await run(paths, clients, Rules(), only=only)
    reader, language_model = understanding_of(current)
    try:
        return await run(paths, clients, reader, only=only)
    finally:
        if language_model is not None:
            await language_model.close()


def _print(report: ConversationReport, took_s: float, *, transcripts: bool) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for call in report.calls:
        if not call.right:
            _print_wrong(console, call, transcripts=transcripts)
    console.print(f"{len(report.calls)} calls in {took_s:.1f} s, {report.turns_per_call:.1f} caller turns each.")
    table = Table("calls", "every fact right")
    table.add_row("all", str(report.right))
    for name, rate in (*report.by_language.items(), *report.by_client.items()):
        table.add_row(name, str(rate))
    console.print(table)
    console.print(f"Questions asked twice: {report.asked_twice}")
    for fact, times in report.wrong_facts.most_common():
        console.print(f"  {times} × {escape(fact)}")


def _print_wrong(console: Console, call: JudgedCall, *, transcripts: bool) -> None:
    written = call.written
    console.print(
        f"[red]✗[/] {escape(f'{written.file}:{written.line} {written.conversation.name}')} [dim]{written.client}[/]"
    )
    for wrong in call.wrong:
        console.print(f"    {escape(f'{wrong.check}: expected {wrong.expected}, found {wrong.found}')}")
    for line in call.transcript if transcripts else ():
        console.print(f"      [dim]{escape(line)}[/]")


def _rate(rate: Rate) -> dict[str, Any]:
    return {"value": rate.value, "interval": rate.interval, "successes": rate.successes, "trials": rate.trials}


def _as_json(report: ConversationReport) -> dict[str, Any]:
    return {
        "calls": _rate(report.right),
        "asked_twice": report.asked_twice,
        "turns_per_call": report.turns_per_call,
        "by_language": {name: _rate(rate) for name, rate in report.by_language.items()},
        "by_client": {name: _rate(rate) for name, rate in report.by_client.items()},
        "wrong": [
            {"file": c.written.file, "line": c.written.line, "name": c.written.conversation.name, "client": c.written.client}
            | {"facts": [{"fact": w.check, "expected": w.expected, "found": w.found} for w in c.wrong]}
            for c in report.calls
            if not c.right
        ],
    }
