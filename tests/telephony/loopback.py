"""A phone application on a free loopback port, served by uvicorn inside the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from fastapi import FastAPI

from tests.telephony.stub_desk import StubDesk
from voicebot.settings import Settings
from voicebot.telephony.app import phone_app

SECRET = "a secret of the tests"
AUTH_TOKEN = "0123456789abcdef0123456789abcdef"


def house_settings(**changes: object) -> Settings:
    return Settings(_env_file=None, **{"twilio_auth_token": AUTH_TOKEN, **changes})  # pyright: ignore[reportCallIssue]


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """Address of app, "http://127.0.0.1:port"."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # pyright: ignore[reportAttributeAccessIssue]
    running = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        while not server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()


@asynccontextmanager
async def phone_of(desk: StubDesk, **changes: object) -> AsyncIterator[str]:
    async with serving(phone_app(desk, house_settings(**changes), SECRET)) as address:
        yield address
