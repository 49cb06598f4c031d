"""Takes every mail and webhook at once, in a process of its own, and tells when: "taken <monotonic seconds>" per letter."""

from __future__ import annotations

import asyncio
import sys
import time

from tests.fakes.mail_server import Mail, MailServer
from tests.fakes.webhook_sink import Answer, Answers, Hook, WebhookSink


async def take_all() -> None:
    async with MailServer() as server, WebhookSink() as hooks:
        keep = server.keep

        def kept(mail: Mail) -> None:
            keep(mail)
            _tell(f"taken {time.monotonic()}")

        def answer(_hook: Hook) -> Answer:
            _tell(f"taken {time.monotonic()}")
            return Answers()

        server.keep = kept
        hooks.answer = answer
        _tell(f"ports {server.port} {hooks.port}")
        # It ends with whoever started it.
        await asyncio.to_thread(sys.stdin.read)


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(take_all())
