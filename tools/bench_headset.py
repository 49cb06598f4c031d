"""Measures the talk of two humans over real websockets: ours, pipecat's stock transports, and a bare relay as the floor.

    python -m tools.bench_headset [--joins 50] [--calls 10] [--seconds 8]

The server runs in a process of its own; callers and headsets in this one. Everything but the CPU comes from the sound that
arrives. Ears are a fake (inference is not measured), voice detection is real.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import itertools
import json
import os
import statistics
import subprocess
import sys
import time
from contextlib import suppress
from typing import Any

import numpy as np
import uvicorn
from fastapi import FastAPI, WebSocket
from pipecat.frames.frames import Frame, InputAudioRawFrame, OutputAudioRawFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor
from pipecat.serializers.twilio import TwilioFrameSerializer
from pipecat.transports.websocket.fastapi import FastAPIWebsocketParams, FastAPIWebsocketTransport
from pipecat.workers.runner import WorkerRunner
from websockets.asyncio.client import ClientConnection, connect

from tests.fakes.coded_speech import CodedEars, ToneVoice, Words
from tests.fakes.receptionist import ScriptedReceptionist, say
from voicebot.domain.handoff import Taker
from voicebot.speech.ports import RATE_HZ
from voicebot.speech.ulaw import decode_ulaw, encode_ulaw
from voicebot.telephony.twilio_media import TwilioMedia
from voicebot.voice.converse import converse
from voicebot.voice.line import Line, Opening
from voicebot.voice.live_line import LiveLine
from voicebot.voice.shared_models import shared_models

KINDS = ("ours", "pipecat", "relay")
FRAME = RATE_HZ // 50
_NEXT = itertools.count()
LOUD = 2000.0
PULSE_EVERY = 25


# The server


class Bench:
    """One process with all three kinds of bridges; a call's two ends meet by its id."""

    def __init__(self) -> None:
        self.live: dict[str, LiveLine] = {}
        self.waiting: dict[tuple[str, str], asyncio.Future[Any]] = {}

    def app(self) -> FastAPI:
        app = FastAPI()
        app.add_api_websocket_route("/{kind}/{call}/{side}", self.stream)
        return app

    async def stream(self, websocket: WebSocket, kind: str, call: str, side: str) -> None:
        await websocket.accept()
        await websocket.receive_text()
        await {"ours": self._ours, "relay": self._relay, "pipecat": self._pipecat}[kind](websocket, call, side)

    async def _ours(self, websocket: WebSocket, call: str, side: str) -> None:
        line = Line(websocket, TwilioMedia(side), side)
        if side == "headset":
            while call not in self.live:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            await self.live[call].join(line, Taker("claire", "Claire"), "handoff")
            return
        desk = ScriptedReceptionist(greeting=say(), announcement=say(), silence_limit_s=600)
        await converse(
            line,
            desk,
            CodedEars(Words()),
            lambda _: ToneVoice(delay_s=0.05),
            None,
            opening=Opening.PICK_UP,
            on_live=lambda live: self.live.update({call: live}),
        )

    def _end(self, call: str, side: str) -> asyncio.Future[Any]:
        return self.waiting.setdefault((call, side), asyncio.get_running_loop().create_future())

    async def _relay(self, websocket: WebSocket, call: str, side: str) -> None:
        self._end(call, side).set_result(websocket)
        other = self._end(call, "caller" if side == "headset" else "headset")
        with suppress(Exception):
            while True:
                text = await websocket.receive_text()
                if other.done():
                    await other.result().send_text(text)

    async def _pipecat(self, websocket: WebSocket, call: str, side: str) -> None:
        params = TwilioFrameSerializer.InputParams(auto_hang_up=False)
        transport = FastAPIWebsocketTransport(
            websocket=websocket,
            params=FastAPIWebsocketParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                serializer=TwilioFrameSerializer(stream_sid=side, call_sid=call, params=params),
            ),
        )
        other = self._end(call, "caller" if side == "headset" else "headset")
        pipeline = Pipeline([transport.input(), Cross(other), transport.output()])
        worker = PipelineWorker(pipeline, params=PipelineParams(audio_in_sample_rate=RATE_HZ, audio_out_sample_rate=RATE_HZ))
        self._end(call, side).set_result(worker)

        async def leave(_transport: object, _websocket: object) -> None:
            await worker.cancel()

        transport.add_event_handler("on_client_disconnected", leave)
        runner = WorkerRunner(handle_sigint=False)
        await runner.add_workers(worker)
        await runner.run()


