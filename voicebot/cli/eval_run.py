"""voicebot eval run: a suite held, judged, compared with its baseline, and told of."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.errors import EvalFileError, SettingsError, VoicebotError
from voicebot.settings import Settings, settings, shipped

if TYPE_CHECKING:
    from voicebot.quality.comparing.comparison import Comparison
    from voicebot.quality.running.judge_case import Ground
    from voicebot.quality.running.result import RunResult
    from voicebot.quality.running.run import Judging, Progress, Run, Told
    from voicebot.quality.running.suite import Suite
    from voicebot.quality.running.targets import MissedTarget

UNUSABLE = 2
"""Exit status when a file or an option cannot be used: nothing was found out about the receptionist."""
BROKEN_OFF = 130


def run(
    suite: Annotated[str, typer.Argument(help="A suite that we ship (smoke, full), or a file.")],
    baseline: Annotated[
        Path | None, typer.Option(help="Compare with this file; evals/baselines/SUITE.json when there.")
    ] = None,
    update_baseline: Annotated[
        bool, typer.Option("--update-baseline", help="This run is good: write the baseline.")
    ] = False,
    out: Annotated[Path | None, typer.Option(help="Folder for the reports in all formats.")] = None,
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Processes; as many as cores when none.")] = None,
    attempts: Annotated[int | None, typer.Option(min=1, max=50, help="How often each case is held.")] = None,
    model: Annotated[bool, typer.Option("--model", help="With the configured language model, not the rules alone.")] = False,
    only: Annotated[str, typer.Option(help="Only cases whose name holds this.")] = "",
    junit: Annotated[Path | None, typer.Option(help="Write JUnit XML.")] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write the whole result as JSON.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one self-contained HTML report.")] = None,
    no_cache: Annotated[
        bool, typer.Option("--no-cache", help="Judge everything again, keep nothing for the next run.")
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume/--fresh", help="Go on with a run that was broken off, or begin anew.")
    ] = True,
    share: Annotated[bool, typer.Option("--share", help="Let `voicebot eval work` judge, on any machine.")] = False,
) -> None:
    """Run a suite. Exit status 1: a regression or a missed target; 2: unusable input."""
    with told_to_operator(), _unusable():
        set_up_logs(as_json=False, quiet=True)
        from voicebot.quality.running.run import load_result
        from voicebot.quality.running.suite import find_suite, read_suite
        from voicebot.quality.running.targets import missed_targets

        chosen = read_suite(find_suite(suite, shipped("evals") / "suites"))
        known = baseline or shipped("evals") / "baselines" / f"{chosen.name}.json"
        if baseline is not None and not baseline.is_file() and not update_baseline:
            raise EvalFileError(str(baseline), ["is no file"], "Write it with --update-baseline.")
        done = _held(chosen, jobs, attempts, only, model=model, cached=not no_cache, fresh=not resume, share=share)
        result = load_result(done)
        comparison = None if update_baseline or not known.is_file() else _compared(known, result, partial=bool(only))
        missed = missed_targets(result, chosen, partial=bool(only))
        _tell(done, result, comparison, missed)
        _write(result, comparison, out, html, junit, json_file)
        if update_baseline:
            _write_baseline(known, result, partial=bool(only))
        if any(target.sure for target in missed) or (comparison and comparison.regressions):
            raise typer.Exit(FAILED)


def _held(
    suite: Suite,
    jobs: int | None,
    attempts: int | None,
    only: str,
    *,
    model: bool,
    cached: bool,
    fresh: bool,
    share: bool,
) -> Run:
    from voicebot.quality.running.cache import JudgedCache
    from voicebot.quality.running.run import run_to_folder, runs_folder

    current = settings()
    ground = _ground(current, model=model)
    folder = runs_folder(current, suite)
    with (
        JudgedCache(current.data_dir / "evals" / "cache") if cached else nullcontext() as cache,
        _bar(suite) as tell,
    ):
        try:
            judging = _judging(current, ground, jobs, share=share)
            return asyncio.run(
                run_to_folder(
                    suite, ground, judging, folder, attempts=attempts, only=only, cache=cache, fresh=fresh, tell=tell
                )
            )
        except KeyboardInterrupt:
            told = Console(stderr=True, highlight=False, soft_wrap=True)
            told.print("Broken off. What is judged is kept: the same command goes on with it; --fresh begins anew.")
            raise typer.Exit(BROKEN_OFF) from None


def _ground(current: Settings, *, model: bool) -> Ground:
    from voicebot.clients.directory import load_clients
    from voicebot.quality.running.judge_case import RULES, Ground, understanding_told

    clients = load_clients(current.clients_dir)
    for broken in clients.broken:
        raise broken
    if model and not current.language_model_key:
        raise SettingsError("No language model is configured.", "Set VOICEBOT_LLM_BASE_URL or OPENAI_API_KEY.")
    return Ground.of(clients, understanding_told(current) if model else RULES)


def _judging(current: Settings, ground: Ground, jobs: int | None, *, share: bool) -> Judging:
    from voicebot.quality.running.run import judged_here, on_processes

    if share:
        from voicebot.quality.running.shared import on_all_machines

        return on_all_machines(ground, current.database)
    processes = jobs or os.cpu_count() or 1
    return on_processes(ground, processes) if processes > 1 else lambda cases: judged_here(ground, cases)


@contextmanager
def _bar(suite: Suite) -> Iterator[Told | None]:
    """A bar on the terminal; nothing where nobody looks."""
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    console = Console(stderr=True)
    if not console.is_terminal:
        yield None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task(suite.name, total=None)

        def tell(now: Progress) -> None:
            more = "".join(f", {n} {what}" for n, what in ((now.cached, "cached"), (now.resumed, "kept")) if n)
            bar.update(task, completed=now.done, total=now.total, description=f"{suite.name}{more}")

        yield tell


def _compared(path: Path, result: RunResult, *, partial: bool) -> Comparison:
    from voicebot.quality.comparing.baseline import read_baseline
    from voicebot.quality.comparing.compare import compare

    before = read_baseline(path)
    if before.suite != result.suite:
        raise EvalFileError(str(path), [f'is of the suite "{before.suite}"'], f'Name a baseline of "{result.suite}".')
    if partial:
        # Cases that were not asked for are not missing.
        judged = {case.case for case in result.cases}
        before = replace(before, cases=tuple(case for case in before.cases if case.case in judged))
    return compare(before, result)


def _write_baseline(path: Path, result: RunResult, *, partial: bool) -> None:
    from voicebot.quality.comparing.baseline import write_baseline

    if partial:
        raise EvalFileError(str(path), ["--update-baseline and --only"], "A baseline is of the whole suite.")
    write_baseline(path, result)
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"Baseline: {escape(str(path))}")


def _tell(done: Run, result: RunResult, comparison: Comparison | None, missed: list[MissedTarget]) -> None:
    from voicebot.cli.eval_run_table import print_run

    console = Console(highlight=False, soft_wrap=True)
    if done.resumed:
        console.print(f"Gone on with a run that was broken off: {done.resumed} cases were judged before.")
    print_run(console, result, missed, comparison)
    console.print(f"[dim]Run: {escape(str(done.path))}[/]")


def _write(
    result: RunResult,
    comparison: Comparison | None,
    out: Path | None,
    html: Path | None,
    junit: Path | None,
    json_file: Path | None,
) -> None:
    from voicebot.quality.running.result import run_json

    html, junit, json_file = (
        path or (out / name if out else None)
        for path, name in ((html, "report.html"), (junit, "junit.xml"), (json_file, "result.json"))
    )
    if html is not None:
        from voicebot.quality.reports.html import html_report

        _put(html, html_report(result, comparison).encode())
    if junit is not None:
        from voicebot.quality.reports.junit import junit_report

        _put(junit, junit_report(result, comparison).encode())
    if json_file is not None:
        _put(json_file, run_json.dump_json(result, indent=1))


def _put(path: Path, content: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as refused:
        raise EvalFileError(str(path), [f"cannot be written: {refused.strerror}"], "Choose another place.") from refused
    Console(stderr=True, highlight=False, soft_wrap=True).print(f"Written: {escape(str(path))}")


@contextmanager
def _unusable() -> Iterator[None]:
    """Errors of ours tell of the input, never of the receptionist: status 2, not 1."""
    try:
        yield
    except VoicebotError as error:
        try:
            with told_to_operator():
                raise error
        except typer.Exit:
            raise typer.Exit(UNUSABLE) from error
