"""A Twilio of our own on loopback: its REST API, the people whose telephones it rings, and the webhooks it calls back.

async with SyntheticTwilio(number="+33199000099", speed=200) as twilio:
    twilio.person("+33639980001", no_answer(), presses("1", eta=20))
    ...                                  # a house with VOICEBOT_TWILIO_API_URL=twilio.api_url
    await twilio.settled()
    assert twilio.heard_by("+33639980001")
"""

from __future__ import annotations

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self
from xml.sax.saxutils import escape

import uvicorn

from voicebot.channels.sms_length import sms_length
from voicebot.errors import CarrierError
from voicebot.quality.carried_call import CallToPlace
from voicebot.quality.synthetic_callees import Callee, Handset, SmsFate, no_answer
from voicebot.quality.synthetic_twilio_books import PlacedCall, PlacedText, RestLine, new_sid
from voicebot.quality.synthetic_twilio_faults import Fault, Faults
from voicebot.quality.synthetic_twilio_leg import Leg
from voicebot.quality.synthetic_twilio_rest import E164, Refusal, rest_app
from voicebot.quality.synthetic_twilio_rooms import Rooms
from voicebot.quality.synthetic_twilio_webhooks import SignedRequests
from voicebot.quality.twiml import read_sms_twiml, read_twiml

WEBHOOK_LIMIT_S = 15.0
"""Twilio's own (error 11200); not shortened by speed, since our house works in real time."""
SMS_LIMIT = 1600
OPT_OUT, OPT_IN = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE"}), frozenset({"START", "UNSTOP"})


