"""From the end of a caller's turn to its answer: words, their meaning, the commit, the voice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

from voicebot.domain.speaking import Heard, Reply
from voicebot.errors import SpeechError, VoicebotError
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.listening import Guess, Listening
from voicebot.voice.measures import StopWatch
from voicebot.voice.notes import Notes
from voicebot.voice.patience import Patience
from voicebot.voice.speaking import Speaking
from voicebot.voice.turn_signals import Floor, TurnEnded
from voicebot.voice.turn_taking import TurnTaking

GOES_ON_MS = 1500
"""Words that begin this soon after a turn's end, over its answer, go on with that turn."""
UNINTELLIGIBLE_MS = 900
"""Voice without words that is no noise any more: the caller is asked to say it again."""


class Say(Protocol):
    async def __call__(self, reply: Reply, on_first_sound: Callable[[], None] | None = None) -> None: ...


class Answering:
    """One turn at a time; a turn that is not committed is void when the caller goes on.

    Args:
        start: begins a task of the call. say: speaks a reply to its end. nothing_was_said: told of a turn without words.
        clock_s: any clock in seconds.
    """

    def __init__(
        self,
        desk: Desk,
        clerk: Clerk,
        notes: Notes,
        listening: Listening,
        turn_taking: TurnTaking,
        speaking: Speaking,
        patience: Patience,
        start: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
        say: Say,
        nothing_was_said: Callable[[], None],
        clock_s: Callable[[], float],
    ) -> None:
        self._desk = desk
        self._clerk = clerk
        self._notes = notes
        self._listening = listening
        self._turn_taking = turn_taking
        self._speaking = speaking
        self._patience = patience
        self._start = start
        self._say = say
        self._nothing_was_said = nothing_was_said
        self._clock_s = clock_s
        self._task: asyncio.Task[None] | None = None
        self._uncommitted: asyncio.Task[None] | None = None
        self._turns = 0
        self._last: tuple[Heard, TurnEnded] | None = None

    @property
    def going_on(self) -> bool:
        """A turn is being answered."""
        return self._task is not None and not self._task.done()

    @property
    def uncommitted(self) -> bool:
        return self._uncommitted is not None

    def begin(self, ended: TurnEnded) -> None:
        guess = self._listening.take(ended)
        self._turns += 1
        self._task = self._uncommitted = self._start(self._take_turn(ended, guess, self._turns))

    def count(self) -> None:
        """Something else is being answered: an answer that comes later than that is not spoken."""
        self._turns += 1

    def void(self) -> None:
        """Whatever was begun and is not committed."""
        if self._uncommitted:
            self._uncommitted.cancel()
            self._uncommitted = None

    def goes_on(self, started_ms: int) -> Heard | None:
        """What the caller had said, when words over its answer go on with it."""
        if self._last is None or not self._speaking.mouth.busy or self._speaking.leaving:
            return None
        heard, ended = self._last
        late = started_ms - ended.ended_ms > GOES_ON_MS
        return None if heard.cut or late or self._turn_taking.floor in (Floor.YIELDING, Floor.RESERVED) else heard

    async def last_words(self) -> None:
        """What the caller was saying when the line ended is still understood and kept."""
        if self.going_on and self._task:
            await asyncio.wait([self._task])
            return
        ended = self._turn_taking.last_words()
        if ended is not None:
            await self._take_turn(ended, self._listening.take(ended), self._turns)

    async def _take_turn(self, ended: TurnEnded, guess: Guess | None, number: int) -> None:
        """Words, their meaning, the committed answer, and the voice; cancelled if the caller goes on before the commit."""
        watch = StopWatch(self._clock_s)
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
