"""Caller and one of our humans hear each other, in this process, at 8 kHz, as their frames come."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from pipecat.frames.frames import InterruptionFrame

from voicebot.domain.handoff import Why
from voicebot.domain.speaking import Sentence
from voicebot.speech.ports import Pcm
from voicebot.voice.call_tape import CallTape
from voicebot.voice.dial_tones import dial_tone
from voicebot.voice.headset import Headset
from voicebot.voice.hold_sound import HoldSound
from voicebot.voice.line import Line
from voicebot.voice.live_leg import LiveLeg
from voicebot.voice.mouth import Played
from voicebot.voice.overhearing import Overhearing
from voicebot.voice.overlay import Laid, Overlay
from voicebot.voice.play_clock import ALMOST_MS, PER_MS
from voicebot.voice.to_caller import ToCaller


@dataclass(slots=True)
class _Announced:
    """A sentence over the talk. heard: samples that went to the caller. started_ms: of the call, when the first did."""

    sentence: Sentence
    samples: int = 0
    heard: int = 0
    started_ms: float = 0.0

    def played(self) -> Played:
        heard_ms = self.heard // PER_MS
        whole = bool(self.samples) and heard_ms >= self.samples / PER_MS - ALMOST_MS
        return Played(self.sentence, "all" if whole else "part" if self.heard else "none", heard_ms, int(self.started_ms))


class Bridge:
    """One talk; see voicebot.voice.human.Human for the caller's side of it. `over` says why it ended.

    Each side's frames are what carries the other things that side's listener hears: announcement, tones, hold sound.
    Nothing is paced and nothing waits but what cannot be written (LiveLeg).

    Args:
        on_played: told of each announced sentence when the talk is over.
    """

    moves = False

    def __init__(
        self,
        line: Line,
        to_caller: ToCaller,
        tape: CallTape,
        overhearing: Overhearing,
        clock_ms: Callable[[], float],
        on_played: Callable[[Played], None],
    ) -> None:
        self._to_caller = to_caller
        self._headset = Headset(line, clock_ms, on_sound=self._from_headset, on_key=self._key_of_headset)
        self._caller_leg = LiveLeg(to_caller.write, clock_ms)
        self._tape = tape
        self._overhearing = overhearing
        self._clock_ms = clock_ms
        self._on_played = on_played
        self._over_agent = Overlay()
        self._over_caller = Overlay()
        self._tones = Overlay()
        self._announced: list[_Announced] = []
        self._hold = HoldSound()
        self._holds = False
        self._open = False
        self._last: Pcm | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.over: asyncio.Future[Why] = asyncio.get_running_loop().create_future()

    # Its life

    def begin(self) -> None:
        """The headset hears the caller."""
        self._headset.begin()
        self._tasks = [
            asyncio.create_task(self._caller_leg.run(), name="bridge-to-caller"),
            asyncio.create_task(self._until_lost(), name="bridge-until-lost"),
        ]

    def open(self) -> None:
        """The caller hears the headset: the receptionist is silent."""
        self._open = True

    def end(self, why: Why) -> None:
        """Nobody hears the other any more."""
        if not self.over.done():
            self.over.set_result(why)

    async def fall_silent(self) -> None:
        """What the caller was sent and has not heard is cleared, and told of what was announced: another speaks next."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._overhearing.end()
        if self._caller_leg.ahead_ms > 0:
            await self._to_caller.write(InterruptionFrame())
            self._tape.cut(self._clock_ms())
        for announced in self._announced:
            self._on_played(announced.played())
        self._announced.clear()

    async def close(self) -> None:
        """The headset's websocket is closed."""
        await self._headset.close()

    async def _until_lost(self) -> None:
        await self._headset.gone.wait()
        self.end(Why.AGENT_LOST)

    # What is laid over it

    def announce(self, sentences: Sequence[Sentence]) -> None:
        """These are said over the talk as soon as each has a voice (`lay`); one that gets none was not played."""
        if self.over.done():
            for sentence in sentences:
                self._on_played(_Announced(sentence).played())
            return
        self._announced = [_Announced(sentence) for sentence in sentences]

    def lay(self, sentence: Sentence, pcm: Pcm) -> None:
        """Both hear an announced sentence, under their own voices."""
        for announced in self._announced:
            if announced.sentence is sentence:
                announced.samples = len(pcm)
                self._over_agent.lay(Laid(pcm, on_piece=partial(self._goes_out, announced)))
                self._over_caller.lay(Laid(pcm))

    def hold(self, *, on: bool) -> None:
        """Neither hears the other, and the caller hears that they were not forgotten."""
        self._holds = on
        self._hold.rewind()

    def _goes_out(self, announced: _Announced, at: int, samples: int) -> None:
        if at == 0:
            announced.started_ms = self._clock_ms()
        announced.heard = at + samples

    # The caller's side (Human)

    def hear(self, pcm: Pcm, at_ms: float) -> None:
        if self._holds or self.over.done():
            return
        self._headset.hear(self._over_caller.over(pcm))
        self._overhearing.caller.hear(pcm, at_ms)

    def press(self, key: str) -> None:
        if not self._holds:
            self._headset.press(key)

    def playing(self) -> Pcm | None:
        return self._last

    # The headset's side

    def _from_headset(self, pcm: Pcm) -> None:
        if not self._open or self.over.done():
            return
        if self._holds:
            self._last = None
            self._caller_leg.say(self._hold.next(len(pcm)))
            return
        heard = self._last = self._tones.over(self._over_agent.over(pcm))
        plays_ms = self._caller_leg.say(heard)
        if plays_ms is not None:
            self._tape.receptionist(heard, plays_ms)
        self._overhearing.agent.hear(pcm, self._clock_ms())

    def _key_of_headset(self, key: str) -> None:
        if not self._holds:
            self._tones.lay(Laid(dial_tone(key), alone=True))
