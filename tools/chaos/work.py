"""The work of a victim: the house's own deliveries and ladders, at the story's pace, and the door that carriers call."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import uvicorn

from tools.chaos.story import Story
from voicebot.speech.engines import SpeechEngines
from voicebot.telephony.app import phone_app
from voicebot.wiring.after_call import AfterCall, WorkPace, open_after_call
from voicebot.wiring.house import House, signing_secret
from voicebot.wiring.switchboard import Switchboard

WATCH_EVERY_S = 0.4
POLL_S = 0.05
"""A victim lives for a second: it must not wait half of it for its first look at the queue."""


PACE = WorkPace(queue_poll_s=POLL_S, wake_poll_s=POLL_S, watch_s=WATCH_EVERY_S)


@asynccontextmanager
async def open_house_for(house: House, story: Story, port: int) -> AsyncIterator[tuple[House, AfterCall, Switchboard]]:
    """The house with its people on call, and its door on `port`, which it shares with the other victims."""
    async with open_after_call(house, tempo=story.tempo) as after:
        house = replace(house, facilities=after.facilities)
        desk = Switchboard(house, SpeechEngines(house.settings), after.people())
        app = phone_app(desk, house.settings, signing_secret(house.settings), on_call=after.door)
        door = socket.socket()
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        door.bind(("127.0.0.1", port))
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, lifespan="off"))
        serving = asyncio.create_task(server.serve(sockets=[door]))
        try:
            yield house, after, desk
        finally:
            server.should_exit = True
            await serving
