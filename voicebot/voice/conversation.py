"""One call's conversation: what turn taking says becomes words, answers, voice, patience, and at last an end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog
from pipecat.frames.frames import Frame

from voicebot.domain.call import RecordingState
from voicebot.domain.ladder import Ladder
from voicebot.domain.language import Language
from voicebot.domain.speaking import Heard, Reply, Then
from voicebot.errors import SpeechError, VoicebotError
from voicebot.speech.ports import Pcm, Transcriber, Voice
from voicebot.voice.call_tape import CallTape, Tape
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.hearing import Hearing
from voicebot.voice.line import HowItEnded, Opening
from voicebot.voice.listening import Guess, Listening
from voicebot.voice.measures import Levels, StopWatch
from voicebot.voice.mouth import Mouth
from voicebot.voice.news import News
from voicebot.voice.notes import Notes
from voicebot.voice.owned_tasks import OwnedTasks
from voicebot.voice.patience import Patience
from voicebot.voice.shared_models import SharedModels
from voicebot.voice.speaking import Speaking
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

log = structlog.get_logger()

TICK_S = 0.1
GOES_ON_MS = 1500
"""Words that begin this soon after a turn's end, over its answer, go on with that turn."""
UNINTELLIGIBLE_MS = 900
"""Voice without words that is no noise any more: the caller is asked to say it again."""
LAST_WORDS_S = 5.0
"""Time for what was being said when the line ended."""
MISSING_MS = 300


