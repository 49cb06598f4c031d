"""voicebot call: a simulated phone call against a running server, over the real media websocket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.clients.directory import load_clients
from voicebot.errors import SettingsError
from voicebot.quality.carried_call import CallToPlace, Ending
from voicebot.quality.script import Manner, PlaySound, SayWords, Step
from voicebot.quality.synthetic_caller import CallResult, place_call, read_wav
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.settings import Settings, settings
from voicebot.speech.espeak import EspeakVoice
from voicebot.speech.ports import Pcm


def call(
    client: Annotated[str, typer.Option("--client", help="Client id, as in client_configs/.")],
    say: Annotated[list[str] | None, typer.Option("--say", help="Words of one caller turn; may be repeated.")] = None,
    wav: Annotated[list[Path] | None, typer.Option("--wav", help="A WAV file per caller turn; may be repeated.")] = None,
    server: Annotated[str, typer.Option(help="The running server.")] = "",
    number: Annotated[str, typer.Option(help="The caller's number, E.164; empty is withheld.")] = "",
    voice: Annotated[str, typer.Option(help="espeak-ng voice of the caller.")] = "fr+m3",
    noise_snr_db: Annotated[float | None, typer.Option(help="Background noise, dB below the voice.")] = None,
    save: Annotated[Path | None, typer.Option(help="Write what the caller heard and said to this WAV file.")] = None,
) -> None:
    """Telephone a running server: each --say or --wav is one turn, said once the receptionist has finished."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        if not say and not wav:
            raise SettingsError("Nothing to say.", "Give --say or --wav at least once.")
        steps: list[Step] = [SayWords(words) for words in say or []]
        steps += [PlaySound(_sound(path), path.name) for path in wav or []]
        manner = Manner(noise_snr_db=noise_snr_db)
        current = settings()
        result = asyncio.run(_call(current, client, steps, server or _own_server(current), number, voice, manner))
        if save:
            result.call.write_wav(save)
        _show(result)
        if result.call.ending is Ending.CARRIER_ERROR or result.steps_left or result.gave_up:
            raise typer.Exit(FAILED)


def _own_server(current: Settings) -> str:
    return f"http://{current.host}:{current.port}"


def _sound(path: Path) -> Pcm:
    try:
        return read_wav(path)
    except (OSError, ValueError) as wrong:
        raise SettingsError(f"{path}: {wrong}", "Give a WAV file of 16 bits.") from wrong


async def _call(
    current: Settings, client: str, steps: list[Step], server: str, number: str, voice: str, manner: Manner
) -> CallResult:
    instructions = load_clients(current.clients_dir).of(client)
    token = current.twilio_auth_token.get_secret_value() if current.twilio_auth_token else ""
    carrier = SyntheticCarrier(f"{server}/twilio/voice", f"{server}/twilio/status", token)
    placed = CallToPlace(instructions.identity.dialled_numbers[0], number)
    return await place_call(carrier, placed, steps, speak=EspeakVoice(voice).synthesise, manner=manner)


def _show(result: CallResult) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for turn, wait in zip(result.turns, result.waits, strict=True):
        answered = "no answer" if wait.wait_ms is None else f"answered after {wait.wait_ms:.0f} ms"
        if wait.early:
            answered = "answered before the end"
        if wait.stopped_ms is not None:
            answered += f", receptionist stopped after {wait.stopped_ms:.0f} ms"
        console.print(f"{turn.span.started_ms / 1000:6.1f} s  {escape(turn.text)}  [dim]{answered}[/]")
    console.print(f"{result.call.duration_s:6.1f} s  {result.call.ending}")
    for trouble in result.call.trouble:
        console.print(f"[red]{escape(trouble)}[/]")
