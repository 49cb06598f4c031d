"""Twilio's own description of its API against our requests and against the synthetic Twilio's answers.

The description (twilio_api_v2010.json, from Twilio's public OpenAPI files) lies beside the checkout; it is not part of it.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from openapi_core import OpenAPI
from openapi_core.datatypes import RequestParameters
from openapi_core.exceptions import OpenAPIError
from werkzeug.datastructures import Headers, ImmutableMultiDict

from voicebot.channels.ports import Letter, Ring
from voicebot.domain.delivery import Channel
from voicebot.errors import ChannelError
from voicebot.quality.synthetic_callees import Handset, SmsFate, no_answer, presses, silent
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.telephony.twilio_rest import TWILIO_API, TwilioAccount, TwilioHttp
from voicebot.telephony.twilio_sms import TwilioSms
from voicebot.telephony.twilio_telephone import TwilioTelephone

DESCRIPTION = Path(__file__).parents[2] / "../shared/specs/twilio_api_v2010.json"
ROOT = "/2010-04-01/Accounts/{AccountSid}/"
PATHS = ("Calls.json", "Calls/{Sid}.json", "Messages.json", "Messages/{Sid}.json")

pytestmark = pytest.mark.skipif(
    not DESCRIPTION.is_file(), reason="Twilio's description of its API (twilio_api_v2010.json) is not beside the checkout"
)


@lru_cache(maxsize=1)
def description() -> OpenAPI:
    """The paths that we use, and what they refer to: the whole file would take seconds to read."""
    whole = json.loads(DESCRIPTION.read_text(encoding="utf-8"))
    paths = {ROOT + path: whole["paths"][ROOT + path] for path in PATHS}
    for path in paths.values():
        for operation in path.values():
            form = operation.get("requestBody") if isinstance(operation, dict) else None
            for content in form["content"].values() if form else ():
                lists = [name for name, field in content["schema"]["properties"].items() if field.get("type") == "array"]
                content["encoding"] = {name: {"style": "form", "explode": True} for name in lists}
    schemas = whole["components"]["schemas"]
    kept = {name: schema for name, schema in schemas.items() if name.split("_")[0] in _SCHEMAS or name in _SCHEMAS}
    security = whole["components"].get("securitySchemes", {})
    return OpenAPI.from_dict({**whole, "paths": paths, "components": {"schemas": kept, "securitySchemes": security}})


_SCHEMAS = ("call", "message", "api.v2010.account.call", "api.v2010.account.message")


class Asked:
    """One HTTP exchange as openapi-core reads it: its Request and its Response protocol."""

    def __init__(self, request: httpx.Request, body: bytes, answer: httpx.Response | None = None) -> None:
        split = urlsplit(str(request.url))
        self.host_url = TWILIO_API
        self.path = split.path
        self.method = request.method.lower()
        self.body = body or None
        self.content_type = request.headers.get("content-type", "").lower()
        self.parameters = RequestParameters(
            query=ImmutableMultiDict(parse_qsl(split.query)),
            header=Headers(list(request.headers.items())),
        )
        self.answer = answer


class Answered:
    def __init__(self, status_code: int, data: bytes) -> None:
        self.status_code = status_code
        self.data = data
        self.content_type = "application/json"
        self.headers = Headers([("content-type", "application/json")])


class Recording(httpx.AsyncHTTPTransport):
    """Keeps every exchange that it carries."""

    def __init__(self) -> None:
        super().__init__(verify=False)
        self.exchanges: list[tuple[Asked, Answered]] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        answer = await super().handle_async_request(request)
        data = await answer.aread()
        self.exchanges.append((Asked(request, body), Answered(answer.status_code, data)))
        return answer


class Desk:
    """Our senders before the synthetic Twilio, with every exchange kept."""

    def __init__(self, twilio: SyntheticTwilio) -> None:
        self.twilio = twilio
        self.recording = Recording()
        http = TwilioHttp(twilio.api_url, httpx.AsyncClient(transport=self.recording))
        self.account = TwilioAccount(
            twilio.account_sid, twilio.auth_token, number=twilio.number, house_url="http://127.0.0.1:9", http=http
        )
        self.telephone, self.sms = TwilioTelephone(self.account), TwilioSms(self.account)

    def check(self, wanted: list[tuple[str, str]]) -> None:
        """Every exchange fits the description, and these (method, path) were among them."""
        made = [
            (asked.method, asked.path.rpartition("/Accounts/")[2].partition("/")[2]) for asked, _ in self.recording.exchanges
        ]
        assert made == wanted
        for asked, answered in self.recording.exchanges:
            description().validate_request(asked)
            description().validate_response(asked, answered)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    async with SyntheticTwilio(speed=100) as twilio:
        desk = Desk(twilio)
        yield desk
        await desk.account.close()


BUSY, FREE = "+33639980001", "+33639980002"
RING = Ring("20261123-221504-1f9c2a-on-call-1", FREE, 25)
LETTER = Letter("d1-sms", Channel.SMS, FREE, "Appel urgent : fuite d'eau. Répondez OK 4821 🚨")
THEN = datetime(2026, 11, 23, tzinfo=UTC)


async def test_calls_placed_looked_up_connected_and_ended(desk: Desk):
    desk.twilio.person(FREE, no_answer())
    sid = await desk.telephone.ring(RING)
    # As after a restart: one that has seen no call must ask.
    restarted = TwilioTelephone(desk.account)
    await restarted.rung_before(RING, THEN)
    with pytest.raises(ChannelError):
        await desk.telephone.connect(sid, "a-room")
    await desk.telephone.hang_up(sid)
    assert (await restarted.rung_before(RING, THEN)) == sid
    exchanges = desk.recording.exchanges
    refused = [number for number, (_, answered) in enumerate(exchanges) if answered.status_code >= 400]
    assert refused == [2]
    # The description knows good answers only; the request itself must fit.
    description().validate_request(exchanges.pop(2)[0])
    desk.check([("post", "Calls.json"), ("get", "Calls.json"), ("post", f"Calls/{sid}.json"), ("get", "Calls.json")])


async def test_a_call_connected_while_it_lasts(desk: Desk):
    desk.twilio.person(FREE, presses("1").ringing_for(0))
    sid = await desk.telephone.ring(RING)
    (placed,) = desk.twilio.calls
    placed.status = "in-progress"
    await desk.telephone.connect(sid, "20261123-221504-1f9c2a-on-call")
    desk.check([("post", "Calls.json"), ("post", f"Calls/{sid}.json")])


@pytest.mark.parametrize("fate", list(SmsFate))
async def test_sms_sent_and_looked_up_at_every_end(desk: Desk, fate: SmsFate):
    desk.twilio.person(FREE, silent(), sms=Handset(fate))
    await desk.sms.send(LETTER)
    await desk.sms.sent_before(LETTER, THEN)
    await desk.twilio.settled()
    await desk.sms.sent_before(LETTER, THEN)
    desk.check([("post", "Messages.json"), ("get", "Messages.json"), ("get", "Messages.json")])


async def test_long_lists_come_in_pages(desk: Desk):
    for number in range(120):
        desk.twilio._note_text(FREE, desk.twilio.number, f"rappel {number}", "outbound-api", "delivered")
    assert await desk.sms.sent_before(LETTER, THEN) is None
    assert {method for method, _ in _made(desk)} == {"get"}
    for asked, answered in desk.recording.exchanges:
        description().validate_request(asked)
        description().validate_response(asked, answered)


def _made(desk: Desk) -> list[tuple[str, str]]:
    return [(asked.method, asked.path) for asked, _ in desk.recording.exchanges]


@pytest.mark.parametrize(
    ("change", "value"),
    [("To", None), ("Timeout", "soon"), ("Method", "SHOUT"), ("Body", "x")],
)
async def test_the_description_would_find_a_wrong_request(desk: Desk, change: str, value: Any):
    """Guards the tests above: a validator that lets everything pass would prove nothing."""
    await desk.telephone.ring(RING)
    asked, answered = desk.recording.exchanges[0]
    assert asked.body is not None
    fields = [(name, held) for name, held in parse_qsl(asked.body.decode()) if name != change]
    if value is not None:
        fields.append((change, value))
    asked.body = urlencode(fields).encode()
    if change == "Body":
        answered.data = answered.data.replace(b'"queued"', b'"asleep"')
        with pytest.raises(OpenAPIError):
            description().validate_response(asked, answered)
        return
    with pytest.raises(OpenAPIError):
        description().validate_request(asked)
