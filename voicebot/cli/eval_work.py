"""voicebot eval work: judges shards of runs that are shared, on this machine."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from typing import Annotated

import typer
from rich.console import Console

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.settings import settings


def work(
    jobs: Annotated[int | None, typer.Option(min=1, max=256, help="Processes; as many as cores when none.")] = None,
    node: Annotated[str, typer.Option(help="Name among those that share the database; made up when none.")] = "",
) -> None:
    """Judge for `voicebot eval run … --share`, until it is stopped. Deliveries are never delayed: they have their own."""
    with told_to_operator():
        set_up_logs(as_json=settings().log_json)
        own = node or f"evals-{socket.gethostname()[:32]}-{os.getpid()}"
        asyncio.run(_work(own, jobs or os.cpu_count() or 1))


async def _work(node: str, jobs: int) -> None:
    from voicebot.quality.running.shared import sharing_machine

    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with sharing_machine(settings().database, node, jobs):
        Console(stderr=True, highlight=False).print(f"Judging as [bold]{node}[/], {jobs} at a time.")
        await stop.wait()