class Conversation:
    """One call on one line.

    Args:
        send: puts a frame on the line; never raises, a broken line comes back through `line_ended`.
        offset_ms: how old the call was when this line opened.
        on_level: told about ten times a second of the levels (rms, 0-1) of the caller and of the receptionist.
        news: how the people on call stand, whenever that changes; told when nobody speaks.
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
        news: AsyncIterator[Ladder] | None = None,
    ) -> None:
        self._desk = receptionist
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._offset_ms = offset_ms
        self._opening = opening
        self._stream_id = stream_id
        self._levels = Levels(on_level)
        self._tape = CallTape(tape, lambda: receptionist.call.recording is RecordingState.REFUSED)
        self._tasks = OwnedTasks(f"call-{stream_id}")
        self._clerk = Clerk()
        self._notes = Notes(receptionist, self._clerk, stream_id)
        self._patience = Patience()
        self._turn_taking = TurnTaking()
        self._turn_taking.give_floor(Floor.RESERVED)
        self._hearing = Hearing(VoiceActivity(models.new_detector()), self._turn_taking, self._act)
        self._audio_zero_ms: int | None = None
        self._fed_s = self._began_s
        self.mouth = Mouth(send, voices, self.now_ms, self._tape, self._notes.played, self._notes.trouble, marks=marks)
        self._speaking = Speaking(self.mouth, receptionist)
        self._listening = Listening(
            ears,
            receptionist,
            self._hearing,
            self._turn_taking,
            models.finished,
            self._act,
            self._tasks.start,
            lambda: self._audio_zero_ms or 0,
            lambda: self._speaking.leaving,
        )
        self._news = News(news, receptionist, self._clerk, self._notes, self._speaking, self._is_quiet, self._say)
        self._answering: asyncio.Task[None] | None = None
        self._uncommitted: asyncio.Task[None] | None = None
        self._turns = 0
        self._last: tuple[Heard, TurnEnded] | None = None
        self._key_order = asyncio.Lock()
        self._leave = False
        self._time_is_up = False
        self._ended: asyncio.Future[HowItEnded] = self._loop.create_future()

    # The line

    def begin(self) -> None:
        """Pick up, and begin to watch the time."""
        self._tasks.start(self._clerk.run())
        self._tasks.start(self._open())
        self._tasks.start(self._watch())
        self._tasks.start(self._news.tell_all())

    def hear(self, pcm: Pcm) -> None:
        """Audio of the caller: int16 mono, 8 kHz, any length."""
        self._fed_s = self._loop.time()
        if self._audio_zero_ms is None:
            self._audio_zero_ms = int(self.now_ms())
        self._tape.caller(pcm, self._audio_zero_ms + self._hearing.now_ms)
        self._update_floor()
        self._hearing.feed(pcm)
        self._levels.tell(pcm, self.mouth.playing(), self._fed_s)

    def press(self, key: str) -> None:
        """A key of the caller's keypad: 0-9 * #."""
        self._patience.press(self._loop.time())
        self._tasks.start(self._press(key))

    def mark_played(self, mark: str) -> None:
        self.mouth.acknowledge(mark)

    def line_ended(self, how: HowItEnded) -> None:
        """The carrier stopped the stream or the websocket broke."""
        if not self._ended.done():
            self._ended.set_result(how)

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
        await self._tasks.close()
        await self._notes.end(how, self._speaking.reply)

    def now_ms(self) -> float:
        """ms since the call's start."""
        return (self._loop.time() - self._began_s) * 1000 + self._offset_ms

    # Turns

    def _act(self, signals: list[Signal]) -> None:
        for signal in signals:
            match signal:
                case SpeechStarted():
                    self._listening.begin(self._goes_on(signal.at_ms))
                case Peek():
                    self._listening.peek(signal)
                case Look():
                    self._listening.look(signal)
                case SpeechResumed():
                    self._resume_turn()
                case Hesitate():
                    self._tasks.start(self.mouth.hesitate())
                case GoOn():
                    self.mouth.go_on()
                case BargeIn():
                    self._tasks.start(self._barge_in())
                case TurnEnded():
                    guess = self._listening.take(signal)
                    self._turns += 1
                    self._uncommitted = self._tasks.start(self._take_turn(signal, guess, self._turns))
                    self._answering = self._uncommitted
                case AsideDropped():
                    self._listening.drop()
                    self._nothing_was_said()

    def _goes_on(self, started_ms: int) -> Heard | None:
        """What the caller had said, when words over its answer go on with it."""
        if self._last is None or not self.mouth.busy or self._speaking.leaving:
            return None
        heard, ended = self._last
        late = started_ms - ended.ended_ms > GOES_ON_MS
        return None if heard.cut or late or self._turn_taking.floor in (Floor.YIELDING, Floor.RESERVED) else heard

    def _resume_turn(self) -> None:
        """The caller goes on before the answer is committed: whatever was begun for the pause is void."""
        self._listening.resume()
        if self._uncommitted:
            self._uncommitted.cancel()
            self._uncommitted = None

    async def _take_turn(self, ended: TurnEnded, guess: Guess | None, number: int) -> None:
        """Words, their meaning, the committed answer, and the voice; cancelled if the caller goes on before the commit."""
        watch = StopWatch(self._loop.time)
        try:
            heard = await self._listening.words(ended, guess)
        except SpeechError as wrong:
            self._notes.trouble(wrong)
            heard = self._listening.unheard(ended)
        else:
            if not heard.text and (ended.over_voice or ended.voiced_ms < UNINTELLIGIBLE_MS):
                self._uncommitted = None
                self._nothing_was_said()
                return
        ears_ms = watch.lap_ms()
        await self._listening.be_patient(ended, heard)
        try:
            reading = await (guess.reading if guess and guess.reading else self._desk.read(heard))
            understanding_ms = watch.lap_ms()
            self._commit()
            self._last = (heard, ended)
            reply = await self._clerk.write(lambda: self._desk.answer(heard, reading))
        except VoicebotError as wrong:
            self._notes.trouble(wrong)
            self._commit()
            await self._say(self._speaking.spare())
            return
        parts = {
            "endpoint": ended.at_ms - ended.ended_ms,
            "ears": ears_ms,
            "understanding": understanding_ms,
            "policy": watch.lap_ms(),
        }
        if number == self._turns or any(not s.interruptible for s in reply.sentences):
            await self._say(reply, lambda: self._notes.turn(parts | {"voice": watch.lap_ms()}))

    def _commit(self) -> None:
        """From here on the answer stands: what the caller says next is another turn."""
        self._uncommitted = None
        self._patience.stop()
        self._turn_taking.commit()
        self._speaking.forget_cut()

    def _nothing_was_said(self) -> None:
        """A noise. What it interrupted is said again; what was being waited for goes on being waited for."""
        self._turn_taking.forget()
        if self.mouth.busy:
            return
        again = self._speaking.interrupted()
        if again:
            self._tasks.start(self._say(again))
        elif self._speaking.leaving:
            self._leave = True
        elif self._speaking.reply is not None:
            self._patience.nothing_was_said(self._loop.time())

    # Speaking

    async def _open(self) -> None:
        try:
            if self._opening is Opening.PICK_UP:
                reply = await self._clerk.write(self._desk.pick_up)
                self._notes.line()
            else:
                reply = await self._clerk.write(self._desk.resume)
        except VoicebotError as wrong:
            self._notes.trouble(wrong)
            reply = self._speaking.spare()
        self._speaking.opened = True
        self._tasks.start(self.mouth.fallback.prepare(self._desk.call.language))
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

    async def _press(self, key: str) -> None:
        async with self._key_order:
            if self.mouth.busy and not self.mouth.must_be_heard():
                must_be_heard = await self._speaking.stop()
                self._speaking.forget_cut()
                if must_be_heard:
                    self._tasks.start(self._say(must_be_heard))
            reply = await self._ask(lambda: self._desk.hear_keys(key))
        if reply:
            await self._say(reply)

    async def _obey(self, work: Callable[[], Awaitable[Reply | None]]) -> None:
        reply = await self._ask(work)
        if reply:
            await self._say(reply)

    async def _ask(self, work: Callable[[], Awaitable[Reply | None]]) -> Reply | None:
        """What the receptionist answers to something else than words."""
        try:
            reply = await self._clerk.write(work)
        except VoicebotError as wrong:
            self._notes.trouble(wrong)
            reply = self._speaking.spare()
        if reply:
            self._patience.keys_are_done()
            self._turns += 1
        return reply

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
            last_s = now_s
            if self.mouth.hesitating and not self._turn_taking.turn_is_open:
                self.mouth.go_on()
            self._leave_if_due()
            self._obey_the_clock(now_s)

    def _obey_the_clock(self, now_s: float) -> None:
        if not self._time_is_up and self._speaking.opened and self._desk.time_limit_s <= 0:
            self._time_is_up = self._speaking.must_finish = True
            self._tasks.start(self._obey(self._desk.reach_time_limit))
        elif self._patience.keys_paused(now_s):
            self._patience.keys_are_done()
            self._patience.begin(now_s)
            self._tasks.start(self._obey(self._desk.keys_paused))
        elif self._is_quiet():
            silence_s = self._patience.silence_s(now_s, self._desk.silence_limit_s)
            if silence_s is not None:
                self._patience.stop()
                self._tasks.start(self._obey(lambda: self._desk.hear_silence(silence_s)))

    def _is_quiet(self) -> bool:
        """Nobody speaks, and nothing that the caller said or typed is being answered."""
        typing = self._patience.keys_since_s is not None
        return not (self._turn_taking.turn_is_open or self.mouth.busy or self._is_answering() or typing)

    def _is_answering(self) -> bool:
        return self._answering is not None and not self._answering.done()

    # The end

    def _leave_if_due(self) -> None:
        """Hang up once the goodbye was played, unless the caller is saying something."""
        if not self._leave or self._ended.done() or self.mouth.busy:
            return
        if self._time_is_up or not (self._turn_taking.turn_is_open or self._uncommitted):
            self._ended.set_result(HowItEnded.HUNG_UP)

    async def _last_words(self, how: HowItEnded) -> None:
        """What the caller was saying when the line ended is still understood and kept."""
        if how is HowItEnded.HUNG_UP or not self._speaking.opened:
            return
        if self._is_answering() and self._answering:
            await asyncio.wait([self._answering])
            return
        ended = self._turn_taking.last_words()
        if ended is not None:
            await self._take_turn(ended, self._listening.take(ended), self._turns)
