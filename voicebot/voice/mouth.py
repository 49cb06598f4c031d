"""The receptionist's voice on one line: sentences become paced audio and marks; what was really played is known."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
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
from voicebot.voice.play_clock import PlayClock, Spoken

FRAME = RATE_HZ // 50
"""Samples of one frame: 20 ms, what carriers send and expect."""
REST_S = 0.06
"""Pause between sendings; each sends what has become due."""
VOICE_LIMIT_S = 4.0
"""A sentence that is not synthesised by then is given up: silence would be worse."""
MARK_LIMIT_MS = 2000
"""After the play clock's end, how long a mark's acknowledgement is waited for."""


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
        self._on_first_sound: Callable[[], None] | None = None
        self._last_frame: Pcm | None = None
        self._spoken: list[Spoken] = []
        self._speaking: asyncio.Task[None] | None = None
        self._acknowledged = asyncio.Event()
        self._sending = asyncio.Lock()

    @property
    def busy(self) -> bool:
        """A reply is being synthesised, sent or played."""
        return self._speaking is not None and not self._speaking.done()

    def facing(self) -> Spoken | None:
        """The sentence that the caller hears now or will hear next, by the play clock."""
        if not self.busy:
            return None
        now_ms = self._clock_ms()
        return next((s for s in self._spoken if s.started_ms is None or now_ms < s.end_ms()), None)

    def must_be_heard(self) -> bool:
        """The sentence that the caller hears now or next may not be interrupted."""
        facing = self.facing()
        return facing is not None and not facing.sentence.interruptible

    def is_heard(self) -> bool:
        """Some of the reply has reached the caller's ear."""
        return self.busy and self._spoken[0].started_ms is not None and self._spoken[0].started_ms <= self._clock_ms()

    def left_of(self, spoken: Spoken) -> float:
        """Time until a sentence was played, in ms; 0 while that is unknown."""
        return max(0.0, spoken.end_ms() - self._clock_ms()) if spoken.started_ms is not None else 0.0

    def left_ms(self) -> float:
        """Time until the end of what is known of this reply."""
        unsent_ms = sum(s.length_ms - s.sent_ms for s in self._spoken)
        return max(0.0, self.play_clock.end_ms - self._clock_ms()) + unsent_ms

    def all_synthesised(self) -> bool:
        """The whole reply is audio already, so left_ms is exact."""
        return all(s.length_ms > 0 for s in self._spoken)

    def playing(self) -> Pcm | None:
        """The frame that was sent last, while the caller still hears something."""
        return self._last_frame if self.play_clock.end_ms > self._clock_ms() else None

    async def speak(self, sentences: Sequence[Sentence], on_first_sound: Callable[[], None] | None = None) -> bool:
        """Say sentences, after stopping what is being said.

        Returns: True once they were played to the end, False when they were stopped.
        """
        await self.stop()
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

    async def stop(self) -> list[Sentence]:
        """Silence at once: what was sent is cleared at the carrier, what is left is dropped.

        Returns: the sentences that the caller has not heard to their end, in order.
        """
        if not self.busy or self._speaking is None:
            return []
        self._speaking.cancel()
        now_ms = self._clock_ms()
        unheard = [s.sentence for s in self._spoken if not s.settled and s.played(now_ms)[0] != "all"]
        audible = self.play_clock.end_ms > now_ms
        self.play_clock.clear(now_ms)
        self._settle_all(now_ms)
        if audible:
            # A frame that is being written must not land after the clear.
            async with self._sending:
                await self._send(InterruptionFrame())
            self._tape.cut(now_ms)
        await asyncio.wait([self._speaking])
        return unheard

    async def close(self) -> None:
        """The line is gone: note what was played."""
        if self.busy and self._speaking is not None:
            self._speaking.cancel()
            self._settle_all(self._clock_ms())
            await asyncio.wait([self._speaking])

    def acknowledge(self, mark: str) -> None:
        """The carrier says that everything before this mark was played. Marks of stopped sentences are ignored."""
        ids = [s.sentence.id for s in self._spoken]
        if mark not in ids:
            return
        for spoken in self._spoken[: ids.index(mark) + 1]:
            if spoken.whole:
                self._settle(spoken, spoken.end_ms())
        self._acknowledged.set()

    async def _say(self, spoken: list[Spoken]) -> None:
        ahead: asyncio.Task[Pcm] | None = None
        try:
            for number, this in enumerate(spoken):
                pcm = await (ahead or self._begin(this))
                ahead = self._begin(spoken[number + 1]) if number + 1 < len(spoken) else None
                await self._play(this, pcm)
            for this in spoken:
                await self._until_played(this)
        finally:
            if ahead:
                ahead.cancel()

    def _begin(self, spoken: Spoken) -> asyncio.Task[Pcm]:
        return asyncio.create_task(self._synthesise(spoken), name="mouth-synthesis")

    async def _synthesise(self, spoken: Spoken) -> Pcm:
        sentence = spoken.sentence
        for _ in range(2):
            try:
                async with asyncio.timeout(VOICE_LIMIT_S):
                    pcm = await self._voices(sentence.language).say(
                        sentence.text, fixed=sentence.fixed, priority=Priority.TURN
                    )
                if len(pcm):
                    spoken.length_ms = len(pcm) * 1000 / RATE_HZ
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
        pcm = await self.fallback.audio(sentence.language)
        spoken.length_ms = len(pcm) * 1000 / RATE_HZ
        return pcm

    async def _play(self, spoken: Spoken, pcm: Pcm) -> None:
        """Send pcm in frames, never more than the lead ahead of the play clock, then the mark."""
        audio = np.pad(pcm, (0, -len(pcm) % FRAME))
        frame_ms = FRAME * 1000 / RATE_HZ
        for at in range(0, len(audio), FRAME):
            if self.play_clock.owed_ms(self._clock_ms()) < frame_ms:
                await asyncio.sleep(REST_S)
            await self._send_audio(spoken, audio[at : at + FRAME], frame_ms)
        async with self._sending:
            await self._send(MarkFrame(mark=spoken.sentence.id))

    async def _send_audio(self, spoken: Spoken, frame: Pcm, frame_ms: float) -> None:
        now_ms = self._clock_ms()
        if spoken.started_ms is not None and now_ms > self.play_clock.end_ms:
            self.late_ms += now_ms - self.play_clock.end_ms
        start_ms = self.play_clock.send(frame_ms, now_ms)
        if spoken.started_ms is None:
            spoken.started_ms = start_ms
        spoken.sent_ms += frame_ms
        self._last_frame = frame
        self._tape.receptionist(frame, start_ms)
        async with self._sending:
            await self._send(OutputAudioRawFrame(audio=frame.tobytes(), sample_rate=RATE_HZ, num_channels=1))
        told, self._on_first_sound = self._on_first_sound, None
        if told:
            told()

    async def _until_played(self, spoken: Spoken) -> None:
        """Until the play clock says so and the mark came back; a carrier without marks is believed by the clock."""
        patience_ms = MARK_LIMIT_MS if self._marks else 0
        while not spoken.settled:
            left_ms = spoken.end_ms() + patience_ms - self._clock_ms()
            if left_ms <= 0:
                self._settle(spoken, spoken.end_ms())
                break
            self._acknowledged.clear()
            try:
                async with asyncio.timeout(left_ms / 1000):
                    await self._acknowledged.wait()
            except TimeoutError:
                continue
        early_ms = spoken.end_ms() - self._clock_ms()
        if early_ms > 0:
            await asyncio.sleep(early_ms / 1000)

    def _settle_all(self, now_ms: float) -> None:
        for spoken in self._spoken:
            self._settle(spoken, now_ms)

    def _settle(self, spoken: Spoken, now_ms: float) -> None:
        if spoken.settled:
            return
        spoken.settled = True
        played, played_ms = spoken.played(now_ms)
        self._on_played(Played(spoken.sentence, played, played_ms, int(spoken.started_ms or 0)))
