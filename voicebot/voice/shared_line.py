"""A caller's line that humans share with the receptionist: see voicebot.voice.live_line.LiveLine for what each may do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog

from voicebot.domain.call import EndReason
from voicebot.domain.handoff import Hint, Returned, Taker, Why
from voicebot.domain.language import Language
from voicebot.domain.speaking import Reply, Sentence
from voicebot.errors import SpeechError, SpeechTimedOut, VoicebotError
from voicebot.speech.ports import Priority, Transcriber, Voice
from voicebot.voice.bridge import Bridge
from voicebot.voice.conversation import Conversation
from voicebot.voice.desk import Desk
from voicebot.voice.headset import close_line
from voicebot.voice.human import OnTheirTelephone
from voicebot.voice.line import HowItEnded, Line
from voicebot.voice.mouth import VOICE_LIMIT_S
from voicebot.voice.overhearing import Overhearing
from voicebot.voice.shared_models import SharedModels

TALK_LIMIT_S = 4 * 3600.0
"""The longest talk of two humans; the call's own limit rests meanwhile."""
ANNOUNCED_LIMIT_S = 12.0
MOVES_LIMIT_S = 30.0
"""After the announcement, how long the carrier may take to take the caller elsewhere."""
TRIES, AGAIN_S = 3, 1.0
LAST_WORDS_S = 3.0
LAST_WORDS_WHEN_WE_HANG_UP_S = 1.0
"""Somebody waits in silence until the line is closed."""

log = structlog.get_logger()


