"""What the synthetic Twilio asks and tells our house: signed requests as Twilio sends them."""

from __future__ import annotations

import asyncio
import time

import httpx
from twilio.request_validator import RequestValidator

from voicebot.errors import CarrierError

RETRY_S = 0.1


class SignedRequests:
    """Args: patience_s: how long a house that cannot be reached is tried again, as behind a load balancer."""

    def __init__(self, auth_token: str, *, limit_s: float, patience_s: float) -> None:
        self._validator = RequestValidator(auth_token)
        # Loopback only: there is no certificate to check, and the store of certificates takes long to read.
        self._http = httpx.AsyncClient(timeout=limit_s, trust_env=False, verify=False)
        self._patience_s = patience_s

    async def post(self, url: str, form: dict[str, str]) -> str:
        """The body of a 2xx answer. Raises: CarrierError for everything else."""
        headers = {"X-Twilio-Signature": self._validator.compute_signature(url, form)}
        until = time.monotonic() + self._patience_s
        while True:
            try:
                answer = await self._http.post(url, data=form, headers=headers)
            except httpx.TransportError as wrong:
                if time.monotonic() < until:
                    await asyncio.sleep(RETRY_S)
                    continue
                raise CarrierError(f"A webhook cannot be reached: {type(wrong).__name__}.") from wrong
            if not answer.is_success:
                raise CarrierError(f"A webhook answered {answer.status_code}.")
            return answer.text

    async def close(self) -> None:
        await self._http.aclose()
