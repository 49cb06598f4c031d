"""voicebot eval judge: what the judges say of finished calls, and the list of everything that is judged."""

from __future__ import annotations

import asyncio
import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.errors import EvalFileError, SettingsError, UnknownClient
from voicebot.settings import settings

if TYPE_CHECKING:
    from voicebot.quality.judging.verdict import Judgement
    from voicebot.quality.records.transcript import Transcript


def judge(
    files: Annotated[list[Path] | None, typer.Argument(help="Transcripts: JSONL, CSV, text or pipecat files.")] = None,
    listing: Annotated[bool, typer.Option("--list", help="Every check and measure, with what it means.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show the verdicts that passed, too.")] = False,
    tone: Annotated[bool, typer.Option("--tone", help="Grade tone and clarity with the configured language model.")] = False,
    labels: Annotated[
        Path | None, typer.Option(help="People's grades, CSV with call,tone,clarity: shows agreement.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object per call.")] = False,
) -> None:
    """Judge finished calls by code. Exit status 1 when a verdict failed."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        if listing:
            _print_list()
            return
        if not files:
            raise EvalFileError("transcripts", ["no file was named"], "Name a file of transcripts, or ask for --list.")
        if asyncio.run(_judge(files, everything=everything, tone=tone, labels=labels, as_json=as_json)):
            raise typer.Exit(FAILED)


async def _judge(files: list[Path], *, everything: bool, tone: bool, labels: Path | None, as_json: bool) -> int:
    """How many verdicts failed."""
    from voicebot.clients.directory import load_clients
    from voicebot.quality.judging.client_in_hand import canaries
    from voicebot.quality.judging.judge import judge_transcript
    from voicebot.quality.records.formats import Reading
    from voicebot.quality.records.importing import ImportReport, import_calls

    console, report = Console(highlight=False, soft_wrap=True), ImportReport()
    clients = load_clients(settings().clients_dir)
    failed, calls = 0, []
    async for transcript in import_calls(files, Reading(), report):
        try:
            own = clients.of(transcript.client)
        except UnknownClient:
            own = None
        others = canaries(own, tuple(clients.instructions.values())) if own else frozenset()
        judgement = judge_transcript(transcript, own, others=others)
        failed += sum(not verdict.passed for verdict in judgement.verdicts)
        calls.append(transcript)
        _show(console, transcript, judgement, everything=everything, as_json=as_json)
    errors = Console(stderr=True, highlight=False, soft_wrap=True)
    for remark in report.remarks:
        errors.print(f"[yellow]{escape(remark.place)}[/] {escape(remark.what)}")
    if tone:
        await _grade(console if not as_json else errors, calls, labels)
    return failed


def _show(console: Console, transcript: Transcript, judgement: Judgement, *, everything: bool, as_json: bool) -> None:
    from voicebot.quality.judging.verdict import judgement_json

    if as_json:
        print(json.dumps({"call": transcript.id} | judgement_json.dump_python(judgement, mode="json"), ensure_ascii=False))
        return
    wrong = [v for v in judgement.verdicts if not v.passed]
    mark = "[red]✗[/]" if wrong else "[green]✓[/]"
    console.print(
        f"{mark} {escape(transcript.name or transcript.id)}: {len(judgement.verdicts)} verdicts, {len(wrong)} failed"
    )
    for v in judgement.verdicts if everything else wrong:
        place = ", ".join(f"turn {e.turn}" for e in v.evidence if e.turn)
        critical = "[red bold]critical[/] " if v.critical and not v.passed else ""
        told = f"{v.check}: expected {v.expected}, found {v.found}" + (f" ({place})" if place else "")
        console.print(f"    {'✓' if v.passed else '✗'} {critical}{escape(told)}")


async def _grade(console: Console, calls: list[Transcript], labels: Path | None) -> None:
    from voicebot.quality.judging.agreement import agreement
    from voicebot.quality.judging.tone import Rubric, judge_tone
    from voicebot.wiring.house import understanding_of

    people = _read_labels(labels) if labels else {}
    _, model = understanding_of(settings())
    if model is None:
        raise SettingsError("No language model is configured.", "Set VOICEBOT_LLM_API_KEY, or leave --tone out.")
    scores: dict[str, dict[str, int]] = {rubric: {} for rubric in Rubric}
    try:
        for call in calls:
            judged = await judge_tone(call, model, settings().prompts_dir, told=lambda why: console.print(escape(why)))
            for quantity in judged.quantities:
                scores[quantity.name.removesuffix("_score")][call.id] = int(quantity.values[0])
            for v in judged.verdicts:
                console.print(escape(f"    ✗ {call.name or call.id} {v.check}: {v.found}"))
    finally:
        await model.close()
    for rubric, given in scores.items():
        found = agreement(given, people.get(rubric, {}))
        text = f"{rubric}: {len(given)} graded"
        if found.calls:
            text += (
                f"; people agree exactly {found.exact}, within one {found.within_one}, weighted kappa {_figure(found.kappa)}"
            )
            text += f", Spearman {_figure(found.spearman)}"
        console.print(escape(text))


def _figure(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _read_labels(path: Path) -> dict[str, dict[str, int]]:
    """Grades by rubric and call. Raises: EvalFileError."""
    found: dict[str, dict[str, int]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                for rubric, grade in row.items():
                    if rubric != "call" and grade:
                        found.setdefault(rubric, {})[row["call"]] = int(grade)
    except (OSError, ValueError, KeyError, UnicodeDecodeError) as broken:
        remedy = "Write a CSV with the columns call, tone, clarity and grades from 1 to 5."
        raise EvalFileError(str(path), [str(broken)], remedy) from broken
    return found


def _print_list() -> None:
    from voicebot.quality.judging.every_check import CHECKS, MEASURES

    console = Console(highlight=False, soft_wrap=True)
    table = Table("check", "needs", "français", "English")
    for check in CHECKS:
        name = f"[red]{escape(check.id)}[/]" if check.critical else escape(check.id)
        table.add_row(name, _needs(check.needs), escape(check.french), escape(check.english))
    console.print(table)
    console.print("[red]red[/]: critical, whoever publishes with it must know.")
    measured = Table("measure", "needs", "français", "English")
    for one in MEASURES:
        measured.add_row(", ".join(one.names), _needs(one.needs), escape(one.french), escape(one.english))
    console.print(measured)


def _needs(needs: frozenset[Any]) -> str:
    return ", ".join(sorted(needs)) or "–"
