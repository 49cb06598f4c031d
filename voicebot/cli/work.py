"""voicebot work: messages and people on call, in a process that answers no calls."""

from __future__ import annotations

import asyncio
import signal

from rich.console import Console

from voicebot.cli.logs import set_up_logs
from voicebot.cli.operator_errors import told_to_operator
from voicebot.settings import Settings, settings
from voicebot.wiring.after_call import open_after_call
from voicebot.wiring.client_watch import ClientWatch
from voicebot.wiring.house import open_house


def work() -> None:
    """Send messages and wake people on call; calls are answered by `voicebot serve` with VOICEBOT_WORK_HERE=false."""
    with told_to_operator():
        set_up_logs(as_json=settings().log_json)
        asyncio.run(_work(settings()))


async def _work(current: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    async with open_house(current) as house, open_after_call(house) as after_call:
        watching = asyncio.create_task(ClientWatch(house, None).watch_forever())
        async with after_call.at_work():
            Console(stderr=True, highlight=False).print(f"voicebot works as node [bold]{current.node}[/].")
            await stop.wait()
        watching.cancel()
        await asyncio.wait([watching])
