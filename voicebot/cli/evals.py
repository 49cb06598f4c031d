"""voicebot eval: understanding judged on labelled utterances, in seconds, without phones or networks."""

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

from voicebot.cli.eval_audio import audio
from voicebot.cli.eval_conversations import conversations
from voicebot.cli.eval_export import export
from voicebot.cli.eval_import import import_
from voicebot.cli.eval_judge import judge as judge_calls
from voicebot.cli.eval_labels import labels
from voicebot.cli.eval_mutate import mutate
from voicebot.cli.eval_pipecat import pipecat
from voicebot.cli.eval_replay import replay
from voicebot.cli.eval_report import report
from voicebot.cli.eval_run import run
from voicebot.cli.eval_work import work
from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.quality.comparing.rates import Rate
from voicebot.quality.labelled_utterances import read_labelled
from voicebot.quality.targets import missed_targets
from voicebot.quality.understanding_evals import Report, judge
from voicebot.settings import settings, shipped
from voicebot.understanding.rules import Rules
from voicebot.wiring.house import understanding_of

app = typer.Typer(help="Judge understanding and whole calls offline.", no_args_is_help=True)
app.command()(conversations)
app.command()(mutate)
app.command()(labels)
app.command("judge")(judge_calls)
app.command("import")(import_)
app.command()(export)
app.command()(run)
app.command()(work)
app.command()(audio)
app.command()(pipecat)
app.command()(replay)
app.command()(report)


@app.command()
def understanding(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; evals/understanding when none.")] = None,
    failures: Annotated[int, typer.Option(help="How many labels that were not met are listed.")] = 0,
    only: Annotated[str, typer.Option(help="List failures of this act alone: danger, human, scenario, detail …")] = "",
    model: Annotated[bool, typer.Option("--model", help="With the configured language model, not the rules alone.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
    gate: Annotated[bool, typer.Option("--gate", help="Exit status 1 when a target of the house is missed.")] = False,
) -> None:
    """Precision, recall and confusions per act, with 95 % Wilson intervals."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        began = time.perf_counter()
        report = asyncio.run(_judged(paths or [shipped("evals") / "understanding"], with_model=model))
        took_s = time.perf_counter() - began
        missed = missed_targets(report)
        if as_json:
            print(json.dumps(_as_json(report, missed), ensure_ascii=False))
        else:
            _print(report, took_s, missed, failures, only)
        if gate and missed:
            raise typer.Exit(FAILED)


async def _judged(paths: list[Path], *, with_model: bool) -> Report:
    current = settings()
    rows, clients = read_labelled(paths), load_clients(current.clients_dir)
    if not with_model:
        return await judge(rows, clients, Rules())
    reader, language_model = understanding_of(current)
    try:
        return await judge(rows, clients, reader)
    finally:
        if language_model is not None:
            await language_model.close()


def _print(report: Report, took_s: float, missed: list[str], failures: int, only: str) -> None:
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"{report.utterances} utterances in {took_s:.1f} s. Rates with 95 % Wilson intervals.")
    dangers = Table("danger", "value")
    dangers.add_row("recall", str(report.danger.recall))
    dangers.add_row("false alarms on ordinary talk", str(report.false_alarms))
    console.print(dangers)
    table = Table("act", "precision", "recall", "F1")
    for name in sorted(report.acts):
        counts = report.acts[name]
        f1 = f"{counts.f1:.3f}" if counts.f1 is not None else "–"
        table.add_row(name, str(counts.precision), str(counts.recall), f1)
    console.print(table)
    details = Table("detail", "exact", "asked again", "doubted", "wrong")
    for name in sorted(report.details):
        s = report.details[name]
        details.add_row(name, str(s.exact_rate), str(s.asked), str(s.doubted), str(s.wrong_rate))
    console.print(details)
    confusions = Table("confusion", "wanted", "found", "times")
    shown = [c for c in report.confusions.most_common() if c[0][0] != "detail"][:15]
    for (what, wanted, found), times in shown:
        confusions.add_row(what, wanted, found, str(times))
    console.print(confusions)
    for f in [f for f in report.failures if f.what.startswith(only)][:failures]:
        place = f"{f.utterance.file}:{f.utterance.line}"
        console.print(f"{place} {escape(f.what)}: wanted {escape(f.wanted)}, found {escape(f.found)}")
        console.print(f"    [dim]{escape(f.utterance.label.say)}[/]")
    console.print("[green]Every target is met.[/]" if not missed else "[red]Missed:[/] " + escape("; ".join(missed)))


def _rate(rate: Rate) -> dict[str, Any]:
    return {"value": rate.value, "interval": rate.interval, "successes": rate.successes, "trials": rate.trials}


def _as_json(report: Report, missed: list[str]) -> dict[str, Any]:
    return {
        "utterances": report.utterances,
        "danger": {"recall": _rate(report.danger.recall), "false_alarms": _rate(report.false_alarms)},
        "acts": {
            name: {"precision": _rate(c.precision), "recall": _rate(c.recall), "f1": c.f1} for name, c in report.acts.items()
        },
        "details": {
            name: {"exact": _rate(s.exact_rate), "wrong": _rate(s.wrong_rate), "asked": s.asked, "doubted": s.doubted}
            for name, s in report.details.items()
        },
        "missed_targets": missed,
        "failures": [
            {"file": f.utterance.file, "line": f.utterance.line, "say": f.utterance.label.say}
            | {"what": f.what, "wanted": f.wanted, "found": f.found}
            for f in report.failures
        ],
    }
