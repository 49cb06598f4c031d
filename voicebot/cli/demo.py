"""voicebot demo: three synthetic French callers telephone in, in real time; exits 0 only if the outcomes are right."""

from __future__ import annotations

import asyncio
import sys
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicebot.cli.after_call_view import after_call_lines
from voicebot.cli.live_view import LiveView
from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import FAILED, told_to_operator
from voicebot.cli.serve import listening_socket, serving
from voicebot.clients.directory import Clients
from voicebot.domain.call import Call
from voicebot.domain.events import CallEvent
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEvent
from voicebot.quality.carried_call import CallToPlace, CarriedCall
from voicebot.quality.demo_callers import DEMO_CALLS, DEMO_TIME, DemoCall, demo_people, is_settled
from voicebot.quality.latency import Wait, waits
from voicebot.quality.persona import PersonaOnTheLine
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.settings import Settings, settings
from voicebot.speech.espeak import EspeakVoice
from voicebot.wiring.calls import folder_of
from voicebot.wiring.house import House
from voicebot.wiring.shifted_clock import clock_from

FILING_LIMIT_S = 15.0
AFTER_LIMIT_S = 60.0
DEMO_SPEED = 3.0
"""People's telephones ring this much faster than in life."""


@dataclass(frozen=True, slots=True)
class _Outcome:
    demo: DemoCall
    carried: CarriedCall
    waits: tuple[Wait, ...]
    message: Message | None
    wrong: list[str]
    folder: Path | None
    call: Call | None = None
    after: list[MessageEvent] = field(default_factory=list)


def demo(
    together: Annotated[bool, typer.Option("--together", help="The three callers call at the same time.")] = False,
) -> None:
    """Three synthetic callers: a tenant at night, a smell of gas, someone who wants a human."""
    with told_to_operator():
        set_up_logs(as_json=False, quiet=True)
        outcomes = asyncio.run(_demo(together=together))
        if any(outcome.wrong for outcome in outcomes):
            raise typer.Exit(FAILED)


async def _demo(*, together: bool) -> list[_Outcome]:
    console = Console(highlight=False, soft_wrap=True)
    tonight = f"{datetime.now(ZoneInfo('Europe/Paris')):%Y-%m-%d} {DEMO_TIME}"
    clock = clock_from(tonight, ZoneInfo("Europe/Paris"))
    async with AsyncExitStack() as open_things:
        twilio = await open_things.enter_async_context(SyntheticTwilio(speed=DEMO_SPEED, now=clock))
        current = _own_settings(settings(), twilio)
        listener = listening_socket(current.host, current.port)
        served = await open_things.enter_async_context(serving(current, listener, clock=clock))
        house, switchboard = served.house, served.switchboard
        for number, callees in demo_people(house.clients):
            twilio.person(number, *callees)
        used = switchboard.engines()
        console.print(f"Oreilles : {used.ears} · voix : {used.voice} · il est {DEMO_TIME}")
        if used.practice:
            console.print("[yellow]Parole d'exercice : faite pour des appelants de synthèse, pas pour des personnes.[/]")
        link = await served.first_link()
        if link:
            console.print(f"Console, à ouvrir une fois dans les quinze minutes : {link}", soft_wrap=True)
        view = LiveView(console)
        port = listener.getsockname()[1]
        calls = [_place(house, view, console, demo_call, port, twilio) for demo_call in DEMO_CALLS]
        outcomes = list(await asyncio.gather(*calls)) if together else [await call for call in calls]
        outcomes = [await _with_what_came_after(house, outcome) for outcome in outcomes]
        _show(console, outcomes, house.clients)
        if sys.stdin.isatty() and sys.stdout.isatty():
            console.print(f"La console reste ouverte : {served.address}/console. Entrée pour finir.")
            await asyncio.to_thread(sys.stdin.readline)
    console.print(f"E-mails écrits dans {current.mail_folder} ; suite des messages :")
    console.print(f"  VOICEBOT_DATABASE_URL={current.database_url} voicebot messages list")
    return outcomes


def _own_settings(real: Settings, twilio: SyntheticTwilio) -> Settings:
    """A house of its own: nothing of the demonstration reaches the real channels, nothing of the real house waits here."""
    database = real.data_dir.resolve() / "demo.db"
    for old in database.parent.glob("demo.db*"):
        old.unlink()
    own = {
        "host": "127.0.0.1",
        "port": 0,
        "public_url": "",
        "database_url": f"sqlite:///{database}",
        "mail_folder": real.data_dir / "demo-mail",
        "twilio_account_sid": twilio.account_sid,
        "twilio_auth_token": SecretStr(twilio.auth_token),
        "twilio_number": twilio.number,
        "twilio_api_url": twilio.api_url,
        "agents_number": "",
        "work_here": True,
    }
    return real.model_copy(update=own)


