"""Twilio's side of a call, in real time over real sockets: webhooks, TwiML, media streams, status callbacks."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import httpx
import numpy as np

from voicebot.errors import BadMediaMessage, CarrierError
from voicebot.quality.carried_call import (
    FRAME_MS,
    FRAME_SAMPLES,
    CallToPlace,
    CarriedCall,
    Ending,
    Person,
    PlayedMark,
    VerbDone,
)
from voicebot.quality.carrier_webhooks import WEBHOOK_LIMIT_S, Webhooks
from voicebot.quality.earpiece import Earpiece
from voicebot.quality.frame_clock import FrameClock
from voicebot.quality.media_stream import MediaStream
from voicebot.quality.synthetic_twilio_books import RestLine
from voicebot.quality.synthetic_twilio_rooms import SAY_LETTERS_PER_S, wait_alone
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
from voicebot.speech.ports import Pcm

LEAVING_LIMIT_S = 5.0
MOST_VERBS = 50


@dataclass(frozen=True, slots=True)
class SyntheticCarrier:
    """A carrier in front of one server.

    voice_url: the voice webhook. status_url: the call status callback, "" for none.
    auth_token: signs what we send; "" leaves it unsigned.
    webhook_patience_s: how long an unreachable webhook is tried again: a load balancer in front of several processes.
    dial_answered: whether people who are dialled pick up. call_limit_s: longest call.
    """

    voice_url: str
    status_url: str = ""
    auth_token: str = ""
    webhook_patience_s: float = 0.0
    dial_answered: bool = True
    call_limit_s: float = 300.0
    rest: RestLine | None = None
    """Through it the REST API of a SyntheticTwilio leads the call elsewhere or ends it; for one call."""
    network: Callable[[Pcm], Sequence[Pcm]] | None = None
    """Between telephone and carrier, for one call: told each frame that is said, gives those that arrive at that moment."""

    async def carry(self, call: CallToPlace, person: Person) -> CarriedCall:
        """Places call and lets person live on it until someone hangs up. Never raises for what the server does."""
        placed_at = time.perf_counter()
        async with httpx.AsyncClient(timeout=WEBHOOK_LIMIT_S, trust_env=False) as http:
            webhooks = Webhooks(http, call, self.voice_url, self.auth_token, self.webhook_patience_s)
            leg = _Leg(self, call, person, webhooks)
            try:
                document = await leg.webhooks.ask(self.voice_url)
            except CarrierError as wrong:
                return CarriedCall(_nothing(), _nothing(), Ending.CARRIER_ERROR, trouble=(wrong.what,))
            rang_ms = (time.perf_counter() - placed_at) * 1000
            if self.rest is not None:
                self.rest.call.status = "in-progress"
            ending = await leg.last(document)
            if self.rest is not None:
                self.rest.call.status = "completed"
            await leg.webhooks.tell(self.status_url, CallStatus="completed", CallDuration=str(round(leg.now_ms / 1000)))
            return replace(leg.carried(ending), rang_ms=rang_ms)


@dataclass
class _Leg:
    """One call while it lasts."""

    carrier: SyntheticCarrier
    call: CallToPlace
    person: Person
    webhooks: Webhooks
    stream: MediaStream | None = None
    earpiece: Earpiece = field(default_factory=Earpiece)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    said: list[Pcm] = field(default_factory=list)
    heard: list[Pcm] = field(default_factory=list)
    late_ms: list[float] = field(default_factory=list)
    marks: list[PlayedMark] = field(default_factory=list)
    verbs: list[VerbDone] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    streams: int = 0
    clears: int = 0

    @property
    def now_ms(self) -> float:
        return len(self.said) * float(FRAME_MS)

    def carried(self, ending: Ending) -> CarriedCall:
        return CarriedCall(
            caller=np.concatenate(self.said) if self.said else _nothing(),
            receptionist=np.concatenate(self.heard) if self.heard else _nothing(),
            ending=ending,
            marks=tuple(self.marks),
            verbs=tuple(self.verbs),
            streams=self.streams,
            clears=self.clears,
            late_ms_p99=float(np.percentile(self.late_ms, 99)) if self.late_ms else 0.0,
            trouble=(*self.trouble, *self.webhooks.trouble),
        )

    async def last(self, document: str) -> Ending:
        """Lives through the call: the clock and the verbs side by side, until one of them ends it."""
        clock = asyncio.create_task(self._live())
        verbs = asyncio.create_task(self._obey(document))
        try:
            limit_s = self.carrier.call_limit_s
            await asyncio.wait({clock, verbs}, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
            if verbs.done():
                return verbs.result()
            if clock.done():
                clock.result()
            await self._leave()
            await asyncio.wait({verbs}, timeout=LEAVING_LIMIT_S)
            return Ending.HUNG_UP_BY_CALLER if clock.done() else Ending.TIME_LIMIT
        finally:
            for task in (clock, verbs):
                task.cancel()
            await asyncio.gather(clock, verbs, return_exceptions=True)

    async def _leave(self) -> None:
        """The caller hangs up: the stream is stopped in order and its status told."""
        self.hung_up.set()
        if self.stream is not None:
            await self.stream.stop()

    async def _live(self) -> None:
        """20 ms after 20 ms; returns when the person hangs up.

        What was said in one frame leaves when the frame is over, as from a telephone.
        """
        clock = FrameClock(asyncio.get_running_loop().time)
        self.late_ms = clock.late_ms
        while True:
            await clock.beat()
            stream = self.stream
            if stream is not None and self.said:
                for frame in self.carrier.network(self.said[-1]) if self.carrier.network else (self.said[-1],):
                    stream.say(frame)
            if self._pass_frame(stream):
                return

    def _pass_frame(self, stream: MediaStream | None) -> bool:
        """One frame of hearing and living. True: the person hung up."""
        heard = self.earpiece.play(FRAME_SAMPLES)
        for name in heard.marks:
            self.marks.append(PlayedMark(name, self.now_ms))
            if stream is not None:
                stream.played(name)
        moment = self.person.live(heard.pcm)
        if stream is not None:
            self.marks += [PlayedMark(name, self.now_ms, cleared=True) for name in stream.cleared]
            stream.cleared.clear()
            for key in moment.keys:
                stream.press(key)
            if moment.breaks_line:
                stream.break_off()
        self.heard.append(heard.pcm)
        self.said.append(moment.said)
        return moment.hangs_up

    async def _obey(self, document: str) -> Ending:
        """Follows the document, and those that it leads to, to the end of the call."""
        try:
            pending = list(read_twiml(document))
            for _ in range(MOST_VERBS):
                if not pending:
                    return Ending.HUNG_UP_BY_US
                verb = pending.pop(0)
                self.verbs.append(VerbDone(self.now_ms, verb))
                done = await (self._do(verb) if self.carrier.rest is None else self._do_unless_led(verb, self.carrier.rest))
                if self.hung_up.is_set():
                    return Ending.HUNG_UP_BY_CALLER
                if isinstance(done, Ending):
                    return done
                pending = pending if done is None else list(read_twiml(done))
        except CarrierError as wrong:
            self.trouble.append(wrong.what)
            return Ending.CARRIER_ERROR
        self.trouble.append("The documents never end.")
        return Ending.CARRIER_ERROR

    async def _do_unless_led(self, verb: Verb, rest: RestLine) -> Ending | str | None:
        """As _do, until a REST request puts another document in the place of this one: then a stream is stopped in order."""
        doing = asyncio.create_task(self._do(verb))
        changed = asyncio.create_task(rest.call.changed.wait())
        try:
            await asyncio.wait({doing, changed}, return_when=asyncio.FIRST_COMPLETED)
            if not changed.done():
                return doing.result()
            if self.stream is not None:
                await self.stream.stop()
            else:
                doing.cancel()
            await asyncio.gather(doing, return_exceptions=True)
            return Ending.HUNG_UP_BY_US if rest.call.ending else rest.call.next_document()
        finally:
            for task in (doing, changed):
                task.cancel()
            await asyncio.gather(doing, changed, return_exceptions=True)

    async def _do(self, verb: Verb) -> Ending | str | None:
        """An ending, a new document, or None: go on."""
        match verb:
            case ConnectStream():
                await self._stream(verb)
            case Redirect(url):
                return await self.webhooks.ask(url)
            case Dial(_, action):
                if action:
                    status = "completed" if self.carrier.dial_answered else "no-answer"
                    document = await self.webhooks.ask(action, DialCallStatus=status)
                    return Ending.PUT_THROUGH if self.carrier.dial_answered else document
                return Ending.PUT_THROUGH if self.carrier.dial_answered else None
            case Pause(seconds):
                await asyncio.sleep(seconds)
            case Hangup():
                return Ending.HUNG_UP_BY_US
            case Conference():
                return await self._confer(verb)
            case Say() | Gather():
                pass
        return None

    async def _confer(self, verb: Conference) -> str | None:
        """In the room until somebody closes it; the person goes on living, and may hang up."""
        rest = self.carrier.rest
        if rest is None:
            raise CarrierError("A <Conference> needs a SyntheticTwilio.")
        with rest.rooms.inside(verb, self.call.call_sid, lambda url, form: self.webhooks.tell(url, **form)) as room:
            rest.call.rooms.append(verb.room)
            joined = asyncio.create_task(room.tell_joined(self.call.call_sid))
            waiting = asyncio.create_task(self._wait_alone(verb.wait_url))
            ends = [asyncio.create_task(event.wait()) for event in (room.over, self.hung_up)]
            complete = asyncio.create_task(room.complete.wait())
            try:
                await asyncio.wait({complete, *ends}, return_when=asyncio.FIRST_COMPLETED)
                waiting.cancel()
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for task in (waiting, complete, *ends):
                    task.cancel()
                await asyncio.gather(joined, waiting, complete, *ends, return_exceptions=True)
        return await self.webhooks.ask(verb.action, DialCallStatus="completed") if verb.action else None

    async def _wait_alone(self, url: str) -> None:
        async def hear(text: str) -> None:
            await asyncio.sleep(len(text) / SAY_LETTERS_PER_S)

        if url:
            await wait_alone(url, self.webhooks.ask, hear, asyncio.sleep)

    async def _stream(self, verb: ConnectStream) -> None:
        """One media stream from its handshake to its end; its status is told at both."""
        try:
            stream = await MediaStream.open(verb, self.call, self.earpiece, self.webhooks.signed(verb.url, {}))
        except CarrierError as wrong:
            self.trouble.append(wrong.what)
            await self.webhooks.tell(verb.status_callback, StreamEvent="stream-error", StreamError="31920")
            return
        self.stream = stream
        self.streams += 1
        telling = asyncio.create_task(
            self.webhooks.tell(verb.status_callback, StreamEvent="stream-started", StreamSid=stream.sid)
        )
        try:
            await stream.run()
        except BadMediaMessage as wrong:
            self.trouble.append(wrong.what)
            await stream.websocket.close(1003)
        finally:
            await telling
            self.stream = None
            self.clears += stream.clears
            # What was queued when the stream closed is never heard.
            self.earpiece.clear()
        in_order = self.hung_up.is_set() or stream.websocket.close_code == 1000
        event = "stream-stopped" if in_order else "stream-error"
        await self.webhooks.tell(verb.status_callback, StreamEvent=event, StreamSid=stream.sid)


def _nothing() -> Pcm:
    return np.zeros(0, np.int16)
