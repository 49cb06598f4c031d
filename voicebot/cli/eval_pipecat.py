"""voicebot eval pipecat: pipecat's own eval scenarios, run by its harness against our receptionist."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.settings import Settings, settings, shipped

if TYPE_CHECKING:
    from voicebot.quality.judging.verdict import JudgedCase
    from voicebot.quality.listening.pipecat_scenarios import ClientScenario
    from voicebot.quality.running.result import RunResult
    from voicebot.wiring.house import House


def pipecat(
    paths: Annotated[list[Path] | None, typer.Argument(help="Files or folders; evals/pipecat when none.")] = None,
    only: Annotated[str, typer.Option(help="Only the scenarios whose name holds this.")] = "",
    client: Annotated[str, typer.Option(help="Call this client, whatever folder the file lies in.")] = "",
    number: Annotated[str, typer.Option(help="The number that the line shows, E.164; withheld when empty.")] = "",
    at: Annotated[str, typer.Option(help='Time of the calls in France, "2026-11-23 22:40".')] = "2026-11-23 22:40",
    out: Annotated[Path | None, typer.Option(help="Folder for result.json and the sound of spoken scenarios.")] = None,
) -> None:
    """pipecat's scenario files against our receptionist, by pipecat's own verdict. Exit status 1 when one fails."""
    with told_to_operator():
        # pipecat is imported here, which no other command needs.
        from voicebot.quality.listening.pipecat_scenarios import read_scenarios

        set_up_logs(as_json=False, quiet=True)
        written = [w for w in read_scenarios(paths or [shipped("evals") / "pipecat"], client) if only in w.scenario.name]
        with TemporaryDirectory(prefix="voicebot-pipecat-", ignore_cleanup_errors=True) as own:
            folder = out or Path(own)
            result = asyncio.run(run(written, settings(), folder, number=number, at=at))
            if out:
                from voicebot.quality.running.result import run_json

                (out / "result.json").write_bytes(run_json.dump_json(result, indent=1))
        _show(result)
        if any(not case.passed for case in result.cases):
            raise typer.Exit(FAILED)


async def run(written: list[ClientScenario], current: Settings, folder: Path, *, number: str = "", at: str) -> RunResult:
    """All scenarios, one after the other; one house for each client."""
    from importlib.metadata import version

    from voicebot.quality.running.result import RunResult

    began_at = datetime.now(UTC)
    cases: list[JudgedCase] = []
    digests: dict[str, str] = {}
    for client in dict.fromkeys(w.client for w in written):
        async with receptionist_door(current, folder / "house", client, number, at) as (address, house):
            digests[client] = house.clients.digest_of(client)
            cases += [await _held(house, w, address, folder) for w in written if w.client == client]
    took_s = (datetime.now(UTC) - began_at).total_seconds()
    return RunResult("pipecat", began_at, took_s, version("voicebot"), "rules", tuple(cases), digests)


async def _held(house: House, written: ClientScenario, address: str, folder: Path) -> JudgedCase:
    from dataclasses import replace

    from voicebot.quality.call_records import record_of
    from voicebot.quality.listening.pipecat_scenarios import judged, run_scenario, sound_of
    from voicebot.quality.records.our_calls import transcript_of

    result = await run_scenario(written, address, folder)
    case = await asyncio.to_thread(judged, written, result, house.clients.of(written.client).language.value)
    calls = await house.book.recent(1)
    if not calls:
        return case
    sound = sound_of(written, folder)
    audio = str(sound) if await asyncio.to_thread(sound.exists) else ""
    record = await record_of(house.book, calls[0].id)
    return replace(case, transcript=transcript_of(record, name=case.name, source=str(written.file), audio=audio))


@asynccontextmanager
async def receptionist_door(
    current: Settings, folder: Path, client: str, number: str, at: str
) -> AsyncIterator[tuple[str, House]]:
    """An eval door on a free loopback port, whose calls one client's receptionist answers."""
    from dataclasses import replace

    import uvicorn

    from voicebot.cli.eval_audio import FRANCE, own_settings
    from voicebot.cli.serve import listening_socket
    from voicebot.domain.language import Language
    from voicebot.speech.ports import Voice
    from voicebot.voice.desk import Desk
    from voicebot.voice.eval_line import EvalDoor
    from voicebot.wiring.calls import new_call, receptionist_of
    from voicebot.wiring.house import open_engines, open_house
    from voicebot.wiring.shifted_clock import clock_from

    changed = await asyncio.to_thread(own_settings, current, folder)
    async with open_house(changed) as opened, open_engines(changed, opened.clients) as engines:
        house = replace(opened, clock=clock_from(at, FRANCE))
        instructions = house.clients.of(client)
        digest = house.clients.digest_of(client)

        async def open_call() -> Desk:
            call = new_call(instructions, house.clock(), carrier="pipecat", caller_number=number, digest=digest)
            return receptionist_of(house, call, instructions)

        def voices(desk: Desk) -> Callable[[Language], Voice]:
            return lambda language: engines.voice(desk.instructions.voices[language], language)

        listener = listening_socket("127.0.0.1", 0)
        door = EvalDoor(open_call, house.live.watch, engines.ears, voices)
        server = uvicorn.Server(uvicorn.Config(door, log_level="warning", ws_ping_interval=None, lifespan="off"))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn offers no event to wait for
                await asyncio.sleep(0.01)
            yield f"ws://127.0.0.1:{listener.getsockname()[1]}/", house
        finally:
            server.should_exit = True
            await asyncio.wait([running], timeout=10)


def _show(result: RunResult) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for case in result.cases:
        mark = "[green]✓[/]" if case.passed else "[red]✗[/]"
        console.print(f"{mark} {escape(case.case)} [dim]{case.tags['user']} → {case.tags['judge']}[/]")
        for verdict in case.failed:
            console.print(f"    {escape(f'{verdict.check}: {verdict.expected}: {verdict.found}')}")
        if case.trouble:
            console.print(f"    {escape(case.trouble)}")
    passed = sum(case.passed for case in result.cases)
    console.print(f"{passed} of {len(result.cases)} scenarios passed in {result.took_s:.0f} s.")