async def _with_what_came_after(house: House, outcome: _Outcome) -> _Outcome:
    """Waits until nothing more is expected to happen to the message soon."""
    if outcome.call is None:
        return outcome
    after: list[MessageEvent] = []
    for _ in range(int(AFTER_LIMIT_S / 0.2)):
        after = await house.book.after_call(outcome.call.id)
        if is_settled(after):
            break
        await asyncio.sleep(0.2)
    return replace(outcome, after=after, wrong=[*outcome.wrong, *outcome.demo.wrong_after(after)])


async def _place(
    house: House, view: LiveView, console: Console, demo_call: DemoCall, port: int, twilio: SyntheticTwilio
) -> _Outcome:
    persona = demo_call.persona
    voice = EspeakVoice(persona.voice, persona.words_per_minute)
    person = await asyncio.to_thread(PersonaOnTheLine, persona, voice.synthesise)
    instructions = house.clients.of(demo_call.client)
    to_place = CallToPlace(instructions.identity.dialled_numbers[0], persona.caller_number)
    console.print(f"\n[bold]☎ {escape(demo_call.title)}[/] → {escape(instructions.identity.name)}")

    ours: set[str] = set()

    def see(call_id: str, event: CallEvent) -> None:
        if event.data.get("carrier_call_id") == to_place.call_sid:
            ours.add(call_id)
            view.name_call(call_id, persona.name)
        elif call_id in ours:
            person.see(event)
        if call_id in ours:
            view.see(call_id, event)

    house.live.watch(see)
    root = f"http://127.0.0.1:{port}/twilio"
    carrier = SyntheticCarrier(f"{root}/voice", f"{root}/status", auth_token=twilio.auth_token, rest=twilio.caller(to_place))
    carried = await carrier.carry(to_place, person)
    spans = [turn.span for turn in person.caller.turns]
    return await _outcome(house, demo_call, to_place, carried, waits(spans, carried.receptionist))


async def _outcome(
    house: House, demo_call: DemoCall, placed: CallToPlace, carried: CarriedCall, measured: tuple[Wait, ...]
) -> _Outcome:
    call = await house.book.call_by_carrier("twilio", placed.call_sid)
    if call is None:
        return _Outcome(demo_call, carried, measured, None, ["l'appel n'a pas été pris", *carried.trouble], None)
    message = await house.book.message(call.id)
    folder = folder_of(house, call)
    wrong = demo_call.wrong(call, message)
    expected = {"call.json", "transcript.txt", "timeline.svg", "recording.wav"}
    left = await _left_in(folder, expected)
    wrong += [f"il manque {name}" for name in sorted(expected - left)]
    if call.ended is None:
        wrong.append("l'appel n'est pas terminé")
    return _Outcome(demo_call, carried, measured, message, wrong, folder, call)


async def _left_in(folder: Path, expected: set[str]) -> set[str]:
    """The files of the call's folder once they are all there, or what there is when time is up."""
    left: set[str] = set()
    for _ in range(int(FILING_LIMIT_S / 0.1)):
        left = set(await asyncio.to_thread(_names, folder))
        if expected <= left:
            break
        await asyncio.sleep(0.1)
    return left


def _names(folder: Path) -> list[str]:
    return [path.name for path in folder.glob("*")]


def _show(console: Console, outcomes: list[_Outcome], clients: Clients) -> None:
    for o in outcomes:
        client = clients.of(o.demo.client)
        people = {person.id: person.name for person in client.people}
        console.print(f"\n[bold]Après l'appel : {escape(o.demo.persona.name)}[/]")
        for at, line in after_call_lines(o.after, lambda who, people=people: people.get(who, ""), client.identity.zone):
            console.print(f"[dim]{at}[/] {escape(line)}")
    table = Table(title="Issue des appels", show_lines=True, min_width=78)
    for heading in ("appelant", "issue", "nom et numéro", "urgence", "attente", "juste ?"):
        table.add_column(heading)
    for o in outcomes:
        details = o.message.details if o.message else {}
        values = [details[name].value for name in ("caller_name", "callback_number") if name in details]
        table.add_row(
            o.demo.persona.name,
            f"message {o.message.state}" if o.message else "aucun message",
            "\n".join(values) or "—",
            o.message.urgency.level.upper() if o.message else "—",
            _waiting(o.waits),
            "[green]oui[/]" if not o.wrong else "[red]" + escape("; ".join(o.wrong)) + "[/]",
        )
    console.print()
    console.print(table)
    console.print("Attente : de la fin des paroles de l'appelant au premier son entendu, médiane et pire des tours.")
    for o in outcomes:
        if o.folder:
            console.print(f"{escape(o.demo.persona.name)}: {o.folder}")


def _waiting(measured: tuple[Wait, ...]) -> str:
    waited = sorted(wait.wait_ms for wait in measured if wait.wait_ms is not None)
    return f"{median(waited):.0f} ms\n{waited[-1]:.0f} ms" if waited else "—"
