"""voicebot bench: how fast the receptionist answers, measured beside pipecat's own bot on the same engines."""

from __future__ import annotations

import asyncio
import json
import os
import platform
from contextlib import AsyncExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from voicebot.cli.bench_tables import show
from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.quality.bench_callers import callers
from voicebot.quality.bench_latency import as_json, paired_ratio, ratios
from voicebot.quality.bench_run import Bot, Measured, measure
from voicebot.quality.bench_server import ServerUnderTest, server_under_test
from voicebot.settings import settings
from voicebot.wiring.shifted_clock import clock_from

app = typer.Typer(name="bench", help="Benchmarks: synthetic callers, real time, real audio.", no_args_is_help=True)

CALLS_BEGIN = "2026-03-10 22:40"
"""The receptionists' clock, in France: both clients are closed, so every run takes the same turns."""
JSON_FORMAT = 1


@app.command()
def latency(
    calls: Annotated[int, typer.Option(min=1, max=1000, help="Calls to each receptionist.")] = 12,
    together: Annotated[int, typer.Option(min=1, max=100, help="Calls at the same time.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of names, numbers, pauses and voices of the callers.")] = 0,
    noise_snr_db: Annotated[
        float | None, typer.Option("--noise-snr-db", help="Background noise, dB below the callers' voices.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
    only: Annotated[Bot | None, typer.Option(help="Measure one receptionist alone.")] = None,
) -> None:
    """Waits as callers hear them: end of their speech to the first audible sample, ours beside vanilla pipecat."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        bots = [only] if only else list(Bot)
        measured, engines = asyncio.run(_latency(bots, calls, together, seed, noise_snr_db))
        asked = {"calls": calls, "together": together, "seed": seed, "noise_snr_db": noise_snr_db}
        figures = _figures(measured, engines, asked)
        if json_file:
            json_file.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        show(Console(highlight=False), figures)


@app.command(hidden=True)
def server(bot: Bot) -> None:
    """A receptionist under test: tells that it is ready, answers standard input, ends with it."""
    # pipecat's whole telephony bot is imported here, which no other command needs.
    from voicebot.cli.bench_server import serve_under_test

    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        asyncio.run(serve_under_test(bot, settings(), clock_from(CALLS_BEGIN, ZoneInfo("Europe/Paris"))))


async def _latency(
    bots: list[Bot], calls: int, together: int, seed: int, noise_snr_db: float | None
) -> tuple[dict[str, Measured], dict[str, str]]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with AsyncExitStack() as open_things:
        servers: dict[str, ServerUnderTest] = {}
        for bot in bots:
            servers[bot] = await open_things.enter_async_context(server_under_test(["bench", "server", bot]))
        bars = open_things.enter_context(Progress(*columns, console=Console(stderr=True), transient=True))
        bar = {bot: bars.add_task(bot, total=calls) for bot in bots}
        measured = await measure(
            servers,
            callers(calls, seed),
            together=together,
            noise_snr_db=noise_snr_db,
            on_round=lambda name, done: bars.update(bar[Bot(name)], completed=done),
        )
        one = next(iter(servers.values()))
        return measured, {"ears": one.ears, "voice": one.voice}


def _figures(measured: dict[str, Measured], engines: dict[str, str], asked: dict[str, Any]) -> dict[str, Any]:
    """Everything as JSON values (docs/benchmarks.md tells what each figure is)."""
    reports = {name: each.report() for name, each in measured.items()}
    figures: dict[str, Any] = {
        "format": JSON_FORMAT,
        "asked": asked,
        "machine": {
            "cores": os.cpu_count(),
            "processor": platform.machine(),
            "system": platform.system(),
            "python": platform.python_version(),
            "pipecat": version("pipecat-ai"),
        },
        "engines": engines,
        "bots": {name: as_json(each) for name, each in reports.items()},
    }
    if len(reports) == len(Bot):
        ratio, count = paired_ratio(measured[Bot.OURS].calls, measured[Bot.VANILLA].calls)
        paired = {"voice_to_voice_same_turns_p50": None if ratio != ratio else round(ratio, 3)}
        figures["ours_by_vanilla"] = ratios(reports[Bot.OURS], reports[Bot.VANILLA]) | paired
        figures["same_turns"] = count
    return figures
