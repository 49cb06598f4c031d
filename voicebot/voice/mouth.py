"""The receptionist's voice on one line: sentences become paced audio and marks; what was really played is known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from pipecat.frames.frames import Frame, InterruptionFrame, OutputAudioRawFrame

from voicebot.domain.language import Language
from voicebot.domain.speaking import Sentence
from voicebot.errors import SpeechError, SpeechTimedOut, VoicebotError
from voicebot.speech.ports import RATE_HZ, Pcm, Priority, Voice
from voicebot.voice.call_tape import CallTape
from voicebot.voice.fallback import Fallback
from voicebot.voice.media_frames import MarkFrame
from voicebot.voice.play_clock import PER_MS, PlayClock, Spoken

FRAME = RATE_HZ // 50
"""Samples of one frame: 20 ms, what carriers send and expect."""
REST_S = 0.06
"""Pause between sendings; each sends what has become due."""
VOICE_LIMIT_S = 4.0
"""A sentence that is not synthesised by then is given up: silence would be worse."""
MARK_LIMIT_MS = 2000
"""After the play clock's end, how long a mark's acknowledgement is waited for."""
EARLY_MARK_MS = 250
"""An acknowledgement that comes longer than this before the end is of a mark that a clear dropped."""


@dataclass(frozen=True, slots=True)
class Played:
    """What became of a sentence: played "all", "part" or "none". Times are ms of the call."""

    sentence: Sentence
    played: str
    played_ms: int
    started_ms: int


class Mouth:
    """Speaks one reply at a time.

    Args:
        send: puts a frame on the line. clock_ms: ms of the call. on_played: told once of each sentence.
        on_trouble: told of errors that were survived. marks: the carrier acknowledges marks.
    """

    def __init__(
        self,
        send: Callable[[Frame], Awaitable[None]],
        voices: Callable[[Language], Voice],
        clock_ms: Callable[[], float],
        tape: CallTape,
        on_played: Callable[[Played], None],
        on_trouble: Callable[[VoicebotError], None],
        *,
        marks: bool = True,
    ) -> None:
        self._send = send
        self._voices = voices
        self._clock_ms = clock_ms
        self._tape = tape
        self._on_played = on_played
        self._on_trouble = on_trouble
        self._marks = marks
        self.fallback = Fallback(voices)
        self.play_clock = PlayClock()
        self.late_ms = 0.0
        """Silence that the caller heard inside sentences because audio came too late."""
        self.silenced = False
        """A human has the caller: nothing is said that is not meant for that."""
        self._on_first_sound: Callable[[], None] | None = None
        self._last_frame: Pcm | None = None
        self._spoken: list[Spoken] = []
        self._speaking: asyncio.Task[None] | None = None
        self._begun = asyncio.Event()
        self._made = asyncio.Event()
        self._acknowledged = asyncio.Event()
        self._may_send = asyncio.Event()
        self._may_send.set()
        self._sending = asyncio.Lock()

    @property
    def busy(self) -> bool:
        """A reply is being synthesised, sent or played."""
        return self._speaking is not None and not self._speaking.done()

    @property
    def hesitating(self) -> bool:
        return self.busy and not self._may_send.is_set()

    def facing(self) -> Spoken | None:
        """The sentence that the caller hears now or will hear next, by the play clock."""
        if not self.busy:
            return None
        now_ms = self._clock_ms()
        return next((s for s in self._spoken if not s.whole or now_ms < s.end_ms()), None)

    def must_be_heard(self) -> bool:
        """The sentence that the caller hears now or next may not be interrupted."""
        facing = self.facing()
        return facing is not None and not facing.sentence.interruptible

    def is_heard(self) -> bool:
        """Some of the reply has reached the caller's ear."""
        first = self._spoken[0].started_ms if self.busy and self._spoken else None
        return first is not None and first <= self._clock_ms()

    def left_of(self, spoken: Spoken) -> float:
        """Time until a sentence was played, in ms; 0 while that is unknown."""
        return max(0.0, spoken.end_ms() - self._clock_ms()) if spoken.started_ms is not None else 0.0

    def left_ms(self) -> float:
        """Time until the end of what is known of this reply."""
        unsent_ms = sum(s.length_ms - s.sent_ms for s in self._spoken if not s.whole)
        return max(0.0, self.play_clock.end_ms - self._clock_ms()) + unsent_ms

    def all_synthesised(self) -> bool:
        """The whole reply is audio already, so left_ms is exact."""
        return all(s.pcm is not None for s in self._spoken)

    def playing(self) -> Pcm | None:
        """The frame that was sent last, while the caller still hears something."""
        return self._last_frame if self.play_clock.end_ms > self._clock_ms() else None

    async def speak(
        self,
        sentences: Sequence[Sentence],
        on_first_sound: Callable[[], None] | None = None,
        *,
        anyway: bool = False,
    ) -> bool:
        """Say sentences, after stopping what is being said. anyway: though the mouth is silenced.

        Returns: True once they were played to the end, False when they were stopped.
        """
        await self.stop()
        if self.silenced and not anyway:
            for sentence in sentences:
                self._on_played(Played(sentence, "none", 0, 0))
            return False
        self._may_send.set()
        self._on_first_sound = on_first_sound
        self._spoken = [Spoken(s) for s in sentences]
        speaking = self._speaking = asyncio.create_task(self._say(self._spoken), name="mouth")
        try:
            await asyncio.wait([speaking])
        except asyncio.CancelledError:
            speaking.cancel()
            raise
        if speaking.cancelled():
            return False
        speaking.result()
        return True

    async def hesitate(self) -> None:
        """Silence at once, for a moment: `go_on` takes the sentence up again, `stop` gives it up."""
        if not self.busy or self.hesitating:
            return
        self._may_send.clear()
        now_ms = self._clock_ms()
        for spoken in self._spoken:
            if not spoken.settled and (not spoken.whole or now_ms < spoken.end_ms()):
                spoken.rewind(now_ms)
        self._acknowledged.set()
        await self._clear(now_ms)

    def go_on(self) -> None:
        """It was nothing: go on with the sentence, from the word that was cut."""
        self._may_send.set()

    async def stop(self) -> list[Sentence]:
        """Silence at once: what was sent is cleared at the carrier, what is left is dropped.

        Returns: the sentences that the caller has not heard to their end, in order.
        """
        if not self.busy or self._speaking is None:
            return []
        self._speaking.cancel()
        now_ms = self._clock_ms()
        unheard = [s.sentence for s in self._spoken if not s.settled and s.played(now_ms)[0] != "all"]
        self._settle_all(now_ms)
        await self._clear(now_ms)
        await asyncio.wait([self._speaking])
        return unheard

    def still_owed(self) -> tuple[Sentence, ...]:
        """What the caller must be told, and has heard less than half of."""
        now_ms = self._clock_ms()
        owed = [s for s in self._spoken if s.sentence.owed]
        return tuple(s.sentence for s in owed if s.pcm is None or s.played(now_ms)[1] * 2 < s.length_ms)

    async def close(self) -> None:
        """The line is gone: note what was played."""
        if self.busy and self._speaking is not None:
            self._speaking.cancel()
            self._settle_all(self._clock_ms())
            await asyncio.wait([self._speaking])

    def acknowledge(self, mark: str) -> None:
        """The carrier says that everything before this mark was played, or was cleared: those are ignored."""
        ids = [s.sentence.id for s in self._spoken]
        if mark not in ids or self._spoken[ids.index(mark)].end_ms() - self._clock_ms() > EARLY_MARK_MS:
            return
        for spoken in self._spoken[: ids.index(mark) + 1]:
            if spoken.whole:
                self._settle(spoken, spoken.end_ms())
        self._acknowledged.set()

    async def _clear(self, now_ms: float) -> None:
        audible = self.play_clock.end_ms > now_ms
        self.play_clock.clear(now_ms)
        if audible:
            # A frame that is being written must not land after the clear.
            async with self._sending:
                await self._send(InterruptionFrame())
            self._tape.cut(now_ms)

    async def _say(self, spoken: list[Spoken]) -> None:
        making = asyncio.create_task(self._synthesise_all(spoken), name="mouth-synthesis")
        making.add_done_callback(lambda _: self._made.set())
        try:
            while any(not s.settled for s in spoken):
                await self._may_send.wait()
                unsent = next((s for s in spoken if not s.whole), None)
                if unsent is None:
                    await self._until_played(next(s for s in spoken if not s.settled))
                elif unsent.pcm is None:
                    if making.done():
                        making.result()
                    await self._made.wait()
                    self._made.clear()
                else:
                    await self._send_some(unsent, unsent.pcm)
            await asyncio.sleep(max(0.0, self.play_clock.end_ms - self._clock_ms()) / 1000)
        finally:
            making.cancel()
            await asyncio.wait([making])

    async def _synthesise_all(self, spoken: list[Spoken]) -> None:
        """Each sentence while the one before it is being played: more would keep other callers waiting."""
        for number, this in enumerate(spoken):
            while number and spoken[number - 1].started_ms is None:
                await self._begun.wait()
                self._begun.clear()
            pcm = await self._synthesise(this)
            this.length_ms = len(pcm) / PER_MS
            this.pcm = np.pad(pcm, (0, -len(pcm) % FRAME))
            self._made.set()

    async def _synthesise(self, spoken: Spoken) -> Pcm:
        sentence = spoken.sentence
        for _ in range(2):
            try:
                async with asyncio.timeout(VOICE_LIMIT_S):
                    pcm = await self._voices(sentence.language).say(
                        sentence.text, fixed=sentence.fixed, priority=Priority.TURN
                    )
                if len(pcm):
                    return pcm
                wrong: VoicebotError = SpeechError("A voice gave no audio for a sentence.")
            except TimeoutError:
                wrong = SpeechTimedOut("A voice did not answer in time.")
            except VoicebotError as failed:
                wrong = failed
            self._on_trouble(wrong)
            if isinstance(wrong, SpeechTimedOut):
                break
        spoken.failed = True
        return await self.fallback.audio(sentence.language)

    async def _send_some(self, spoken: Spoken, pcm: Pcm) -> None:
        """Send what is owed of a sentence, never more than the lead ahead of the play clock; after its end, its mark."""
        while not spoken.whole and self._may_send.is_set():
            if self.play_clock.owed_ms(self._clock_ms()) < FRAME / PER_MS:
                await asyncio.sleep(REST_S)
                continue
            await self._send_frame(spoken, pcm[spoken.sent : spoken.sent + FRAME])
        if spoken.whole:
            async with self._sending:
                await self._send(MarkFrame(mark=spoken.sentence.id))

    async def _send_frame(self, spoken: Spoken, frame: Pcm) -> None:
        now_ms, length_ms = self._clock_ms(), len(frame) / PER_MS
        flowing = spoken.sent > 0 and spoken.anchor_ms + spoken.sent_ms >= self.play_clock.end_ms
        if flowing and now_ms > self.play_clock.end_ms:
            self.late_ms += now_ms - self.play_clock.end_ms
        start_ms = self.play_clock.send(length_ms, now_ms)
        if spoken.started_ms is None:
            spoken.started_ms = start_ms
            self._begun.set()
        spoken.anchor_ms = start_ms - spoken.sent_ms
        spoken.sent += len(frame)
        self._last_frame = frame
        self._tape.receptionist(frame, start_ms)
        async with self._sending:
            await self._send(OutputAudioRawFrame(audio=frame.tobytes(), sample_rate=RATE_HZ, num_channels=1))
        told, self._on_first_sound = self._on_first_sound, None
        if told:
            told()

    async def _until_played(self, spoken: Spoken) -> None:
        """Until the mark of a sentence comes back, or the play clock says so, or the voice hesitates."""
        patience_ms = MARK_LIMIT_MS if self._marks else 0
        left_ms = spoken.end_ms() + patience_ms - self._clock_ms()
        if left_ms <= 0:
            self._settle(spoken, spoken.end_ms())
            return
        self._acknowledged.clear()
        with suppress(TimeoutError):
            async with asyncio.timeout(left_ms / 1000):
                await self._acknowledged.wait()

    def _settle_all(self, now_ms: float) -> None:
        for spoken in self._spoken:
            self._settle(spoken, now_ms)

    def _settle(self, spoken: Spoken, now_ms: float) -> None:
        if spoken.settled:
            return
        spoken.settled = True
        played, played_ms = spoken.played(now_ms)
        self._on_played(Played(spoken.sentence, played, played_ms, int(spoken.started_ms or 0)))
