"""voicebot eval report: a kept run as HTML, JUnit XML and JSON."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.domain.language import Language
from voicebot.errors import EvalFileError

if TYPE_CHECKING:
    from voicebot.domain.replay import ReplayReport
    from voicebot.quality.comparing.comparison import Comparison
    from voicebot.quality.running.result import RunResult

BESIDE = "report"
"""Name of reports that are written beside the run when no file is named."""


def report(
    result: Annotated[Path, typer.Argument(help="result.json of a run, or the run's folder.")],
    baseline: Annotated[Path | None, typer.Option(help="Baseline to compare with; another result.json will do.")] = None,
    html: Annotated[Path | None, typer.Option(help="HTML file; report.html beside the run when no format is asked.")] = None,
    junit: Annotated[Path | None, typer.Option(help="JUnit XML file.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", help="JSON summary; see docs/eval-reports.md.")] = None,
    replay: Annotated[Path | None, typer.Option(help="Replay report, as JSON, to show in the HTML file.")] = None,
    language: Annotated[Language, typer.Option(help="In which the HTML file opens; it has both.")] = Language.FRENCH,
    open_it: Annotated[str, typer.Option("--open", help="yes: show the HTML file in the browser.", metavar="yes|no")] = "no",
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON Schema of the summary, and nothing else.")
    ] = False,
) -> None:
    """The decision in one sentence, and reports for people, CI servers and scripts."""
    import json

    from voicebot.quality.comparing.compare import compare
    from voicebot.quality.reports.decision import decide
    from voicebot.quality.reports.summary import summary, summary_schema
    from voicebot.quality.reports.words import sentence

    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        if schema:
            print(json.dumps(summary_schema(), indent=2))
            return
        path = result / "result.json" if result.is_dir() else result
        run = _run(path)
        comparison = compare(_before(baseline), run) if baseline else None
        if html is None and junit is None and as_json is None:
            html = path.with_name(f"{BESIDE}.html")
        if html is not None:
            _write_html(html, run, comparison, path.parent, replay, language)
        if junit is not None:
            from voicebot.quality.reports.junit import junit_report

            _write(junit, junit_report(run, comparison))
        if as_json is not None:
            _write(as_json, summary(run, comparison).model_dump_json(indent=2) + "\n")
        decision = decide(run, comparison)
        colour = {"publish": "green", "stop": "red", "look": "yellow"}[decision.verdict]
        console = Console(highlight=False, soft_wrap=True)
        console.print(f"[{colour}]{escape(sentence(decision, Language.ENGLISH))}[/]")
        for written in (file for file in (html, junit, as_json) if file is not None):
            console.print(str(written))
        if open_it == "yes" and html is not None:
            webbrowser.open(html.resolve().as_uri())


def _write_html(
    file: Path, run: RunResult, comparison: Comparison | None, folder: Path, replay: Path | None, language: Language
) -> None:
    from voicebot.quality.reports.html import html_report

    def sound(name: str) -> bytes | None:
        """As the transcript names it, or beside the run."""
        found = next((path for path in (Path(name), folder / name) if path.is_file()), None)
        return found.read_bytes() if found else None

    _write(file, html_report(run, comparison, replay=_replay(replay), audio=sound, language=language))


def _run(path: Path) -> RunResult:
    from pydantic import ValidationError

    from voicebot.quality.running.result import run_json

    try:
        return run_json.validate_json(path.read_bytes())
    except OSError as missing:
        remedy = "Name the result.json that `voicebot eval run` keeps, or its folder."
        raise EvalFileError(str(path), [f"cannot be read: {missing.strerror}"], remedy) from missing
    except ValidationError as wrong:
        first = wrong.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise EvalFileError(str(path), [f"{place}: {first['msg']}"], "Run the suite again: `voicebot eval run`.") from wrong


def _before(path: Path) -> RunResult:
    from voicebot.quality.comparing.baseline import read_baseline

    return _run(path) if path.name == "result.json" else read_baseline(path)


def _replay(path: Path | None) -> ReplayReport | None:
    from pydantic import ValidationError

    from voicebot.domain.replay import replay_json

    if path is None:
        return None
    try:
        return replay_json.validate_json(path.read_bytes())
    except (OSError, ValidationError) as wrong:
        remedy = "Name what `voicebot eval replay --json` wrote."
        raise EvalFileError(str(path), ["no replay report can be read there"], remedy) from wrong


def _write(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as refused:
        raise EvalFileError(
            str(file), [f"cannot be written: {refused.strerror}"], "Name a file in a folder of yours."
        ) from refused
