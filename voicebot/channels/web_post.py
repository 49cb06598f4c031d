"""One POST to an address that somebody else wrote: bounded in time and size, followed nowhere, its answer understood."""

from __future__ import annotations

import asyncio
import math
import ssl
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx

from voicebot.channels.web_address import Reached, reach
from voicebot.errors import ChannelError

WHOLE_LIMIT_S = 10.0
READ_AT_MOST_BYTES = 64 * 1024
UNDER_WAY = 16
"""Requests under way at once; more wait their turn."""
_LONGEST_WAIT_S = 24 * 3600.0
_TRY_AGAIN = frozenset({408, 425, 429})


class WebPost:
    """Shared by webhooks and chat rooms.

    Args:
        allow_private: private and loopback addresses may be reached. tls_context: whom to trust; None means the machine's
            authorities.
    """

    def __init__(self, *, allow_private: bool = False, tls_context: ssl.SSLContext | None = None) -> None:
        self._allow_private = allow_private
        self._turns = asyncio.Semaphore(UNDER_WAY)
        # A connection is to a checked IP address: kept, it could be used again under another host's name.
        self._client = httpx.AsyncClient(
            verify=tls_context or ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
            timeout=WHOLE_LIMIT_S,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def post(self, url: str, body: bytes, headers: dict[str, str]) -> bytes:
        """Posts JSON. Returns: the first 64 kB of a 2xx answer. Raises: ChannelError."""
        try:
            async with asyncio.timeout(WHOLE_LIMIT_S), self._turns:
                there = await reach(url, allow_private=self._allow_private)
                return await self._post(url, there, body, headers)
        except (TimeoutError, httpx.TimeoutException) as late:
            raise ChannelError("timeout", "A webhook did not answer in time.", temporary=True) from late
        except httpx.HTTPError as broken:
            what = f"The connection to a webhook failed ({type(broken).__name__})."
            raise ChannelError("connection", what, temporary=True) from broken
        except (httpx.InvalidURL, UnicodeError) as wrong:
            what = "A webhook's address cannot be one."
            raise ChannelError("bad_address", what, "Correct address: in the client's file.", temporary=False) from wrong

    async def close(self) -> None:
        await self._client.aclose()

    async def _post(self, url: str, there: Reached, body: bytes, headers: dict[str, str]) -> bytes:
        target = httpx.URL(url).copy_with(host=there.ip, port=there.port, fragment=None)
        sent = {"Host": urlsplit(url).netloc, "Content-Type": "application/json", "User-Agent": "voicebot/1", **headers}
        request = self._client.build_request(
            "POST", target, content=body, headers=sent, extensions={"sni_hostname": there.host}
        )
        answer = await self._client.send(request, stream=True)
        try:
            refuse_unless_taken(answer.status_code, answer.headers.get("retry-after", ""), datetime.now(UTC))
            read = b""
            async for piece in answer.aiter_raw(4096):
                read += piece
                if len(read) >= READ_AT_MOST_BYTES:
                    break
            return read[:READ_AT_MOST_BYTES]
        finally:
            await answer.aclose()


def refuse_unless_taken(status: int, retry_after: str, now: datetime) -> None:
    """Nothing for 2xx. Raises: ChannelError, temporary or not, for every other status.

    Args:
        retry_after: value of that header, seconds or an HTTP date (RFC 9110 section 10.2.3). now: aware.
    """
    if 200 <= status < 300:
        return
    if status in _TRY_AGAIN or status >= 500:
        reason = "rate_limited" if status == 429 else "timeout" if status == 408 else "server"
        waits = _seconds(retry_after, now)
        raise ChannelError(reason, f"A webhook answered {status}.", temporary=True, retry_after_s=waits)
    if status == 410:
        what, remedy = "A webhook is gone (410).", "Remove the delivery from the client's file, or correct its address."
        raise ChannelError("bad_address", what, remedy, temporary=False)
    if 300 <= status < 400:
        what, remedy = f"A webhook redirects ({status}), which is not followed.", "Write the address where it really is."
        raise ChannelError("bad_address", what, remedy, temporary=False)
    reason = "unauthorised" if status in (401, 403) else "too_large" if status == 413 else "rejected"
    raise ChannelError(reason, f"A webhook refused the message ({status}).", temporary=False)


def _seconds(retry_after: str, now: datetime) -> float | None:
    try:
        waits = float(retry_after)
    except ValueError:
        try:
            until = parsedate_to_datetime(retry_after)
        except ValueError:
            return None
        waits = ((until if until.tzinfo else until.replace(tzinfo=UTC)) - now).total_seconds()
    return min(max(waits, 0.0), _LONGEST_WAIT_S) if math.isfinite(waits) else None