class Cross(FrameProcessor):
    """Gives what one leg says to the other leg's pipeline."""

    def __init__(self, other: asyncio.Future[Any]) -> None:
        super().__init__()
        self._other = other

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            if self._other.done():
                await self._other.result().queue_frame(OutputAudioRawFrame(frame.audio, frame.sample_rate, 1))
            return
        await self.push_frame(frame, direction)


async def serve(port: int) -> None:
    await shared_models()
    config = uvicorn.Config(Bench().app(), port=port, log_level="error", ws="websockets-sansio")
    await uvicorn.Server(config).serve()


# The two humans


class End:
    """One websocket that sends a frame every 20 ms and remembers when sound came. pulses: only each 25th frame is loud."""

    def __init__(self, *, pulses: bool = False, level: int = 8000) -> None:
        self.pulses = pulses
        self.level = level
        self.heard_s: list[float] = []
        self.pulsed_s: list[float] = []
        self._loud = False
        self._tasks: list[asyncio.Task[None]] = []
        self.socket: ClientConnection | None = None

    async def open(self, address: str) -> None:
        self.socket = await connect(address)
        await self.socket.send(json.dumps({"event": "start"}))
        self._tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._hear())]

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self.socket:
            await self.socket.close()

    def abort(self) -> None:
        if self.socket:
            self.socket.transport.abort()

    def mute(self) -> None:
        self._tasks[0].cancel()

    async def _send(self) -> None:
        began_s, number = time.perf_counter(), 0
        quiet, loud = (
            json.dumps(
                {
                    "event": "media",
                    "media": {
                        "payload": base64.b64encode(encode_ulaw(np.full(FRAME, level, np.int16))).decode(),
                    },
                }
            )
            for level in (0, self.level)
        )
        while self.socket:
            is_loud = self.level > 0 and (not self.pulses or number % PULSE_EVERY == 0)
            if is_loud:
                self.pulsed_s.append(time.perf_counter())
            await self.socket.send(loud if is_loud else quiet)
            number += 1
            await asyncio.sleep(max(0.0, began_s + number * 0.02 - time.perf_counter()))

    async def _hear(self) -> None:
        if not self.socket:
            return
        async for text in self.socket:
            message = json.loads(text)
            if message["event"] == "mark":
                await self.socket.send(text)
            if message["event"] != "media":
                continue
            sound = decode_ulaw(base64.b64decode(message["media"]["payload"]))
            loud = bool(np.abs(sound.astype(int)).max() > LOUD)
            if loud and not self._loud:
                self.heard_s.append(time.perf_counter())
            self._loud = loud


async def until(true: Any, limit_s: float = 5.0) -> bool:
    ends_s = time.perf_counter() + limit_s
    while not true():
        if time.perf_counter() > ends_s:
            return False
        await asyncio.sleep(0.001)
    return True


def spread(values_ms: list[float]) -> str:
    if not values_ms:
        return "nothing arrived"
    ordered = sorted(values_ms)
    p95 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return f"{statistics.median(ordered):.1f} / {p95:.1f} ms (p50 / p95, n={len(ordered)})"


