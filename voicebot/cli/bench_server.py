"""The receptionists that benchmarks telephone: ours as it is served, and pipecat's own bot over the same engines."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import uvicorn
from fastapi import FastAPI, Request, Response, WebSocket

from voicebot.cli.serve import listening_socket, serving
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.quality.bench_run import Bot
from voicebot.reception.receptionist import Receptionist
from voicebot.settings import Settings, shipped
from voicebot.speech.engines import EnginesInUse, SpeechEngines
from voicebot.speech.ports import Voice
from voicebot.voice import vanilla
from voicebot.voice.desk import Desk
from voicebot.wiring.calls import new_call, receptionist_of
from voicebot.wiring.house import House, open_engines, open_house

Clock = Callable[[], datetime]
_KEPT = ("models", "voice_cache")


class _Account:
    """What this process tells of itself: parts of turns by name, in ms, since it was last asked."""

    def __init__(self) -> None:
        self._parts: dict[str, list[float]] = {}

    def took(self, name: str, took_ms: float) -> None:
        self._parts.setdefault(name, []).append(round(took_ms, 1))

    def see(self, _call_id: str, event: CallEvent) -> None:
        if event.kind is EventKind.TURN_ANSWERED:
            for name, took_ms in event.data.items():
                if name != "turn":
                    self.took(name, took_ms)

    def tell(self) -> dict[str, Any]:
        """To be asked on the event loop's thread: its CPU time is one of the figures."""
        parts, self._parts = self._parts, {}
        return {"cpu_s": time.process_time(), "loop_cpu_s": time.thread_time(), "parts": parts}


async def serve_under_test(bot: Bot, current: Settings, clock: Clock) -> None:
    """Answers on a free loopback port until standard input ends.

    One JSON object on standard output when it is ready, and one for each line of standard input.
    """
    account = _Account()
    listener = listening_socket("127.0.0.1", 0)
    start = _ours if bot is Bot.OURS else _vanilla
    with TemporaryDirectory(prefix="voicebot-bench-", ignore_cleanup_errors=True) as folder:
        settings = _settings(current, Path(folder))
        async with start(settings, listener, clock, account) as engines:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}"
            _print({"address": address, "ears": engines.ears, "voice": engines.voice})
            async for _ in _lines():
                _print(account.tell())


def _settings(current: Settings, folder: Path) -> Settings:
    """The operator's settings, with the house's own clients, no carrier account, and rows that are thrown away."""
    for name in _KEPT:
        (current.data_dir / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to((current.data_dir / name).resolve(), target_is_directory=True)
    changes = {
        "data_dir": folder,
        "database_url": "",
        "clients_dir": shipped("client_configs"),
        "host": "127.0.0.1",
        "port": 0,
        "public_url": "",
        "twilio_auth_token": None,
        "softphone": False,
        "max_calls": 1000,
        "work_here": False,
    }
    return current.model_copy(update=changes)


@asynccontextmanager
async def _ours(settings: Settings, listener: socket.socket, clock: Clock, account: _Account) -> AsyncIterator[EnginesInUse]:
    async with serving(settings, listener, clock=clock) as served:
        served.house.live.watch(account.see)
        used = served.switchboard.engines()
        yield EnginesInUse(used.ears, used.voice, used.practice)


@asynccontextmanager
async def _vanilla(
    settings: Settings, listener: socket.socket, clock: Clock, account: _Account
) -> AsyncIterator[EnginesInUse]:
    async with open_house(settings, clock=clock) as house, open_engines(settings, house.clients) as engines:
        app = _vanilla_app(house, engines, account)
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning", ws_ping_interval=None, lifespan="off"))
        server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
        running = asyncio.create_task(server.serve(sockets=[listener]))
        try:
            while not server.started and not running.done():  # noqa: ASYNC110 - uvicorn offers no event to wait for
                await asyncio.sleep(0.01)
            yield engines.describe()
        finally:
            server.should_exit = True
            await asyncio.wait([running], timeout=10)


def _vanilla_app(house: House, engines: SpeechEngines, account: _Account) -> FastAPI:
    """Webhook, stream and status as pipecat's Twilio example has them."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    dialled: dict[str, str] = {}

    async def receptionist(carrier_call_id: str) -> Receptionist:
        number = dialled.pop(carrier_call_id)
        instructions = house.clients.dialled(number)
        call = new_call(
            instructions, house.clock(), carrier="vanilla", carrier_call_id=carrier_call_id, dialled_number=number
        )
        return receptionist_of(house, call, instructions)

    def voices(desk: Desk) -> Callable[[Language], Voice]:
        return lambda language: engines.voice(desk.instructions.voices[language], language)

    @app.post("/twilio/voice")
    async def voice(request: Request) -> Response:
        form = await request.form()
        dialled[str(form["CallSid"])] = str(form["To"])
        stream = f'<Connect><Stream url="ws://{request.headers["host"]}/ws"/></Connect>'
        return Response(f"<Response>{stream}</Response>", media_type="application/xml")

    @app.post("/twilio/status")
    async def status() -> Response:
        return Response(status_code=204)

    @app.websocket("/ws")
    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        await vanilla.talk(websocket, receptionist, engines.ears, voices, account.took)

    return app


async def _lines() -> AsyncIterator[str]:
    """Lines of standard input, without holding up the event loop."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    with suppress(ConnectionError):
        while line := await reader.readline():
            yield line.decode()


def _print(told: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
