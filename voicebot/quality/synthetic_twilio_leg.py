"""One call of the synthetic Twilio while it lasts: it rings, somebody answers, our documents are obeyed, it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from urllib.parse import urljoin, urlsplit

from voicebot.errors import CarrierError
from voicebot.quality.synthetic_callees import Callee, PickUp
from voicebot.quality.synthetic_twilio_books import PlacedCall
from voicebot.quality.synthetic_twilio_rooms import SAY_LETTERS_PER_S, Rooms, wait_alone
from voicebot.quality.synthetic_twilio_webhooks import SignedRequests
from voicebot.quality.twiml import (
    Conference,
    ConnectStream,
    Dial,
    Gather,
    Hangup,
    Pause,
    Redirect,
    Say,
    Verb,
    read_twiml,
)

ERROR_VOICE = "We are sorry, an application error has occurred. Goodbye."
"""What people hear when a webhook fails: a house that lets this happen has failed them."""
MOST_VERBS = 60
ALONE_S = 300.0
"""Nobody waits longer for the other one in a conference."""


class _Changed(Exception):
    """A REST request ended the call or put another document in place."""


class Leg:
    """Args: sleep: passes seconds of the story. now: the time as the REST API tells it."""

    def __init__(
        self,
        call: PlacedCall,
        callee: Callee,
        requests: SignedRequests,
        rooms: Rooms,
        *,
        sleep: Callable[[float], Awaitable[None]],
        now: Callable[[], datetime],
    ) -> None:
        self._call = call
        self._callee = callee
        self._requests = requests
        self._rooms = rooms
        self._sleep = sleep
        self._now = now
        self._keys = list(callee.keys)
        self._questions = 0

    async def live(self) -> None:
        """From "queued" to its end; never raises for what our house does."""
        await self._tell("initiated")
        try:
            end = await self._ring()
        except _Changed:
            end = "canceled"
        if end:
            await self._end(end)
            return
        self._call.started_at = self._now()
        await self._tell("in-progress")
        try:
            document = await self._ask(self._call.request["Url"])
            # Its seconds are the story's, those of the webhook were the clock's: it begins when words can be heard.
            detecting = asyncio.create_task(self._detect())
            try:
                await self._talk(document)
            finally:
                if self._call.answered_by is None:
                    detecting.cancel()
                await asyncio.gather(detecting, return_exceptions=True)
        except CarrierError as wrong:
            self._call.trouble.append(wrong.what)
            self._call.heard.append(ERROR_VOICE)
        await self._end("completed")

    async def _ring(self) -> str:
        """The status in which it ended, "" when somebody or something picked up."""
        callee = self._callee
        await self._pass(0.5)
        await self._tell("ringing")
        if callee.picks_up is PickUp.FAILS:
            return "failed"
        if callee.picks_up is PickUp.BUSY:
            await self._pass(1.0)
            return "busy"
        ring_s = float(self._call.request.get("Timeout", "60"))
        if callee.picks_up is PickUp.NOBODY or callee.rings_s > ring_s:
            await self._pass(ring_s)
            return "no-answer"
        await self._pass(callee.rings_s)
        return ""

    async def _detect(self) -> None:
        """Answering machine detection, beside the call."""
        request = self._call.request
        if request.get("MachineDetection") is None or request.get("AsyncAmd") != "true":
            return
        machine = self._callee.picks_up is PickUp.MACHINE
        word = self._callee.detected or ("machine_start" if machine else "human")
        await self._sleep(self._callee.detected_after_s)
        self._call.answered_by = word
        await self._told(request.get("AsyncAmdStatusCallback", ""), AnsweredBy=word, MachineDetectionDuration="3000")

    async def _talk(self, document: str) -> None:
        """Follows documents until one ends. Raises: CarrierError for what Twilio would not obey."""
        pending = list(read_twiml(document))
        for _ in range(MOST_VERBS):
            try:
                self._look_for_change()
                if not pending:
                    return
                verb = pending.pop(0)
                if isinstance(verb, Hangup):
                    return
                done = await self._do(verb)
            except _Changed:
                if self._call.ending:
                    return
                done = self._call.next_document()
            if done == _GONE:
                return
            pending = pending if done is None else list(read_twiml(done))
        raise CarrierError("The documents never end.")

    async def _do(self, verb: Verb) -> str | None:
        """A new document, None to go on, _GONE when the person hung up."""
        match verb:
            case Say(text, _):
                await self._hear(text)
            case Pause(seconds):
                await self._pass(seconds)
            case Redirect(url):
                return await self._ask(url)
            case Gather():
                return await self._gather(verb)
            case Conference():
                return await self._confer(verb)
            case Dial() | ConnectStream() | Hangup():
                raise CarrierError("A call to a contact is not led further.")
        return None

    async def _gather(self, gather: Gather) -> str | None:
        for prompt in gather.prompts:
            await self._do(prompt)
        self._questions += 1
        if self._questions > self._callee.patience:
            return _GONE
        keys = "" if self._callee.picks_up is PickUp.MACHINE or not self._keys else self._keys.pop(0)
        if not keys:
            await self._pass(gather.wait_s)
        else:
            await self._pass(self._callee.thinks_s)
            self._call.pressed.append(keys)
            keys = _collected(keys, gather)
        if not keys and not gather.asks_when_empty:
            return None
        return await self._ask(gather.action, Digits=keys)

    async def _confer(self, verb: Conference) -> str | None:
        self._call.rooms.append(verb.room)
        with self._rooms.inside(verb, self._call.sid, self._told_of_room) as room:
            joined = asyncio.create_task(room.tell_joined(self._call.sid))
            alone = [self._sleep(ALONE_S)]
            if verb.wait_url:
                alone.append(wait_alone(verb.wait_url, self._ask, self._hear, self._pass))
            try:
                await self._until(room.complete.wait(), room.over.wait(), *alone)
                if room.complete.is_set():
                    await self._until(room.over.wait(), self._sleep(self._callee.talks_s))
                left = not room.over.is_set()
            finally:
                await joined
        if left:
            return _GONE
        return await self._ask(verb.action, DialCallStatus="completed") if verb.action else None

    async def _hear(self, text: str) -> None:
        self._call.heard.append(text)
        await self._pass(len(text) / SAY_LETTERS_PER_S)

    async def _pass(self, seconds: float) -> None:
        """Raises: _Changed as soon as a REST request changes the call."""
        await self._until(self._sleep(seconds))

    async def _until(self, *happens: Awaitable[object]) -> None:
        """The first of them. Raises: _Changed."""
        waits = [asyncio.ensure_future(one) for one in (*happens, self._call.changed.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
            await asyncio.gather(*waits, return_exceptions=True)
        self._look_for_change()

    def _look_for_change(self) -> None:
        if self._call.changed.is_set():
            raise _Changed

    async def _end(self, status: str) -> None:
        self._call.status = status
        self._call.ended_at = self._now()
        await self._tell(status)

    async def _tell(self, status: str) -> None:
        """A status callback, where the request asked for that event."""
        if status != "initiated":
            self._call.status = status
        event = {"in-progress": "answered"}.get(status, status if status in ("initiated", "ringing") else "completed")
        wanted = self._call.request.get("StatusCallbackEvent", "completed").split(" ")
        if event in wanted:
            await self._told(self._call.request.get("StatusCallback", ""), status=status)

    async def _told(self, url: str, status: str = "", **also: str) -> None:
        if not url:
            return
        self._call.webhooks.append(urlsplit(url).path)
        try:
            await self._requests.post(url, self._form(status or self._call.status) | also)
        except CarrierError as wrong:
            self._call.trouble.append(wrong.what)

    async def _told_of_room(self, url: str, form: dict[str, str]) -> None:
        self._call.webhooks.append(urlsplit(url).path)
        try:
            await self._requests.post(url, {"AccountSid": self._call.account_sid} | form)
        except CarrierError as wrong:
            self._call.trouble.append(wrong.what)

    async def _ask(self, url: str, **also: str) -> str:
        address = urljoin(self._call.request.get("Url", ""), url)
        self._call.webhooks.append(urlsplit(address).path)
        return await self._requests.post(address, self._form("in-progress") | also)

    def _form(self, status: str) -> dict[str, str]:
        call = self._call
        return {
            "CallSid": call.sid,
            "AccountSid": call.account_sid,
            "ApiVersion": "2010-04-01",
            "Direction": call.direction,
            "CallStatus": status,
            "From": call.from_,
            "To": call.to,
            "Called": call.to,
            "Caller": call.from_,
        }


_GONE = "gone"


def _collected(keys: str, gather: Gather) -> str:
    """The digits that Twilio tells: up to the key that ends them, or as many as it wants."""
    if gather.finish_on:
        keys = keys.partition(gather.finish_on)[0]
    return keys[: gather.most_keys] if gather.most_keys else keys
