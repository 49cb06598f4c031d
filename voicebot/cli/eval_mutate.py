"""voicebot eval mutate: known faults put into the receptionist; does the suite see them, and nothing else?"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress
from rich.table import Column, Table

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.settings import settings, shipped

if TYPE_CHECKING:
    from voicebot.quality.mutation.alarms import MeasuredBenign
    from voicebot.quality.mutation.measure import Measured, Mutation

_COLOURS = {"critical": "red", "serious": "yellow", "minor": "dim"}


def mutate(
    suite: Annotated[
        list[Path] | None, typer.Option(help="Files or folders of calls; evals/conversations when none.")
    ] = None,
    only: Annotated[str, typer.Option(help="Only the faults whose name holds this; no harmless changes then.")] = "",
    calls: Annotated[str, typer.Option(help="Only the calls whose name holds this.")] = "",
    most_calls: Annotated[
        int, typer.Option(min=1, help="Calls for each fault that is caught; one that is not gets all.")
    ] = 20,
    jobs: Annotated[int, typer.Option(min=0, help="Processes; 0 means one for each core.")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write everything here.")] = None,
    html_file: Annotated[Path | None, typer.Option("--html", help="Write the tables here, as one page.")] = None,
) -> None:
    """Put known faults into the receptionist. Exit status 1 when too few are caught, or harmless changes are flagged."""
    from voicebot.quality.mutation.alarms import measure_alarms
    from voicebot.quality.mutation.as_json import as_json
    from voicebot.quality.mutation.catalogue import faults_named
    from voicebot.quality.mutation.measure import Suite, measure
    from voicebot.quality.mutation.targets import missed_targets

    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        given = Suite(tuple(suite or [shipped("evals") / "conversations"]), settings().clients_dir, calls)
        processes = jobs or os.cpu_count() or 1
        with Progress(console=Console(stderr=True), transient=True) as bar:
            faulty, harmless = bar.add_task("faults", total=None), bar.add_task("harmless changes", total=None)
            mutation = measure(
                given, faults_named(only), jobs=processes, most_calls=most_calls,
                progress=lambda done, of: bar.update(faulty, completed=done, total=of),
            )  # fmt: skip
            benign = () if only else measure_alarms(
                given, jobs=processes, most_calls=3 * most_calls,
                progress=lambda done, of: bar.update(harmless, completed=done, total=of),
            )  # fmt: skip
        missed = missed_targets(mutation, benign)
        if json_file:
            json_file.write_text(json.dumps(as_json(mutation, benign), ensure_ascii=False, indent=1), encoding="utf-8")
        page = Console(record=True, width=180, file=None if html_file is None else open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        for console in (Console(highlight=False, soft_wrap=True), *((page,) if html_file else ())):
            _print(console, mutation, benign, missed)
        if html_file:
            page.save_html(str(html_file))
        if missed:
            raise typer.Exit(FAILED)


def _print(console: Console, mutation: Mutation, benign: tuple[MeasuredBenign, ...], missed: list[str]) -> None:
    from voicebot.quality.mutation.targets import all_flagged, all_misjudged

    console.print(f"{len(mutation.faults)} kinds of faults, {mutation.calls} calls, {mutation.held} held.")
    console.print(_faults(mutation))
    console.print(f"Kinds caught: {mutation.caught}. Of the calls with a fault in them: {mutation.sensitivity}.")
    for measured in mutation.slipped:
        _print_slip(console, measured)
    if benign:
        console.print(_alarms(benign))
        console.print(f"Flagged although harmless: {all_flagged(benign)}; by a judge alone: {all_misjudged(benign)}.")
    for kind in benign:
        for alarm in kind.alarms:
            whose = "the judge is wrong" if alarm.judges else "the call came to something else"
            by = ", ".join(f"{f.check} (expected {f.expected}, found {f.found})" for f in alarm.by[:2])
            console.print(f"  {kind.kind.name}: {alarm.case}: {whose}: {escape(by)}")
    console.print("[green]Every target is met.[/]" if not missed else "[red]Missed:[/] " + escape("; ".join(missed)))


def _faults(mutation: Mutation) -> Table:
    from voicebot.quality.mutation.as_json import caught_by

    table = Table(Column("fault", no_wrap=True), "severity", "area", "can bite", "fired", "caught in", "first by")
    for measured in mutation.faults:
        fault, by = measured.fault, caught_by(measured).most_common(2)
        colour = _COLOURS[fault.severity]
        name = fault.name if measured.caught else f"[bold red]{fault.name}[/]"
        first = ", ".join(check for check, _ in by) or ("nothing" if measured.reached else "not reached")
        table.add_row(
            name, f"[{colour}]{fault.severity}[/]", fault.area.value, str(measured.reach), str(len(measured.bites)),
            str(measured.sensitivity), first,
        )  # fmt: skip
    return table


def _alarms(benign: tuple[MeasuredBenign, ...]) -> Table:
    table = Table("harmless change", "flagged", "by a judge alone")
    for kind in benign:
        table.add_row(kind.kind.name, str(kind.flagged), str(kind.misjudged))
    return table


def _print_slip(console: Console, measured: Measured) -> None:
    fault = measured.fault
    if not measured.reached:
        console.print(f"[red]not reached[/] {fault.name}: {fault.harm} No call of the suite comes there.")
        return
    seen = next((b for b in measured.bites if b.line), measured.bites[0])
    console.print(f"[red]slips through[/] {fault.name}: {fault.harm} A check of {fault.area.value} should see it.")
    console.print(f"    {escape(seen.case)}: {escape(seen.line or 'only the record differs')}")
