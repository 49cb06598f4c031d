"""voicebot serve: the telephone's door on one port, until it is told to stop."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

import typer
import uvicorn
from rich.console import Console as Terminal

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.console.frame import ROOT as CONSOLE
from voicebot.domain.call import Call
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.domain.tempo import Tempo
from voicebot.errors import AddressInUse
from voicebot.settings import Settings, settings
from voicebot.telephony.app import phone_app
from voicebot.wiring.after_call import open_after_call
from voicebot.wiring.client_watch import ClientWatch
from voicebot.wiring.console import Console, console_of
from voicebot.wiring.handing_over import HandingOver, open_handing_over
from voicebot.wiring.house import House, open_engines, open_house, real_clock, signing_secret
from voicebot.wiring.prepared_voices import prepare_voices
from voicebot.wiring.switchboard import Switchboard


def listening_socket(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 takes a free one. Raises: AddressInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as refused:
        listener.close()
        raise AddressInUse(
            f"Port {port} on {host} cannot be used: {refused.strerror}.",
            "Choose another with --port, or 0 for any free one.",
        ) from refused
    return listener


@dataclass(frozen=True, slots=True)
class Served:
    """A working house. address: of its door on this machine. console: None where it is switched off."""

    house: House
    switchboard: Switchboard
    handing: HandingOver
    address: str
    console: Console | None = None

    async def first_link(self) -> str | None:
        """Signs the first admin in, once; None where people know their way in. Raises: StoreError."""
        return await self.console.door.first_link(self.address) if self.console else None


@asynccontextmanager
async def serving(
    settings: Settings,
    listener: socket.socket,
    *,
    clock: Callable[[], datetime] = real_clock,
    tempo: Tempo | None = None,
) -> AsyncIterator[Served]:
    """A working house behind `listener`, until the block is left. tempo: of what is done after calls; None means clock's."""
    port = listener.getsockname()[1]
    async with AsyncExitStack() as open_things:
        opened = await open_things.enter_async_context(open_house(settings, clock=clock))
        url = settings.public_url or (f"http://{settings.host}:{port}" if settings.on_loopback else "")
        after_call = await open_things.enter_async_context(open_after_call(opened, house_url=url, tempo=tempo))
        handing = open_handing_over(opened, url)

        def facilities(call: Call, instructions: Instructions) -> Facilities:
            return handing.facilities(call, instructions, after_call.facilities(call, instructions))

        house = replace(opened, facilities=facilities)
        engines = await open_things.enter_async_context(open_engines(settings, house.clients))
        if settings.work_here:
            await open_things.enter_async_context(after_call.at_work())
        await open_things.enter_async_context(handing.at_work())
        switchboard = Switchboard(house, engines, after_call.people(), handing)
        watch = ClientWatch(house, engines)
        app = phone_app(
            switchboard,
            settings,
            signing_secret(settings),
            on_call=after_call.door,
            agents=handing.door,
            headsets=handing.floor,
        )
        console: Console | None = None
        if settings.console if settings.console is not None else settings.on_loopback:
            console = console_of(house, handing, after_call.deliveries.desk, watch.take_changes)
            app.mount(CONSOLE, console.app)
        # Carriers keep their own alive messages; a websocket that is silent for long is not a broken one.
        config = uvicorn.Config(
            app, log_level="warning", ws_ping_interval=None, ws_max_size=1 << 20, lifespan="off", timeout_graceful_shutdown=2
        )
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        preparing = asyncio.create_task(prepare_voices(engines, house.clients))
        tidying = asyncio.create_task(switchboard.tidy_forever())
        watching = asyncio.create_task(watch.watch_forever())
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn offers no event to wait for
                await asyncio.sleep(0.01)
            yield Served(house, switchboard, handing, f"http://{settings.host}:{port}", console)
        finally:
            server.should_exit = True
            await asyncio.wait([running], timeout=10)
            preparing.cancel()
            tidying.cancel()
            watching.cancel()
            await asyncio.wait([tidying, preparing, watching])


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.")] = None,
) -> None:
    """Answer the telephone: carrier webhooks, media streams and, on loopback, the browser softphone."""
    with told_to_operator():
        chosen = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
        current = settings().model_copy(update=chosen)
        set_up_logs(as_json=current.log_json)
        listener = listening_socket(current.host, current.port)
        asyncio.run(_serve(current, listener))


async def _serve(current: Settings, listener: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with serving(current, listener) as served:
        console = Terminal(stderr=True, highlight=False)
        used = served.switchboard.engines()
        clients = served.house.clients.instructions
        console.print(f"voicebot answers on [bold]{served.address}[/] for {len(clients)} clients.")
        console.print(f"  ears: {used.ears}; voice: {used.voice}")
        if used.practice:
            console.print("  [yellow]practice speech is in use: it understands synthetic callers, not people.[/]")
        _tell_who_is_reached(console, current)
        if current.softphone or (current.softphone is None and current.on_loopback):
            console.print(f"  softphone: {served.address}/phone")
        if served.console:
            console.print(f"  console: {current.public_url or served.address}{CONSOLE}")
            if link := await served.first_link():
                console.print(f"  [bold]first sign-in, once, within 15 minutes:[/] {link}", soft_wrap=True)
        await stop.wait()


def _tell_who_is_reached(console: Terminal, current: Settings) -> None:
    """What leaves this house, so that nobody finds out by a message that never came."""
    if current.mail_folder:
        console.print(f"  [yellow]e-mails are written to {current.mail_folder}, not sent.[/]")
    elif not current.smtp_host:
        console.print("  [yellow]no e-mail: set VOICEBOT_SMTP_HOST and VOICEBOT_MAIL_FROM.[/]")
    if not (current.twilio_account_sid and current.twilio_auth_token and current.twilio_number):
        console.print("  [yellow]nobody is rung or texted: set VOICEBOT_TWILIO_ACCOUNT_SID, _AUTH_TOKEN and _NUMBER.[/]")
    if not current.operator_email:
        console.print("  [yellow]alarms stay in the log: set VOICEBOT_OPERATOR_EMAIL.[/]")
    if not current.work_here:
        console.print("  messages wait for `voicebot work`.")
