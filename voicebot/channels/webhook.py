"""The webhook channel: JSON signed by the Standard Webhooks scheme; the dispatch id lets receivers know a double."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import ssl
from datetime import UTC, datetime

from standardwebhooks import Webhook

from voicebot.channels.ports import Letter, Taken
from voicebot.channels.web_post import WebPost
from voicebot.errors import ChannelError

SECRET_PREFIX = "whsec_"


def webhook_key(house_secret: bytes, client: str, rule: str) -> bytes:
    """The 32 bytes that sign the webhooks of one rule of one client; who has one can forge no other's."""
    if not house_secret:
        raise ValueError("a webhook cannot be signed without the house's secret")
    return hmac.new(house_secret, f"voicebot webhook\0{client}\0{rule}".encode(), hashlib.sha256).digest()


def shown_key(key: bytes) -> str:
    """The key as receivers write it down: "whsec_…" (base64)."""
    return SECRET_PREFIX + base64.b64encode(key).decode("ascii")


class WebhookSender:
    """One per house.

    Args:
        allow_private, tls_context: see WebPost.
    """

    def __init__(self, *, allow_private: bool = False, tls_context: ssl.SSLContext | None = None) -> None:
        self._web = WebPost(allow_private=allow_private, tls_context=tls_context)

    async def send(self, letter: Letter) -> Taken:
        """Posts letter.payload, signed now. Raises: ChannelError."""
        if not letter.key:
            what = "A webhook has no key to be signed with."
            raise ChannelError("not_configured", what, "Keep VOICEBOT_SECRET, or the data folder's secret.", temporary=False)
        body = as_json(letter)
        await self._web.post(letter.address, body, signed_headers(letter.id, letter.key, body, datetime.now(UTC)))
        return Taken(delivered=True)

    async def sent_before(self, letter: Letter, since: datetime) -> Taken | None:
        """A webhook cannot be asked: webhook-id stays the same instead, and the receiver knows a double by it."""
        del letter, since

    async def close(self) -> None:
        await self._web.close()


def as_json(letter: Letter) -> bytes:
    return json.dumps(letter.payload, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def signed_headers(identity: str, key: bytes, body: bytes, at: datetime) -> dict[str, str]:
    """Headers of the Standard Webhooks specification 1.0, and Idempotency-Key for receivers that know only that.

    Args:
        identity: the dispatch's id. at: aware UTC.
    """
    return {
        "webhook-id": identity,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": Webhook(key).sign(identity, at, body.decode("utf-8")),
        "Idempotency-Key": identity,
    }
