"""One call's conversation: what turn taking says becomes words, answers, voice, patience, and at last an end."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import structlog
from pipecat.frames.frames import Frame

from voicebot.domain.call import EndReason, RecordingState
from voicebot.domain.handoff import Hint
from voicebot.domain.language import Language
from voicebot.domain.speaking import Reply, Then
from voicebot.errors import VoicebotError
from voicebot.speech.ports import Pcm, Transcriber, Voice
from voicebot.voice.answering import Answering
from voicebot.voice.call_tape import CallTape, Tape
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.echo import EchoCancelling, HeardByCaller
from voicebot.voice.hearing import Hearing
from voicebot.voice.human import Human
from voicebot.voice.line import HowItEnded, Opening
from voicebot.voice.listeners import Listeners
from voicebot.voice.listening import Listening
from voicebot.voice.measures import Levels
from voicebot.voice.mouth import Mouth
from voicebot.voice.news import News, Source
from voicebot.voice.notes import Notes
from voicebot.voice.owned_tasks import OwnedTasks
from voicebot.voice.patience import Patience
from voicebot.voice.shared_models import SharedModels
from voicebot.voice.speaking import Speaking
from voicebot.voice.to_caller import ToCaller
from voicebot.voice.turn_signals import (
    AsideDropped,
    BargeIn,
    Floor,
    GoOn,
    Hesitate,
    Look,
    Peek,
    Signal,
    SpeechResumed,
    SpeechStarted,
    TurnEnded,
)
from voicebot.voice.turn_taking import TurnTaking
from voicebot.voice.voice_activity import VoiceActivity
from voicebot.voice.wordless import Wordless

log = structlog.get_logger()

TICK_S = 0.1
LAST_WORDS_S = 5.0
"""Time for what was being said when the line ended."""
MISSING_MS = 300


class Conversation:
    """One call on one line.

    Args:
        send: puts a frame on the line; never raises, a broken line comes back through `line_ended`.
        offset_ms: how old the call was when this line opened.
        on_level: told about ten times a second of the levels (rms, 0-1) of the caller and of the receptionist.
        news: how the people on call and the queue stand, whenever that changes; told when nobody speaks.
    """

    def __init__(
        self,
        send: Callable[[Frame], Awaitable[None]],
        receptionist: Desk,
        ears: Transcriber,
        voices: Callable[[Language], Voice],
        models: SharedModels,
        tape: Tape | None,
        opening: Opening,
        stream_id: str,
        *,
        marks: bool = True,
        offset_ms: int = 0,
        on_level: Callable[[float, float], None] | None = None,
        news: Source | None = None,
    ) -> None:
        self._desk = receptionist
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._offset_ms = offset_ms
        self._opening = opening
        self._stream_id = stream_id
        self._levels = Levels(on_level)
        self.tape = CallTape(tape, lambda: receptionist.call.recording is RecordingState.REFUSED)
        self.tasks = OwnedTasks(f"call-{stream_id}")
        self.clerk = Clerk()
        self.notes = Notes(receptionist, self.clerk, stream_id)
        self._patience = Patience()
        self._turn_taking = TurnTaking()
        self._turn_taking.give_floor(Floor.RESERVED)
        self._hearing = Hearing(VoiceActivity(models.new_detector()), self._turn_taking, self._act)
        self._audio_zero_ms: int | None = None
        self._fed_s = self._began_s
        self.listeners = Listeners(self.now_ms)
        heard_by_caller = HeardByCaller(self.now_ms)
        self._echo = EchoCancelling(heard_by_caller, self.now_ms, models.new_detector, models.new_canceller)
        self.to_caller = ToCaller(send, self.now_ms, self._waits_in_queue, lambda: (self.listeners, heard_by_caller))
        self.mouth = Mouth(
            self.to_caller.write, voices, self.now_ms, self.tape, self.notes.played, self.notes.trouble, marks=marks
        )
        self._speaking = Speaking(self.mouth, receptionist)
        self._listening = Listening(
            ears,
            receptionist,
            self._hearing,
            self._turn_taking,
            models.finished,
            self._act,
            self.tasks.start,
            lambda: self._audio_zero_ms or 0,
            lambda: self._speaking.leaving,
        )
        self._news = News(news, receptionist, self.clerk, self.notes, self._speaking, self._is_quiet, self._say)
        self._answering = Answering(
            receptionist,
            self.clerk,
            self.notes,
            self._listening,
            self._turn_taking,
            self._speaking,
            self._patience,
            self.tasks.start,
            self._say,
            self._nothing_was_said,
            self._loop.time,
        )
        self._wordless = Wordless(
            receptionist,
            self.clerk,
            self.notes,
            self._speaking,
            self._patience,
            self.tasks.start,
            self._say,
            self._answering.count,
        )
        self._human: Human | None = None
        self._ending: EndReason | None = None
        self._leave = False
        self._ended: asyncio.Future[HowItEnded] = self._loop.create_future()

    # The line

    def begin(self) -> None:
        """Pick up, and begin to watch the time."""
        self.tasks.start(self.clerk.run())
        self.tasks.start(self._open())
        self.tasks.start(self._watch())
        self.tasks.start(self._news.read_all())
        self.tasks.start(self._news.tell_all())
        self.tasks.start(self.to_caller.hold_when_due())

    def hear(self, pcm: Pcm) -> None:
        """Audio of the caller: int16 mono, 8 kHz, any length."""
        self._fed_s = self._loop.time()
        if self._audio_zero_ms is None:
            self._audio_zero_ms = int(self.now_ms())
        at_ms = self._audio_zero_ms + self._hearing.now_ms
        human = self._human
        if human is not None:
            human.hear(pcm, at_ms)
            self._hearing.pass_by(pcm)
        self.tape.caller(pcm, at_ms)
        self.listeners.hear_caller(pcm)
        if human is None:
            self._update_floor()
            self._hearing.feed(self._echo.without_echo(pcm))
        self._levels.tell(pcm, human.playing() if human else self.mouth.playing(), self._fed_s)

    def press(self, key: str) -> None:
        """A key of the caller's keypad: 0-9 * #."""
        if self._human is not None:
            self._human.press(key)
            return
        self._patience.press(self._loop.time())
        self.tasks.start(self._wordless.press(key))

    def mark_played(self, mark: str) -> None:
        self.mouth.acknowledge(mark)

    def line_ended(self, how: HowItEnded) -> None:
        """The carrier stopped the stream or the websocket broke."""
        if how is HowItEnded.CALLER_HUNG_UP and self._human is not None and self._human.moves:
            how = HowItEnded.LINE_LOST
        if not self._ended.done():
            self._ended.set_result(how)

    def hang_up(self, ending: EndReason) -> None:
        """A human ends the call."""
        self._ending = ending
        self.line_ended(HowItEnded.HUNG_UP)

    async def until_ended(self) -> HowItEnded:
        return await asyncio.shield(self._ended)

    async def close(self, how: HowItEnded) -> None:
        """Keep what was being said, note what was played, tell the receptionist how it ended, leave no task."""
        await self._speaking.close()
        try:
            async with asyncio.timeout(LAST_WORDS_S):
                await self._last_words(how)
        except TimeoutError:
            log.warning("last_words_lost", stream=self._stream_id)
        await self.tasks.close()
        last = self._speaking.reply
        await self.notes.end(how, self._ending or (last.ending if last else None))

    def now_ms(self) -> float:
        """ms since the call's start."""
        return (self._loop.time() - self._began_s) * 1000 + self._offset_ms

    # Humans

    async def hand_over(self, human: Human) -> None:
        """The caller's sound and keys are `human`'s from now on; returns once the receptionist is silent and cleared."""
        self._human = human
        self.mouth.silenced = True
        self._leave = False
        self._patience.stop()
        self._patience.keys_are_done()
        self._listening.drop()
        self._turn_taking.forget()
        self._answering.void()
        await self.mouth.stop()

    async def take_back(self, work: Callable[[], Awaitable[Reply]]) -> None:
        """The receptionist hears the caller again, and begins with what `work` saves; returns when that was saved."""
        self._human = None
        self.mouth.silenced = False
        reply = await self._wordless.ask(work)
        if reply:
            self.tasks.start(self._say(reply))

    async def ask(self, work: Callable[[], Awaitable[Reply | None]]) -> Reply | None:
        """What the receptionist says to something that happened; a spare sentence when that cannot be saved."""
        return await self._wordless.ask(work)

    def hint(self, hint: Hint) -> None:
        """Told when nobody speaks. Raises: HandoffRefused (busy)."""
        self._news.hint(hint)

    # Turns

    def _act(self, signals: list[Signal]) -> None:
        for signal in signals:
            match signal:
                case SpeechStarted():
                    self._listening.begin(self._answering.goes_on(signal.at_ms))
                case Peek():
                    self._listening.peek(signal)
                case Look():
                    self._listening.look(signal)
                case SpeechResumed():
                    # Whatever was begun for the pause is void.
                    self._listening.resume()
                    self._answering.void()
                case Hesitate():
                    self.tasks.start(self.mouth.hesitate())
                case GoOn():
                    self.mouth.go_on()
                case BargeIn():
                    self.tasks.start(self._barge_in())
                case TurnEnded():
                    self._answering.begin(signal)
                case AsideDropped():
                    self._listening.drop()
                    self._nothing_was_said()

    def _nothing_was_said(self) -> None:
        """A noise. What it interrupted is said again; what was being waited for goes on being waited for."""
        self._turn_taking.forget()
        if self.mouth.busy:
            return
        again = self._speaking.interrupted()
        if again:
            self.tasks.start(self._say(again))
        elif self._speaking.leaving:
            self._leave = True
        elif self._speaking.reply is not None:
            self._patience.nothing_was_said(self._loop.time())

    # Speaking

    async def _open(self) -> None:
        try:
            if self._opening is Opening.PICK_UP:
                reply = await self.clerk.write(self._desk.pick_up)
                self.notes.line()
            else:
                reply = await self.clerk.write(self._desk.resume)
        except VoicebotError as wrong:
            self.notes.trouble(wrong)
            reply = self._speaking.spare()
        self._speaking.opened = True
        self.tasks.start(self.mouth.fallback.prepare(self._desk.call.language))
        await self._say(reply)

    async def _say(self, reply: Reply, on_first_sound: Callable[[], None] | None = None) -> None:
        """Speak a reply to its end, then listen or hang up."""
        self._patience.stop()
        self._leave = False
        if not await self._speaking.say(reply, on_first_sound):
            return
        if reply.then is Then.HANG_UP:
            self._leave = True
        else:
            self._patience.begin(self._loop.time())
        self._update_floor()
        self._leave_if_due()

    async def _barge_in(self) -> None:
        must_be_heard = await self._speaking.stop()
        self._update_floor()
        if must_be_heard:
            await self._say(must_be_heard)

    def _update_floor(self) -> None:
        self._act(self._turn_taking.give_floor(self._speaking.floor()))

    # Keys, silence, time

    async def _watch(self) -> None:
        """Deadlines of the call, ten times a second."""
        last_s = self._loop.time()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = self._loop.time()
            missing_ms = int((now_s - self._fed_s) * 1000)
            # After a stall of the loop the missing audio is in the socket, not lost.
            if missing_ms >= MISSING_MS and now_s - last_s < 2 * TICK_S and self._audio_zero_ms is not None:
                self._fed_s = now_s
                self._update_floor()
                self._hearing.fill(missing_ms)
            if self._human is not None or self._desk.call.handover.to is not None:
                self._wordless.rested_s += now_s - last_s
            last_s = now_s
            if self.mouth.hesitating and not self._turn_taking.turn_is_open:
                self.mouth.go_on()
            self._leave_if_due()
            if self._human is None:
                self._wordless.watch(now_s, quiet=self._is_quiet())

    def _is_quiet(self) -> bool:
        """Nobody speaks, and nothing that the caller said or typed is being answered."""
        typing = self._patience.keys_since_s is not None or self._human is not None
        return not (self._turn_taking.turn_is_open or self.mouth.busy or self._answering.going_on or typing)

    def _waits_in_queue(self) -> bool:
        return self._desk.call.handover.to is not None and self._speaking.opened and self._is_quiet()

    # The end

    def _leave_if_due(self) -> None:
        """Hang up once the goodbye was played, unless the caller is saying something."""
        if not self._leave or self._ended.done() or self.mouth.busy:
            return
        if self._wordless.time_is_up or not (self._turn_taking.turn_is_open or self._answering.uncommitted):
            self._ended.set_result(HowItEnded.HUNG_UP)

    async def _last_words(self, how: HowItEnded) -> None:
        """What the caller was saying when the line ended is still understood and kept."""
        if how is HowItEnded.HUNG_UP or not self._speaking.opened:
            return
        await self._answering.last_words()
