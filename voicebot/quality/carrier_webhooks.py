"""The HTTP side of the synthetic carrier: signed requests for documents, and status callbacks."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import urljoin

import httpx
from twilio.request_validator import RequestValidator

from voicebot.errors import CarrierError
from voicebot.quality.carried_call import CallToPlace

WEBHOOK_LIMIT_S = 15.0
"""Twilio's own (error 11200)."""
RETRY_S = 0.25


@dataclass
class Webhooks:
    """Requests about one call. Addresses may be relative to voice_url. trouble: status callbacks that were not taken."""

    http: httpx.AsyncClient
    call: CallToPlace
    voice_url: str
    auth_token: str
    patience_s: float
    trouble: list[str] = field(default_factory=list)

    async def ask(self, url: str, **also: str) -> str:
        """The document that a webhook answers. Raises: CarrierError when it cannot be had."""
        address = urljoin(self.voice_url, url)
        form = self._form("in-progress") | also
        until = time.monotonic() + self.patience_s
        while True:
            try:
                answer = await self.http.post(address, data=form, headers=self.signed(address, form))
            except httpx.TransportError as wrong:
                if time.monotonic() < until:
                    await asyncio.sleep(RETRY_S)
                    continue
                raise CarrierError(f"A webhook cannot be reached: {type(wrong).__name__}.") from wrong
            if answer.status_code != 200:
                raise CarrierError(f"A webhook answered {answer.status_code}.")
            return answer.text

    async def tell(self, url: str, **also: str) -> None:
        """A status callback; what is answered, or whether, does not matter to a carrier."""
        if not url:
            return
        address = urljoin(self.voice_url, url)
        form = self._form(also.get("CallStatus", "in-progress")) | also | {"Timestamp": datetime.now(UTC).isoformat()}
        try:
            await self.http.post(address, data=form, headers=self.signed(address, form))
        except httpx.TransportError as wrong:
            self.trouble.append(f"A status callback was not taken: {type(wrong).__name__}.")

    def signed(self, url: str, form: dict[str, str]) -> dict[str, str]:
        """Headers of a request to url, also of a websocket's handshake."""
        if not self.auth_token:
            return {}
        return {"X-Twilio-Signature": RequestValidator(self.auth_token).compute_signature(url, form)}

    def _form(self, status: str) -> dict[str, str]:
        return {
            "CallSid": self.call.call_sid,
            "AccountSid": self.call.account_sid,
            "ApiVersion": "2010-04-01",
            "Direction": "inbound",
            "CallStatus": status,
            "From": self.call.caller_number or "anonymous",
            "To": self.call.dialled_number,
        }
