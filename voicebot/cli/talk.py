"""voicebot talk: the same receptionist by keyboard, for people and, with --json, for machines."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.clients.client_file import ClientFile
from voicebot.clients.directory import Clients
from voicebot.domain.call import EndReason
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.quality.example_account import decision_line
from voicebot.reception.receptionist import Receptionist
from voicebot.settings import settings
from voicebot.wiring.calls import file_call, new_call, receptionist_of
from voicebot.wiring.house import House, open_house, real_clock
from voicebot.wiring.shifted_clock import clock_from

SILENCE = "/silence"
KEYS = "/keys"


def talk(
    client: Annotated[str, typer.Argument(help="Client id, as in client_configs/.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="One caller turn per line in; one JSON object per turn out.")
    ] = False,
    why: Annotated[bool, typer.Option("--why", help="Show the rule and the instruction behind each decision.")] = False,
    number: Annotated[str, typer.Option(help="The number that the line shows, E.164.")] = "",
    at: Annotated[str, typer.Option(help='Time of the call in the client\'s zone, "2026-11-23 22:15".')] = "",
) -> None:
    """Talk with a client's receptionist by keyboard. "/silence" keeps silent, "/keys 0612…#" presses keys."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        asyncio.run(_talk(client, as_json=as_json, why=why, number=number, at=at))


async def _talk(client: str, *, as_json: bool, why: bool, number: str, at: str) -> None:
    current = settings()
    async with open_house(current) as opened:
        instructions = opened.clients.of(client)
        _tell_if_broken(opened.clients, client)
        clock = clock_from(at, instructions.identity.zone) if at else real_clock
        house = replace(opened, clock=clock)
        digest = house.clients.digest_of(client)
        rehearsal = not current.deliver_rehearsals
        call = new_call(instructions, clock(), carrier="keyboard", caller_number=number, digest=digest, rehearsal=rehearsal)
        receptionist = receptionist_of(house, call, instructions)
        turns = _Turns(house.clients.files[client], why=why)
        house.live.watch(turns.see)
        say = _say_json if as_json else _say_to_person
        say(turns, await receptionist.pick_up(), "")
        await _converse(receptionist, turns, say, as_json=as_json)
        folder = await file_call(house, receptionist.call)
        if as_json:
            print(await asyncio.to_thread(_record, folder.call_json), flush=True)
        else:
            await _show_message(house, call.id)


def _tell_if_broken(clients: Clients, client: str) -> None:
    """The file as it is now cannot be obeyed and its last good version answers: nobody shall test the wrong one unawares."""
    if any(Path(error.file).stem == client for error in clients.broken):
        console = Console(stderr=True, highlight=False, soft_wrap=True)
        good = f"version {clients.of(client).version}, digest {clients.digest_of(client)}"
        console.print(f"[yellow]The file of {client} is broken; its last good version answers ({good}).[/]")
        console.print(f"  [green]→[/] voicebot clients check {client}")


class _Turns:
    """Events since the last reply."""

    def __init__(self, file: ClientFile, *, why: bool) -> None:
        self.file = file
        self.why = why
        self.console = Console(highlight=False, soft_wrap=True)
        self._events: list[CallEvent] = []

    def see(self, _call_id: str, event: CallEvent) -> None:
        self._events.append(event)

    def take(self) -> list[CallEvent]:
        events, self._events = self._events, []
        return events


async def _converse(receptionist: Receptionist, turns: _Turns, say: Any, *, as_json: bool) -> None:
    while not receptionist.ended:
        line = await asyncio.to_thread(_read_line, as_json)
        if line is None:
            await receptionist.hang_up(EndReason.CALLER_HUNG_UP)
            return
        reply = await _hear(receptionist, line)
        if reply is None:
            continue
        say(turns, reply, line)
        if reply.then is Then.HANG_UP:
            await receptionist.hang_up(reply.ending or EndReason.GOODBYE)


def _read_line(as_json: bool) -> str | None:
    if not as_json and sys.stdin.isatty():
        try:
            return input("vous › ")
        except EOFError:
            return None
    line = sys.stdin.readline()
    return line.rstrip("\n") if line else None


async def _hear(receptionist: Receptionist, line: str) -> Reply | None:
    if line.strip() == SILENCE:
        return await receptionist.hear_silence(receptionist.silence_limit_s)
    if line.startswith(KEYS):
        keys = "".join(key for key in line.removeprefix(KEYS) if key in "0123456789*#")
        return await receptionist.hear_keys(keys) or await receptionist.keys_paused()
    return await receptionist.hear(Heard(line))


def _record(call_json: Path) -> str:
    return json.dumps(json.loads(call_json.read_bytes()), ensure_ascii=False)


def _say_json(turns: _Turns, reply: Reply, line: str) -> None:
    events = turns.take()
    acts = next((e.data["acts"] for e in events if e.kind is EventKind.ACTS_UNDERSTOOD), [])
    decisions = next((e.data["decisions"] for e in events if e.kind is EventKind.DECIDED), [])
    row = {
        "caller": line,
        "acts": acts,
        "decisions": decisions,
        "receptionist": [sentence.text for sentence in reply.sentences],
        "then": reply.then,
    }
    print(json.dumps(row, ensure_ascii=False), flush=True)


def _say_to_person(turns: _Turns, reply: Reply, _line: str) -> None:
    for event in turns.take():
        if event.kind is EventKind.DECIDED and turns.why:
            for decision in event.data["decisions"]:
                turns.console.print(f"  [dim]{escape(decision_line(decision, turns.file))}[/]")
    for sentence in reply.sentences:
        turns.console.print(f"[cyan]réception ›[/] {escape(sentence.text)}")


async def _show_message(house: House, call_id: str) -> None:
    message = await house.book.message(call_id)
    console = Console(highlight=False, soft_wrap=True)
    if message is None:
        console.print("[dim]Aucun message.[/]")
        return
    console.print(f"[bold]Message {message.state}[/] · urgence {message.urgency.level} · {escape(message.scenario_title)}")
    for name, detail in message.details.items():
        console.print(f"  {name}: {escape(detail.value)}{'' if detail.confirmed else ' (non confirmé)'}")
    for name in message.missing:
        console.print(f"  {name}: [yellow]manque[/]")