class SharedLine:
    """One call's, from before the greeting until the end; afterwards its methods do nothing.

    A second `join` while somebody talks closes that headset and returns NOT_CONNECTED.
    """

    def __init__(
        self,
        conversation: Conversation,
        desk: Desk,
        ears: Transcriber,
        voices: Callable[[Language], Voice],
        models: SharedModels,
    ) -> None:
        self._conversation = conversation
        self._desk = desk
        self._ears = ears
        self._voices = voices
        self._models = models
        self._bridge: Bridge | None = None
        self._taker: Taker | None = None
        self._returned: Returned | None = None
        self._talk: asyncio.Task[Why] | None = None
        self._moving: tuple[str, Taker] | None = None
        self._overheard: set[asyncio.Task[None]] = set()
        self._ended = False

    @property
    def speaking(self) -> bool:
        return not self._ended and self._conversation.mouth.busy

    @property
    def joined(self) -> Taker | None:
        return self._taker if self._bridge else None

    @property
    def listeners(self) -> int:
        return self._conversation.listeners.count

    # In the browser

    async def join(self, headset: Line, taker: Taker, handoff: str) -> Why:
        if self._ended or self._talk is not None:
            await close_line(headset)
            return Why.CALLER_HUNG_UP if self._ended else Why.NOT_CONNECTED
        talk = self._talk = self._conversation.tasks.start(self._talk_of(headset, taker, handoff))
        talk.add_done_callback(self._talk_is_over)
        try:
            return await asyncio.shield(talk)
        except asyncio.CancelledError:
            # Whoever waited for the talk is gone, the headset's websocket with it; or the call ended under it.
            if self._bridge:
                self._bridge.end(Why.AGENT_LOST)
            if talk.cancelled():
                return Why.CALLER_HUNG_UP
            raise

    def _talk_is_over(self, _talk: asyncio.Task[Why]) -> None:
        self._talk = None

    async def listen(self, headset: Line) -> None:
        if self._ended:
            await close_line(headset)
            return
        await self._conversation.listeners.listen(headset)

    async def part(self, returned: Returned) -> None:
        talk = self._talk
        if self._bridge and talk:
            self._returned = returned
            self._bridge.end(Why.GIVEN_BACK)
            await asyncio.wait([talk])
        elif self._moving:
            await self._come_back(returned)

    async def hold(self, *, on: bool) -> None:
        if self._bridge:
            self._bridge.hold(on=on)

    async def hang_up(self) -> None:
        if self._ended:
            return
        if self._bridge:
            self._bridge.end(Why.AGENT_HUNG_UP)
        self._conversation.hang_up(EndReason.HANDLED)

    async def hint(self, hint: Hint) -> None:
        """Raises: HandoffRefused (busy) when too many wait."""
        if not self._ended:
            self._conversation.hint(hint)

    # By telephone

    async def announce(self, taker: Taker, handoff: str) -> None:
        if self._ended or self._talk is not None or self._moving is not None:
            return
        self._moving = (handoff, taker)
        await self._conversation.hand_over(OnTheirTelephone())
        reply = await self._saved(taker, handoff, lambda: self._ended)
        if reply:
            saying = self._conversation.tasks.start(self._say_anyway(reply))
            await asyncio.wait([saying], timeout=ANNOUNCED_LIMIT_S)
        self._conversation.tasks.start(self._until_moved(handoff, taker))

    async def _say_anyway(self, reply: Reply) -> None:
        await self._conversation.mouth.speak(reply.sentences, anyway=True)

    async def _until_moved(self, handoff: str, taker: Taker) -> None:
        await asyncio.sleep(MOVES_LIMIT_S)
        if self._moving == (handoff, taker):
            await self._come_back(Returned(Why.NOT_CONNECTED, taker))

    async def _come_back(self, returned: Returned) -> None:
        if self._moving is None:
            return
        handoff, _ = self._moving
        self._moving = None
        await self._conversation.take_back(lambda: self._desk.take_back(handoff, returned))

    # The end of the call

    async def close(self, how: HowItEnded) -> None:
        """The call is over: nobody talks, nobody listens, and what was being said is written down."""
        self._ended = True
        self._conversation.listeners.close()
        if self._bridge:
            self._bridge.end(Why.CALLER_HUNG_UP)
        if self._talk:
            await asyncio.wait([self._talk])
        if self._overheard:
            limit_s = LAST_WORDS_WHEN_WE_HANG_UP_S if how is HowItEnded.HUNG_UP else LAST_WORDS_S
            await asyncio.wait(set(self._overheard), timeout=limit_s)

    # Inside

    async def _talk_of(self, headset: Line, taker: Taker, handoff: str) -> Why:
        bridge = self._bridge = self._new_bridge(headset)
        self._taker, self._returned = taker, None
        bridge.begin()
        why = Why.AGENT_LOST
        telling: asyncio.Task[None] | None = None
        try:
            await self._conversation.hand_over(bridge)
            bridge.open()
            telling = self._conversation.tasks.start(self._announce_over(bridge, taker, handoff))
            why = await self._over(bridge)
        finally:
            bridge.end(why)
            self._bridge = None
            await bridge.fall_silent()
            closing = self._conversation.tasks.start(bridge.close())
        if telling:
            # What was begun to be saved is saved before anything else is.
            await asyncio.wait([telling])
        if not self._ended and why in (Why.AGENT_LOST, Why.GIVEN_BACK):
            back = self._returned or Returned(why, taker)
            await self._conversation.take_back(lambda: self._desk.take_back(handoff, back))
        await asyncio.wait([closing])
        return why

    def _new_bridge(self, headset: Line) -> Bridge:
        conversation = self._conversation
        overhearing = Overhearing(self._ears, self._desk, conversation.clerk, self._models.new_detector)
        overheard = conversation.tasks.start(overhearing.run())
        self._overheard.add(overheard)
        overheard.add_done_callback(self._overheard.discard)
        return Bridge(
            headset, conversation.to_caller, conversation.tape, overhearing, conversation.now_ms, conversation.notes.played
        )

    async def _over(self, bridge: Bridge) -> Why:
        done, _ = await asyncio.wait([bridge.over], timeout=TALK_LIMIT_S)
        if not done:
            log.warning("talk_too_long", limit_s=TALK_LIMIT_S)
            self._conversation.hang_up(EndReason.HANDLED)
            return Why.AGENT_HUNG_UP
        return bridge.over.result()

    async def _announce_over(self, bridge: Bridge, taker: Taker, handoff: str) -> None:
        reply = await self._saved(taker, handoff, bridge.over.done)
        bridge.announce(reply.sentences if reply else ())
        making = self._conversation.tasks.start(self._voice_all(bridge, reply.sentences if reply else ()))
        await asyncio.wait([making, bridge.over], return_when=asyncio.FIRST_COMPLETED)
        making.cancel()

    async def _voice_all(self, bridge: Bridge, sentences: Sequence[Sentence]) -> None:
        for sentence in sentences:
            try:
                async with asyncio.timeout(VOICE_LIMIT_S):
                    voice = self._voices(sentence.language)
                    bridge.lay(sentence, await voice.say(sentence.text, fixed=sentence.fixed, priority=Priority.TURN))
            except TimeoutError:
                self._conversation.notes.trouble(SpeechTimedOut("A voice did not announce an agent in time."))
            except SpeechError as wrong:
                self._conversation.notes.trouble(wrong)

    async def _saved(self, taker: Taker, handoff: str, over: Callable[[], bool]) -> Reply | None:
        """Who has the caller, saved; a talk is never ended because that failed."""
        for _ in range(TRIES):
            try:
                return await self._conversation.clerk.write(lambda: self._desk.announce(handoff, taker))
            except VoicebotError as wrong:
                self._conversation.notes.trouble(wrong)
                if over():
                    break
                await asyncio.sleep(AGAIN_S)
        return None