async def joins(base: str, kind: str, count: int) -> list[float]:
    """From opening the headset's websocket until each end has heard the other."""
    took_ms = []
    for _ in range(count):
        call = f"{base}/{kind}/{next(_NEXT)}"
        caller, agent = End(), End()
        await caller.open(f"{call}/caller")
        await asyncio.sleep(0.2)
        began_s = time.perf_counter()
        await agent.open(f"{call}/headset")
        if await until(lambda a=agent, c=caller: a.heard_s and c.heard_s):
            took_ms.append((max(agent.heard_s[0], caller.heard_s[0]) - began_s) * 1000)
        await agent.close()
        await caller.close()
    return took_ms


async def load(base: str, kind: str, calls: int, seconds: float, pid: int) -> tuple[list[float], float]:
    """One-way delays of pulses, both ways, and the server's CPU per call, in percent of a core."""
    ends = []
    for _ in range(calls):
        call = f"{base}/{kind}/{next(_NEXT)}"
        caller, agent = End(pulses=True), End(pulses=True)
        await caller.open(f"{call}/caller")
        await asyncio.sleep(0.05)
        await agent.open(f"{call}/headset")
        ends.append((caller, agent))
    await asyncio.sleep(1.5)
    cpu_s, began_s = cpu_of(pid), time.perf_counter()
    await asyncio.sleep(seconds)
    share = (cpu_of(pid) - cpu_s) / (time.perf_counter() - began_s) / calls * 100
    delays_ms = []
    for caller, agent in ends:
        for mouth, ear in ((caller, agent), (agent, caller)):
            for said_s in (s for s in mouth.pulsed_s if began_s <= s < began_s + seconds - 0.5):
                arrived = next((h for h in ear.heard_s if h >= said_s), None)
                if arrived is not None:
                    delays_ms.append((arrived - said_s) * 1000)
        await agent.close()
        await caller.close()
    return delays_ms, share


async def lost(base: str, count: int, *, broken: bool) -> list[float]:
    """From the end of the agent's line until the caller hears the receptionist."""
    took_ms = []
    for _ in range(count):
        call = f"{base}/ours/{next(_NEXT)}"
        caller, agent = End(level=0), End(level=0)
        await caller.open(f"{call}/caller")
        await asyncio.sleep(0.2)
        await agent.open(f"{call}/headset")
        await asyncio.sleep(0.5)
        began_s = time.perf_counter()
        if broken:
            agent.abort()
        else:
            agent.mute()
        if await until(lambda c=caller: c.heard_s):
            took_ms.append((caller.heard_s[0] - began_s) * 1000)
        await agent.close()
        await caller.close()
    return took_ms


def cpu_of(pid: int) -> float:
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(asked: argparse.Namespace) -> None:
    server = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "tools.bench_headset", "--serve", str(asked.port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    base = f"ws://127.0.0.1:{asked.port}"
    try:
        for _ in range(300):
            try:
                async with connect(f"{base}/relay/{next(_NEXT)}/caller"):
                    break
            except OSError:
                await asyncio.sleep(0.2)
        for kind in KINDS:
            await joins(base, kind, 1)
        for kind in KINDS:
            print(f"{kind}: headset's websocket opened -> both hear: {spread(await joins(base, kind, asked.joins))}")
        for kind in KINDS:
            delays_ms, share = await load(base, kind, asked.calls, asked.seconds, server.pid)
            print(f"{kind}: one way: {spread(delays_ms)}; {share:.2f} % of a core per call, {asked.calls} calls")
        print(f"ours: agent's line breaks -> receptionist: {spread(await lost(base, 5, broken=True))}")
        print(f"ours: headset falls silent -> receptionist: {spread(await lost(base, 5, broken=False))}")
    finally:
        server.terminate()
        server.wait(10)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--joins", type=int, default=50)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--port", type=int, default=18_650)
    parser.add_argument("--serve", type=int, default=0)
    asked = parser.parse_args()
    asyncio.run(serve(asked.serve) if asked.serve else measure(asked))


if __name__ == "__main__":
    main()
