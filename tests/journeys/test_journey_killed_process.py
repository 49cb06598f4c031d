"""kill -9 in the middle of a call with real audio: another process goes on where the call was, nothing said was lost."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from voicebot.domain.call import Call
from voicebot.domain.events import EventKind
from voicebot.domain.message import MessageState
from voicebot.quality.carried_call import CallToPlace, Ending
from voicebot.quality.demo_callers import DEMO_CALLS
from voicebot.quality.persona import PersonaOnTheLine
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.speech.espeak import EspeakVoice
from voicebot.store.call_book import CallBook

ROOT = Path(__file__).parents[2]
TENANT = DEMO_CALLS[0]
START_LIMIT_S = 60.0

pytestmark = [pytest.mark.audio, pytest.mark.timeout(300)]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """voicebot serve as a process of its own."""

    def __init__(self, port: int, data: Path) -> None:
        self.port, self.data = port, data
        self.process: subprocess.Popen[bytes] | None = None

    def launch(self) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "VOICEBOT_DATA_DIR": str(self.data), "VOICEBOT_EARS_MODEL": "practice"}
        environment |= {"VOICEBOT_VOICE_ENGINE": "practice", "VOICEBOT_CLIENTS_DIR": str(ROOT / "client_configs")}
        environment.pop("VOICEBOT_TWILIO_AUTH_TOKEN", None)
        command = [sys.executable, "-m", "voicebot", "serve", "--port", str(self.port)]
        return subprocess.Popen(command, env=environment, cwd=self.data)

    async def start(self) -> None:
        self.process = self.launch()
        async with httpx.AsyncClient(trust_env=False) as http:
            for _ in range(int(START_LIMIT_S / 0.1)):
                assert self.process.poll() is None, "voicebot serve ended"
                try:
                    await http.get(f"http://127.0.0.1:{self.port}/health")
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                else:
                    return
        raise AssertionError("voicebot serve did not start")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


async def test_killed_process_loses_nothing_and_the_call_goes_on(tmp_path: Path) -> None:
    server = Server(free_port(), tmp_path)
    await server.start()
    book = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'voicebot.db'}", reserve_bytes=0)
    voice = EspeakVoice(TENANT.persona.voice, TENANT.persona.words_per_minute)
    person = PersonaOnTheLine(TENANT.persona, voice.synthesise)
    placed = CallToPlace("+33199001001", "")
    base = f"http://127.0.0.1:{server.port}/twilio"
    carrier = SyntheticCarrier(f"{base}/voice", f"{base}/status", webhook_patience_s=START_LIMIT_S)
    said_before: list[str] = []

    async def live_through_it() -> None:
        shown, killed = 0, False
        while True:
            await asyncio.sleep(0.05)
            call = await book.call_by_carrier("twilio", placed.call_sid)
            if call is None:
                continue
            for event in await book.events(call.id, after=shown):
                shown = event.number
                person.see(event)
            if not killed and "caller_name" in call.details:
                said_before.extend(call.verbatim)
                server.kill()
                killed = True
                await server.start()

    living = asyncio.create_task(live_through_it())
    try:
        carried = await carrier.carry(placed, person)
    finally:
        living.cancel()
    call = await _ended(book, placed.call_sid)
    events, message = await book.events(call.id), await book.message(call.id)
    await book.close()
    server.kill()

    assert carried.ending is Ending.HUNG_UP_BY_US, carried.trouble
    assert carried.streams == 2
    assert said_before
    assert call.resumed == 1
    assert message is not None
    assert message.state is MessageState.COMPLETE
    assert message.verbatim[: len(said_before)] == tuple(said_before)
    assert message.details["caller_name"].value == TENANT.persona.facts["caller_name"]
    assert message.details["callback_number"].value == TENANT.persona.facts["callback_number"]
    assert [e.number for e in events] == list(range(1, len(events) + 1))
    asked = [e.data["text"] for e in events if e.kind is EventKind.RECEPTIONIST_SAYS]
    assert sum("votre nom" in text for text in asked) == 1, "what was known is not asked again"


async def _ended(book: CallBook, call_sid: str) -> Call:
    for _ in range(100):
        call = await book.call_by_carrier("twilio", call_sid)
        assert call is not None
        if call.ended is not None:
            return call
        await asyncio.sleep(0.1)
    raise AssertionError("the call was never closed")
