"""voicebot bench: how fast the receptionist answers, measured beside pipecat's own bot on the same engines."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from voicebot.cli.bench_tables import show
from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.quality.bench_callers import callers
from voicebot.quality.bench_figures import figures
from voicebot.quality.bench_run import Bot, Measured, measure
from voicebot.quality.bench_server import ServerUnderTest, server_under_test
from voicebot.quality.carried_call import CarriedCall
from voicebot.settings import settings
from voicebot.wiring.shifted_clock import clock_from

app = typer.Typer(name="bench", help="Benchmarks: synthetic callers, real time, real audio.", no_args_is_help=True)

CALLS_BEGIN = "2026-03-10 22:40"
"""The receptionists' clock, in France: both clients are closed, so every run takes the same turns."""


@app.command()
def latency(
    calls: Annotated[int, typer.Option(min=1, max=1000, help="Calls to each receptionist.")] = 12,
    together: Annotated[int, typer.Option(min=1, max=100, help="Calls at the same time.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Of names, numbers, pauses and voices of the callers.")] = 0,
    noise_snr_db: Annotated[
        float | None, typer.Option("--noise-snr-db", help="Background noise, dB below the callers' voices.")
    ] = None,
    json_file: Annotated[Path | None, typer.Option("--json", help="Write every figure to this file.")] = None,
    keep: Annotated[
        Path | None, typer.Option(help="Write what was heard and said in each call to this folder, as WAV.")
    ] = None,
    only: Annotated[Bot | None, typer.Option(help="Measure one receptionist alone.")] = None,
) -> None:
    """Waits as callers hear them: end of their speech to the first audible sample, ours beside vanilla pipecat."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        bots = [only] if only else list(Bot)
        measured, engines = asyncio.run(_latency(bots, calls, together, seed, noise_snr_db, keep))
        asked = {"calls": calls, "together": together, "seed": seed, "noise_snr_db": noise_snr_db}
        told = figures(measured, engines, asked)
        if json_file:
            json_file.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        show(Console(highlight=False), told)


@app.command(hidden=True)
def server(bot: Bot) -> None:
    """A receptionist under test: tells that it is ready, answers standard input, ends with it."""
    # pipecat's whole telephony bot is imported here, which no other command needs.
    from voicebot.cli.bench_server import serve_under_test

    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        asyncio.run(serve_under_test(bot, settings(), clock_from(CALLS_BEGIN, ZoneInfo("Europe/Paris"))))


async def _latency(
    bots: list[Bot], calls: int, together: int, seed: int, noise_snr_db: float | None, keep: Path | None
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
            on_call=lambda name, number, carried: _keep(keep, f"{name}-{number:03d}.wav", carried),
        )
        one = next(iter(servers.values()))
        return measured, {"ears": one.ears, "voice": one.voice}


def _keep(folder: Path | None, name: str, carried: CarriedCall) -> None:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        carried.write_wav(folder / name)
