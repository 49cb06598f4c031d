"""Twilio's REST API through its own library, over httpx with our time limits, its refusals as channel errors.

Sources: twilio.com/docs/usage/twilios-response, /docs/api/errors, /docs/usage/rate-limiting (429 with Retry-After).
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

import httpx
from twilio.http import AsyncHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from voicebot.errors import ChannelError
from voicebot.settings import Settings

TWILIO_API = "https://api.twilio.com"
CONNECT_LIMIT_S = 3.0
ANSWER_LIMIT_S = 10.0
MOST_CONNECTIONS = 20

INVALID_STATE = 21220
"""The call is over, or was never there to be changed."""

_BAD_ADDRESS = frozenset({21211, 21217, 21214, 21421, 21614, 21401, 13223, 13224})
"""No number, not one that can be called, not one that can have SMS."""
_FORBIDDEN = frozenset({21610, 21408, 21215, 21216, 13227, 21612})
"""The person wrote STOP; a country or number that the account may not reach."""
_UNAUTHORISED = frozenset({20003, 20005, 20403, 10001, 20006})
_OUR_NUMBER = frozenset({21210, 21212, 21213, 21606, 21659, 21660})
"""The number that we call or write from is not ours or cannot do it."""

_REMEDIES = {
    "unauthorised": "Check VOICEBOT_TWILIO_ACCOUNT_SID and VOICEBOT_TWILIO_AUTH_TOKEN.",
    "not_configured": "Set VOICEBOT_TWILIO_NUMBER to a number of the account that can call and send SMS.",
    "bad_address": "Correct the number in the client's file.",
    "forbidden_number": "See the account's geographic permissions; who wrote STOP must write START.",
}


class TwilioRefused(ChannelError):
    """Twilio answered with an error. twilio_code: its own number for it, 0 when it gave none."""

    def __init__(self, status: int, twilio_code: int, retry_after_s: float | None) -> None:
        reason, temporary = _reason(status, twilio_code)
        what = f"Twilio refused a request: HTTP {status}, error {twilio_code or 'without a number'}."
        super().__init__(
            reason, what, _REMEDIES.get(reason, ""), temporary=temporary, retry_after_s=retry_after_s if temporary else None
        )
        self.twilio_code = twilio_code


class TwilioHttp(AsyncHttpClient):
    """The library's requests over one pool of connections.

    A request that was not answered may have been obeyed: look before placing a call or an SMS again.

    Args:
        api_url: see Settings.twilio_api_url. http: for tests that look at what is sent.
    """

    def __init__(self, api_url: str = TWILIO_API, http: httpx.AsyncClient | None = None) -> None:
        super().__init__(logging.getLogger("voicebot.twilio"), is_async=True)
        limits = httpx.Limits(max_connections=MOST_CONNECTIONS)
        timeout = httpx.Timeout(ANSWER_LIMIT_S, connect=CONNECT_LIMIT_S)
        self._http = http or httpx.AsyncClient(timeout=timeout, limits=limits, trust_env=False)
        self._api_url = api_url.rstrip("/")

    async def request(
        self,
        method: str,
        uri: str,
        params: Mapping[str, object] | None = None,
        data: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
        auth: tuple[str, str] | None = None,
        timeout: float | None = None,  # noqa: ARG002
        allow_redirects: bool = False,  # noqa: ARG002
    ) -> Response:
        """Raises: ChannelError for everything but an answer that the library can read."""
        try:
            answer = await self._http.request(
                method,
                self._api_url + uri.removeprefix(TWILIO_API),
                params=_fields(params),
                data=_fields(data),
                headers=headers,
                auth=auth,
            )
        except httpx.TimeoutException as wrong:
            raise ChannelError("timeout", "Twilio did not answer in time.", temporary=True) from wrong
        except httpx.TransportError as wrong:
            what = f"Twilio cannot be reached: {type(wrong).__name__}."
            raise ChannelError("connection", what, "Check the network.", temporary=True) from wrong
        except httpx.InvalidURL as wrong:
            what = "The address of Twilio's API cannot be used."
            raise ChannelError("not_configured", what, "Correct VOICEBOT_TWILIO_API_URL.", temporary=False) from wrong
        if answer.status_code >= 300:
            raise TwilioRefused(answer.status_code, _twilio_code(answer), _retry_after_s(answer))
        if not _is_object(answer.text):
            raise ChannelError("server", "Twilio's answer cannot be read.", temporary=True)
        return Response(answer.status_code, answer.text, answer.headers)

    async def close(self) -> None:
        await self._http.aclose()


class TwilioAccount:
    """The library's client with our connections. Shared by telephone and SMS, on one event loop; close it once.

    Args:
        number: E.164, see Settings.twilio_number.
        house_url: our address as Twilio reaches it, without a slash at its end.
    """

    def __init__(
        self, account_sid: str, auth_token: str, *, number: str, house_url: str, http: TwilioHttp | None = None
    ) -> None:
        if not (account_sid and auth_token):
            raise ChannelError(
                "not_configured",
                "There is no Twilio account to call or write from.",
                _REMEDIES["unauthorised"],
                temporary=False,
            )
        self.number = number
        self.house_url = house_url.rstrip("/")
        self._http = http or TwilioHttp()
        # Not empty: the library would look into the environment.
        nowhere = {"TWILIO_REGION": ""}
        self._client = Client(account_sid, auth_token, http_client=self._http, environment=nowhere)

    @classmethod
    def of(cls, settings: Settings) -> TwilioAccount:
        """Raises: ChannelError, not_configured, when there is no account."""
        token = settings.twilio_auth_token.get_secret_value() if settings.twilio_auth_token else ""
        return cls(
            settings.twilio_account_sid,
            token,
            number=settings.twilio_number,
            house_url=settings.public_url or f"http://{settings.host}:{settings.port}",
            http=TwilioHttp(settings.twilio_api_url),
        )

    @property
    def calls(self) -> Any:
        return self._client.calls

    @property
    def messages(self) -> Any:
        return self._client.messages

    async def close(self) -> None:
        await self._http.close()


def _fields(given: Mapping[str, object] | None) -> dict[str, Any] | None:
    return None if given is None else {name: value for name, value in given.items() if value is not None}


def _reason(status: int, code: int) -> tuple[str, bool]:
    """(ChannelError.reason, temporary)."""
    for reason, codes in (
        ("bad_address", _BAD_ADDRESS),
        ("forbidden_number", _FORBIDDEN),
        ("unauthorised", _UNAUTHORISED),
        ("not_configured", _OUR_NUMBER),
    ):
        if code in codes:
            return reason, False
    if status == 429:
        return "rate_limited", True
    if status >= 500:
        return "server", True
    return ("unauthorised" if status in (401, 403) else "rejected"), False


def _twilio_code(answer: httpx.Response) -> int:
    try:
        code = answer.json()["code"]
        return int(code)
    except (ValueError, TypeError, KeyError):
        return 0


def _retry_after_s(answer: httpx.Response) -> float | None:
    """Twilio writes seconds; a date, which it never sent so far, is not read."""
    asked = answer.headers.get("retry-after", "")
    return float(asked) if asked.isdecimal() else None


def _is_object(written: str) -> bool:
    try:
        return isinstance(json.loads(written), dict)
    except ValueError:
        return False
