"""The synthetic Twilio's REST API: Calls and Messages of one account, as twilio_api_v2010 describes them."""

from __future__ import annotations

import asyncio
import re
import secrets
from base64 import b64encode
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from voicebot.quality.synthetic_twilio_books import API_VERSION, PlacedCall, PlacedText
from voicebot.quality.synthetic_twilio_faults import Fault, Faults

HANGS_S = 60.0
RETRY_AFTER_S = 1
Row = TypeVar("Row", PlacedCall, PlacedText)
E164 = re.compile(r"^\+[1-9]\d{6,14}$")
MESSAGES = {
    20003: "Authenticate",
    20404: "The requested resource was not found",
    20429: "Too Many Requests",
    20500: "Internal Server Error",
    21201: "No 'To' number is specified",
    21205: "Url is not a valid URL",
    21210: "The source phone number provided is not yet verified for your account",
    21211: "Invalid 'To' Phone Number",
    21212: "The 'From' number is not a valid phone number",
    21220: "Call is not in-progress. Cannot redirect.",
    21602: "Message body is required",
    21606: "The 'From' phone number provided is not a valid message-capable number for this destination",
    21610: "Attempt to send to unsubscribed recipient",
    21614: "'To' number is not a valid mobile number",
    21617: "The concatenated message body exceeds the 1600 character limit",
}


class Refusal(Exception):
    """What Twilio answers to a request that it does not take.

    Args: code: Twilio's own number. status: of HTTP."""

    def __init__(self, code: int, status: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.status = status


class Exchange(Protocol):
    """What is behind the API. Methods raise Refusal."""

    account_sid: str
    auth_token: str
    calls: list[PlacedCall]
    texts: list[PlacedText]

    def place_call(self, request: dict[str, str]) -> PlacedCall: ...

    def change_call(self, call: PlacedCall, request: dict[str, str]) -> None: ...

    def send_text(self, request: dict[str, str]) -> PlacedText: ...


class LostResponse(Response):
    """Breaks the connection in the middle of the answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        headers = [(b"content-type", b"application/json"), (b"content-length", b"1000")]
        await send({"type": "http.response.start", "status": 201, "headers": headers})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


def rest_app(exchange: Exchange, faults: Faults) -> Starlette:
    """ASGI application."""
    api = _Api(exchange, faults)
    root = f"/{API_VERSION}/Accounts/{{account}}"
    return Starlette(
        routes=[
            Route(f"{root}/Calls.json", api.guarded("Calls", api.calls), methods=["GET", "POST"]),
            Route(f"{root}/Calls/{{sid}}.json", api.guarded("Calls", api.call), methods=["GET", "POST"]),
            Route(f"{root}/Messages.json", api.guarded("Messages", api.messages), methods=["GET", "POST"]),
            Route(f"{root}/Messages/{{sid}}.json", api.guarded("Messages", api.message), methods=["GET"]),
        ]
    )


class _Api:
    def __init__(self, exchange: Exchange, faults: Faults) -> None:
        self._exchange = exchange
        self._faults = faults

    def guarded(
        self, resource: str, handle: Callable[[Request, dict[str, str]], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        """Credentials and faults before the request; refusals as Twilio writes them."""

        async def answer(request: Request) -> Response:
            fault = self._faults.next(resource, posting=request.method == "POST")
            if fault is Fault.NO_ANSWER:
                await asyncio.sleep(HANGS_S)
            if fault is Fault.RATE_LIMITED:
                return refusal(20429, 429, {"Retry-After": str(RETRY_AFTER_S)})
            if fault in (Fault.SERVER, Fault.NO_ANSWER):
                return refusal(20500, 500)
            try:
                self._check_credentials(request)
                answered = await handle(request, _fields(await request.body()))
            except Refusal as refused:
                return refusal(refused.code, refused.status)
            return LostResponse() if fault is Fault.LOST_RESPONSE else answered

        return answer

    async def calls(self, request: Request, fields: dict[str, str]) -> Response:
        if request.method == "POST":
            return JSONResponse(self._exchange.place_call(fields).as_json(), 201)
        asked = request.query_params
        found = [call for call in self._exchange.calls if _fits(call, asked) and _after(call.started_at, asked, "StartTime")]
        return _page(request, "calls", found)

    async def call(self, request: Request, fields: dict[str, str]) -> Response:
        call = _named(self._exchange.calls, request)
        if request.method == "POST":
            self._exchange.change_call(call, fields)
        return JSONResponse(call.as_json())

    async def messages(self, request: Request, fields: dict[str, str]) -> Response:
        if request.method == "POST":
            return JSONResponse(self._exchange.send_text(fields).as_json(), 201)
        asked = request.query_params
        found = [text for text in self._exchange.texts if _fits(text, asked) and _after(text.sent_at, asked, "DateSent")]
        return _page(request, "messages", found)

    async def message(self, request: Request, fields: dict[str, str]) -> Response:  # noqa: ARG002
        return JSONResponse(_named(self._exchange.texts, request).as_json())

    def _check_credentials(self, request: Request) -> None:
        right = f"{self._exchange.account_sid}:{self._exchange.auth_token}"
        shown = request.headers.get("authorization", "")
        if not secrets.compare_digest(shown, "Basic " + b64encode(right.encode()).decode()):
            raise Refusal(20003, 401)
        if request.path_params["account"] != self._exchange.account_sid:
            raise Refusal(20404, 404)


def refusal(code: int, status: int, headers: dict[str, str] | None = None) -> Response:
    """Twilio's form of an error."""
    written = {
        "code": code,
        "message": MESSAGES[code],
        "more_info": f"https://www.twilio.com/docs/errors/{code}",
        "status": status,
    }
    return JSONResponse(written, status, headers)


def _fields(body: bytes) -> dict[str, str]:
    """Repeated fields are joined by a space: lists of words such as StatusCallbackEvent."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(body.decode("utf-8"), keep_blank_values=True):
        fields[name] = f"{fields[name]} {value}" if name in fields else value
    return fields


def _fits(row: PlacedCall | PlacedText, asked: Any) -> bool:
    return asked.get("To") in (None, row.to) and asked.get("From") in (None, row.from_)


def _after(at: datetime | None, asked: Any, field: str) -> bool:
    """As with Twilio, what has not begun has no time, and is not found by one."""
    earliest = asked.get(f"{field}>")
    return earliest is None or (at is not None and at >= datetime.fromisoformat(earliest))


def _named(rows: Iterable[Row], request: Request) -> Row:
    found = next((row for row in rows if row.sid == request.path_params["sid"]), None)
    if found is None:
        raise Refusal(20404, 404)
    return found


def _page(request: Request, name: str, rows: list[Any]) -> Response:
    """Newest first, PageSize at a time."""
    size, page = int(request.query_params.get("PageSize", "50")), int(request.query_params.get("Page", "0"))
    newest = rows[::-1]
    first = page * size
    path = request.url.path

    def uri(number: int) -> str:
        return f"{path}?PageSize={size}&Page={number}"

    more = first + size < len(newest)
    shown = newest[first : first + size]
    return JSONResponse(
        {
            name: [row.as_json() for row in shown],
            "page": page,
            "page_size": size,
            "start": first,
            "end": max(first, first + len(shown) - 1),
            "uri": uri(page),
            "first_page_uri": uri(0),
            "previous_page_uri": uri(page - 1) if page else None,
            "next_page_uri": uri(page + 1) if more else None,
        }
    )
