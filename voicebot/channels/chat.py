"""The chat channel: incoming webhooks of Slack, Teams and their like; the address itself is the secret."""

from __future__ import annotations

import ssl
from datetime import datetime

from voicebot.channels.ports import Letter, Taken
from voicebot.channels.web_post import WebPost
from voicebot.channels.webhook import as_json


class ChatSender:
    """One per house. Chat rooms know no doubles: a letter that was taken without an answer may stand there twice.

    Args:
        allow_private, tls_context: see WebPost.
    """

    def __init__(self, *, allow_private: bool = False, tls_context: ssl.SSLContext | None = None) -> None:
        self._web = WebPost(allow_private=allow_private, tls_context=tls_context)

    async def send(self, letter: Letter) -> Taken:
        """Posts letter.payload. Raises: ChannelError."""
        await self._web.post(letter.address, as_json(letter), {"Idempotency-Key": letter.id})
        return Taken(delivered=True)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        """An incoming webhook cannot be asked."""
        del letter, since

    async def close(self) -> None:
        await self._web.close()
