"""voicebot eval audio: synthetic callers telephone the house under conditions, over the real websocket, in real time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.settings import Settings, settings, shipped

if TYPE_CHECKING:
    from voicebot.cli.serve import Served
    from voicebot.quality.listening.conditions import AudioSuite
    from voicebot.quality.running.result import RunResult

FRANCE = ZoneInfo("Europe/Paris")
_KEPT = ("models", "voice_cache")


def audio(
    suite: Annotated[
        Path | None, typer.Argument(help="File of callers and conditions; evals/audio/conditions.yaml.")
    ] = None,
    only: Annotated[str, typer.Option(help='Beside the clean condition those whose name holds one of: "noise,gsm".')] = "",
    calls: Annotated[int | None, typer.Option(min=1, help="Calls under each condition; as the file says.")] = None,
    together: Annotated[int, typer.Option(min=1, max=50, help="Calls at the same time.")] = 2,
    out: Annotated[Path | None, typer.Option(help="Folder for sound, timelines, result.json and figures.")] = None,
    gate: Annotated[bool, typer.Option("--gate", help="Exit status 1 when a clean call did not come out right.")] = False,
) -> None:
    """Outcome, latency and misheard words by condition: noise, loss, codecs, echo, barge-in, pauses."""
    with told_to_operator():
        # numpy, scipy and jiwer are imported here, which no other command needs.
        from voicebot.quality.listening.by_condition import by_condition
        from voicebot.quality.listening.conditions import CLEAN, read_suite

        set_up_logs(as_json=False, quiet=True)
        written = read_suite(suite or shipped("evals") / "audio" / "conditions.yaml").only(only)
        written = written.model_copy(update={"calls": calls or written.calls})
        current = settings()
        folder = out or current.data_dir / "audio-evals" / f"{datetime.now(FRANCE):%Y%m%d-%H%M%S}"
        result = asyncio.run(_run(written, current, folder, together))
        _write(folder, result)
        _show(folder, result)
        clean = next(row for row in by_condition(result.cases) if row.name == CLEAN)
        if gate and clean.right.successes < clean.right.trials:
            raise typer.Exit(FAILED)


async def _run(suite: AudioSuite, current: Settings, folder: Path, together: int) -> RunResult:
    from voicebot.quality.judging.judge import judge_transcript
    from voicebot.quality.listening.audio_calls import TelephonedHouse
    from voicebot.quality.listening.audio_run import run_audio

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with house_to_call(current, folder / "house", suite.at) as served:
        house, clients = served.house, served.house.clients
        numbers = {name: client.identity.dialled_numbers[0] for name, client in clients.instructions.items()}
        callers = {caller.client for caller in suite.callers}
        with Progress(*columns, console=Console(stderr=True), transient=True) as bars:
            bar = bars.add_task("calls", total=suite.calls * len(suite.conditions))
            return await run_audio(
                suite,
                TelephonedHouse(served.address, house.book, house.live, numbers),
                judge_transcript,
                {name: clients.of(name) for name in callers},
                folder=folder / "audio",
                together=together,
                on_call=lambda _heard, _case: bars.advance(bar),
                digests={name: clients.digest_of(name) for name in callers},
            )


@asynccontextmanager
async def house_to_call(current: Settings, folder: Path, at: str) -> AsyncIterator[Served]:
    """A house of its own on a free loopback port, with the shipped clients: nothing leaves it, and nobody can be rung."""
    from voicebot.cli.serve import listening_socket, serving
    from voicebot.wiring.shifted_clock import clock_from

    changed = await asyncio.to_thread(own_settings, current, folder)
    listener = listening_socket(changed.host, changed.port)
    async with serving(changed, listener, clock=clock_from(at, FRANCE)) as served:
        yield served


def own_settings(current: Settings, folder: Path) -> Settings:
    """Settings of a house whose rows, files and mail stay in folder, with the operator's models and the shipped clients."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in _KEPT:
        kept = (current.data_dir / name).resolve()
        kept.mkdir(parents=True, exist_ok=True)
        if not (folder / name).exists():
            (folder / name).symlink_to(kept, target_is_directory=True)
    own = {
        "data_dir": folder,
        "database_url": "",
        "clients_dir": shipped("client_configs"),
        "host": "127.0.0.1",
        "port": 0,
        "public_url": "",
        "mail_folder": folder / "mail",
        "twilio_account_sid": "",
        "twilio_auth_token": None,
        "twilio_number": "",
        "agents_number": "",
        "softphone": False,
        "console": False,
        "max_calls": 1000,
        "work_here": True,
    }
    return current.model_copy(update=own)


def _write(folder: Path, result: RunResult) -> None:
    import json

    from voicebot.quality.listening.by_condition import as_json, by_condition, markdown
    from voicebot.quality.running.result import run_json

    rows = by_condition(result.cases)
    (folder / "result.json").write_bytes(run_json.dump_json(result, indent=1))
    (folder / "conditions.json").write_text(json.dumps(as_json(rows), ensure_ascii=False, indent=1) + "\n", "utf-8")
    (folder / "conditions.md").write_text(markdown(rows), "utf-8")


def _show(folder: Path, result: RunResult) -> None:
    from voicebot.quality.listening.by_condition import HEADINGS, by_condition, row

    console = Console(highlight=False, soft_wrap=True)
    table = Table(*HEADINGS, title=f"{len(result.cases)} calls in {result.took_s:.0f} s")
    rows = by_condition(result.cases)
    for figures in rows:
        table.add_row(*row(figures))
    console.print(table)
    console.print(f"Callers' own clock late by at most {max(f.clock_late_ms for f in rows):.0f} ms (p99 of a call).")
    for case in result.cases:
        for verdict in case.failed:
            console.print(
                f"  {case.case}: {verdict.check}: expected {verdict.expected}, found {verdict.found}", markup=False
            )
        if case.trouble:
            console.print(f"  {case.case}: {case.trouble}", markup=False)
    console.print(f"Sound, timelines and result.json: {folder}")
