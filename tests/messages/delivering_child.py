"""Delivers what a database holds until it is killed: real webhooks to an address, and it may kill itself at a chosen moment.

Arguments: database, webhook address, name of the node, "live" | "die_after_send" | "die_before_send".
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime

from delivery_house import client_with, delivery_house

from voicebot.channels.ports import Letter, Taken
from voicebot.channels.webhook import WebhookSender
from voicebot.domain.delivery import Channel
from voicebot.domain.tempo import Tempo
from voicebot.messages.house_letters import HouseLetters

SECRET = b"secret of a house that is killed"


class DyingWebhook(WebhookSender):
    """Sends, and takes the process down before anybody can write down that it did."""

    def __init__(self, moment: str) -> None:
        super().__init__(allow_private=True)
        self._moment = moment

    async def send(self, letter: Letter) -> Taken:
        if self._moment == "die_before_send":
            os.kill(os.getpid(), signal.SIGKILL)
        taken = await super().send(letter)
        if self._moment == "die_after_send":
            os.kill(os.getpid(), signal.SIGKILL)
        return taken


async def deliver(arguments: Sequence[str]) -> None:
    database, url, node, moment = arguments
    client = client_with({"id": "crm", "channel": "webhook", "address": url})
    writer = HouseLetters(lambda _: client, SECRET)
    tempo = Tempo(lambda: datetime.now(UTC), speed=20.0)
    sender = DyingWebhook(moment)
    async with delivery_house(database, {Channel.WEBHOOK: sender}, client, tempo=tempo, writer=writer, node=node):
        sys.stdout.write("working\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(deliver(sys.argv[1:]))