class SyntheticTwilio:
    """One account with one number.

    Args:
        number: E.164, the account's. speed: seconds of the story in one second of the clock.
        sms_url: where SMS from people go; may be set later, when the house has its address.
        fault_rates: see Faults. webhook_patience_s: how long a house that cannot be reached is tried again.
        now: the time as the REST API tells it (aware).
    """

    def __init__(
        self,
        *,
        number: str = "+33199000099",
        account_sid: str = "AC" + "0123456789abcdef" * 2,
        auth_token: str = "fedcba9876543210" * 2,
        speed: float = 200.0,
        sms_url: str = "",
        fault_rates: Mapping[Fault, float] | None = None,
        seed: int = 0,
        webhook_patience_s: float = 0.0,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.number = number
        self.account_sid = account_sid
        self.auth_token = auth_token
        self.sms_url = sms_url
        self.calls: list[PlacedCall] = []
        self.texts: list[PlacedText] = []
        self.unsubscribed: set[str] = set()
        self.faults = Faults(fault_rates, seed)
        self.rooms = Rooms()
        self.trouble: list[str] = []
        self.api_url = ""
        self._speed = speed
        self._now = now
        self._people: dict[str, list[Callee]] = {}
        self._handsets: dict[str, Handset] = {}
        self._requests = SignedRequests(auth_token, limit_s=WEBHOOK_LIMIT_S, patience_s=webhook_patience_s)
        self._running: set[asyncio.Task[None]] = set()
        self._server: uvicorn.Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        listening = socket.socket()
        listening.bind(("127.0.0.1", 0))
        # A lost response is an error to uvicorn, and meant.
        config = uvicorn.Config(
            rest_app(self, self.faults),
            log_config=None,
            log_level="critical",
            lifespan="off",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._server.install_signal_handlers = lambda: None  # pyright: ignore[reportAttributeAccessIssue]
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        self.api_url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None
    ) -> None:
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        assert self._server is not None
        assert self._serving is not None
        self._server.should_exit = self._server.force_exit = True
        await self._serving
        await self._requests.close()

    # People

    def person(self, number: str, *callees: Callee, sms: Handset | None = None) -> None:
        """Who is at number: what they do at the first call, the second, …; the last one for all that follow."""
        self._people[number] = list(callees) or [no_answer()]
        if sms is not None:
            self._handsets[number] = sms

    async def text(self, number: str, body: str) -> tuple[str, ...]:
        """The person at number writes to our house. Returns: what it answers at once. Raises: CarrierError."""
        self._note_text(self.number, number, body, "inbound", "received")
        if body.strip().upper() in OPT_OUT:
            self.unsubscribed.add(number)
        if body.strip().upper() in OPT_IN:
            self.unsubscribed.discard(number)
        form = {
            "MessageSid": self.texts[-1].sid,
            "SmsMessageSid": self.texts[-1].sid,
            "AccountSid": self.account_sid,
            "From": number,
            "To": self.number,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": str(self.texts[-1].segments),
            "ApiVersion": "2010-04-01",
        }
        answers = read_sms_twiml(await self._requests.post(self.sms_url, form))
        if number in self.unsubscribed:
            return ()
        for answer in answers:
            self._note_text(number, self.number, answer, "outbound-reply", "delivered")
        return answers

    def caller(self, call: CallToPlace) -> RestLine:
        """For SyntheticCarrier(rest=…): the incoming call is known to this exchange and can be led into a conference."""
        placed = PlacedCall(call.call_sid, self.account_sid, call.dialled_number, call.caller_number, "inbound", self._now())
        self.calls.append(placed)
        return RestLine(placed, self.rooms)

    # What happened

    def calls_to(self, number: str) -> list[PlacedCall]:
        return [call for call in self.calls if call.to == number]

    def heard_by(self, number: str) -> list[str]:
        """All that was said to number, over all calls, in order."""
        return [words for call in self.calls_to(number) for words in call.heard]

    def texts_to(self, number: str) -> list[str]:
        """Bodies of SMS to number, answers included."""
        return [text.body for text in self.texts if text.to == number and text.direction != "inbound"]

    async def settled(self, limit_s: float = 10.0) -> None:
        """Returns when no call and no SMS is under way. Raises: TimeoutError."""
        async with asyncio.timeout(limit_s):
            while self._running:
                await asyncio.wait(set(self._running))

    def fail(self, fault: Fault, *, times: int = 1, resource: str = "") -> None:
        """The next requests meet fault. resource: "Calls" or "Messages", "" for both."""
        self.faults.order(fault, times, resource)

    # What the REST API asks (synthetic_twilio_rest.Exchange)

    def place_call(self, request: dict[str, str]) -> PlacedCall:
        to, from_ = request.get("To", ""), request.get("From", "")
        if not E164.match(to):
            raise Refusal(21211 if to else 21201)
        if not E164.match(from_):
            raise Refusal(21212)
        if from_ != self.number:
            raise Refusal(21210)
        if not request.get("Url", "").startswith(("http://", "https://")):
            raise Refusal(21205)
        call = PlacedCall(new_sid("CA"), self.account_sid, to, from_, "outbound-api", self._now(), request)
        self.calls.append(call)
        people = self._people.get(to, [no_answer()])
        callee = people.pop(0) if len(people) > 1 else people[0]
        leg = Leg(call, callee, self._requests, self.rooms, sleep=self._sleep, now=self._now)
        self._run(leg.live())
        return call

    def change_call(self, call: PlacedCall, request: dict[str, str]) -> None:
        if call.over:
            raise Refusal(21220)
        if request.get("Twiml"):
            if call.status != "in-progress":
                raise Refusal(21220)
            read_twiml(request["Twiml"])
            call.document = request["Twiml"]
        elif request.get("Url"):
            if call.status != "in-progress":
                raise Refusal(21220)
            call.document = f"<Response><Redirect>{escape(request['Url'])}</Redirect></Response>"
        elif request.get("Status") == "canceled" and call.status == "in-progress":
            return
        elif request.get("Status") in ("completed", "canceled"):
            call.ending = True
        call.changed.set()

    def send_text(self, request: dict[str, str]) -> PlacedText:
        to, body = request.get("To", ""), request.get("Body", "")
        if not E164.match(to):
            raise Refusal(21211)
        if request.get("From") != self.number:
            raise Refusal(21606)
        if not body:
            raise Refusal(21602)
        if len(body) > SMS_LIMIT:
            raise Refusal(21617)
        if to in self.unsubscribed:
            raise Refusal(21610)
        text = self._note_text(to, self.number, body, "outbound-api", "queued", request)
        self._run(self._carry(text, self._handsets.get(to, Handset())))
        return text

    # Inside

    async def _carry(self, text: PlacedText, handset: Handset) -> None:
        await self._sleep(0.5)
        text.status, text.sent_at = "sent", self._now()
        await self._tell_text(text)
        if handset.fate is not SmsFate.NOT_TOLD:
            await self._sleep(1.5)
            text.status = handset.fate.value
            text.error = None if handset.fate is SmsFate.DELIVERED else handset.error
            await self._tell_text(text)
        if handset.answers and handset.fate is not SmsFate.FAILED:
            await self._sleep(8.0)
            code = re.search(r"\b\d{4}\b", text.body)
            try:
                await self.text(text.to, handset.answers.format(code=code.group() if code else ""))
            except CarrierError as wrong:
                self.trouble.append(wrong.what)

    async def _tell_text(self, text: PlacedText) -> None:
        url = text.request.get("StatusCallback", "")
        form = {
            "MessageSid": text.sid,
            "SmsSid": text.sid,
            "MessageStatus": text.status,
            "SmsStatus": text.status,
            "AccountSid": self.account_sid,
            "From": text.from_,
            "To": text.to,
            "ApiVersion": "2010-04-01",
        } | ({} if text.error is None else {"ErrorCode": str(text.error)})
        try:
            if url:
                await self._requests.post(url, form)
        except CarrierError as wrong:
            self.trouble.append(wrong.what)

    def _note_text(
        self, to: str, from_: str, body: str, direction: str, status: str, request: dict[str, str] | None = None
    ) -> PlacedText:
        text = PlacedText(
            new_sid("SM"),
            self.account_sid,
            to,
            from_,
            body,
            direction,
            self._now(),
            segments=sms_length(body).segments,
            request=request or {},
            status=status,
        )
        self.texts.append(text)
        return text

    def _run(self, work: Any) -> None:
        task: asyncio.Task[None] = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    def _sleep(self, story_s: float) -> Awaitable[None]:
        return asyncio.sleep(story_s / self._speed)
