"""Makes words of the caller's audio: early guesses at each pause, the final words at the end of a turn."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np

from voicebot.domain.speaking import Heard
from voicebot.errors import SpeechError
from voicebot.speech.ports import RATE_HZ, Pcm, Priority, Transcriber
from voicebot.understanding.ports import Completeness, Reading
from voicebot.voice.backchannels import first_sense_of, sense_of
from voicebot.voice.desk import Desk
from voicebot.voice.hearing import Hearing
from voicebot.voice.turn_signals import Look, Peek, Sense, Signal, TurnEnded
from voicebot.voice.turn_taking import TurnTaking

T = TypeVar("T")
Own = Callable[[Coroutine[Any, Any, T]], "asyncio.Task[T]"]

GUESS_LIMIT_S = 0.3
"""How long the end of a turn waits for a guess that is still in the queue of less urgent work."""
PEEK_LIMIT_S = 0.25
SETTLE_MS = 12_000
"""A turn longer than this is not decoded again from its beginning: the words up to its last pause stand."""
LONGEST_DECODE_S = 25
_QUIET = RATE_HZ // 5


@dataclass(slots=True)
class Guess:
    """What was begun for one pause. reading: begun once the words were there."""

    look: Look
    heard: asyncio.Task[Heard]
    thinking: asyncio.Task[None] | None = None
    asking: asyncio.Task[None] | None = None
    reading: asyncio.Task[Reading] | None = None

    def drop(self) -> None:
        for task in (self.heard, self.thinking, self.asking, self.reading):
            if task:
                task.cancel()


class Listening:
    """One call's way from audio to words.

    Args:
        finished: the turn model. learn: takes the signals that what was learnt gives. own: starts a task of the call.
        offset_ms: of the hearing's clock in the call's clock. closing: the receptionist is saying goodbye.
    """

    def __init__(
        self,
        ears: Transcriber,
        desk: Desk,
        hearing: Hearing,
        turn_taking: TurnTaking,
        finished: Callable[[Pcm], Awaitable[float | None]],
        learn: Callable[[list[Signal]], None],
        own: Own[Any],
        offset_ms: Callable[[], int],
        closing: Callable[[], bool],
    ) -> None:
        self._ears = ears
        self._desk = desk
        self._hearing = hearing
        self._turn_taking = turn_taking
        self._finished = finished
        self._learn = learn
        self._own = own
        self._offset_ms = offset_ms
        self._closing = closing
        self._guess: Guess | None = None
        self._before: Heard | None = None
        self._settled = ""
        self._settled_ms = 0

    def begin(self, before: Heard | None) -> None:
        """A new turn. before: what the caller had just said, when this goes on with it."""
        self.drop()
        self._before = before
        self._settled, self._settled_ms = "", 0

    def look(self, look: Look) -> None:
        """A pause: guess its words, and ask the turn model, at the same time."""
        self.drop()
        pcm = self._hearing.audio(max(look.started_ms, self._settled_ms), look.ended_ms)
        heard = self._own(self._hear(pcm, look.started_ms, look.ended_ms, Priority.SPECULATIVE))
        guess = self._guess = Guess(look, heard)
        guess.asking = self._own(self._ask(look.number, pcm))
        guess.thinking = self._own(self._think(guess))

    def peek(self, peek: Peek) -> None:
        """Voice over the receptionist's: is it more than « hmm »?"""
        self._own(self._peek(peek.number, self._hearing.audio(peek.started_ms, peek.at_ms)))

    def resume(self) -> None:
        """The caller goes on: the guess is void, but the words of a long turn need no second decoding."""
        guess = self._guess
        if guess and guess.look.ended_ms - max(guess.look.started_ms, self._settled_ms) >= SETTLE_MS:
            heard = guess.heard
            if heard.done() and not heard.cancelled() and not heard.exception():
                self._settled = _without(heard.result().text, self._before)
                self._settled_ms = guess.look.ended_ms
        self.drop()

    def drop(self) -> None:
        if self._guess:
            self._guess.drop()
            self._guess = None

    def take(self, ended: TurnEnded) -> Guess | None:
        """The guess whose words hold for the ended turn; it is no longer dropped by what comes next."""
        guess, self._guess = self._guess, None
        if guess and guess.look.number != ended.look:
            guess.drop()
            return None
        return guess

    def unheard(self, ended: TurnEnded) -> Heard:
        """A turn whose words the ears could not give."""
        offset_ms = self._offset_ms()
        return Heard("", 0.0, ended.started_ms + offset_ms, ended.ended_ms + offset_ms, "", cut=ended.cut)

    async def words(self, ended: TurnEnded, guess: Guess | None) -> Heard:
        """What was said in a turn. Raises: SpeechError."""
        if guess:
            try:
                async with asyncio.timeout(GUESS_LIMIT_S):
                    return replace(await asyncio.shield(guess.heard), cut=ended.cut)
            except (TimeoutError, SpeechError):
                guess.drop()
        pcm = self._hearing.audio(max(ended.started_ms, self._settled_ms), ended.ended_ms)
        return await self._hear(pcm, ended.started_ms, ended.ended_ms, Priority.TURN, cut=ended.cut)

    async def be_patient(self, ended: TurnEnded, heard: Heard) -> None:
        """Words that came after the end of their turn may show that it was none: leave the caller time to go on."""
        if not ended.words_known and heard.text:
            sense, completeness = self._weigh(heard)
            await asyncio.sleep(self._turn_taking.patience_left_ms(ended.look, sense, completeness) / 1000)

    def _weigh(self, heard: Heard) -> tuple[Sense, Completeness]:
        sense = sense_of(_without(heard.text, self._before), closing=self._closing())
        return sense, self._desk.completeness(heard.text) if sense is not Sense.NOTHING else Completeness.UNKNOWN

    async def _hear(self, pcm: Pcm, started_ms: int, ended_ms: int, priority: Priority, *, cut: bool = False) -> Heard:
        before, settled, language = self._before, self._settled, self._desk.call.language
        texts, confidence, took_ms = [settled], 1.0, 0.0
        for piece in pieces_of(pcm):
            transcript = await self._ears.transcribe(piece, language, priority=priority)
            texts.append(transcript.text)
            confidence = min(confidence, transcript.confidence) if transcript.text else confidence
            took_ms += transcript.took_ms
        text = " ".join(t for t in texts if t)
        offset_ms = self._offset_ms()
        return Heard(
            text=f"{before.text} {text}" if before and text else text,
            confidence=confidence,
            started_ms=before.started_ms if before and text else started_ms + offset_ms,
            ended_ms=ended_ms + offset_ms,
            heard_by=self._ears.name,
            ears_ms=took_ms,
            cut=cut,
        )

    async def _think(self, guess: Guess) -> None:
        try:
            heard = await asyncio.shield(guess.heard)
        except SpeechError:
            # Guesses are refused first when the ears are busy; the end of the turn asks again, more urgently.
            return
        sense, completeness = self._weigh(heard)
        if sense is not Sense.NOTHING and completeness is not Completeness.INCOMPLETE:
            guess.reading = self._own(self._desk.read(heard))
        self._learn(self._turn_taking.learn_words(guess.look.number, sense, completeness))

    async def _ask(self, look: int, pcm: Pcm) -> None:
        self._learn(self._turn_taking.learn_verdict(look, await self._finished(pcm)))

    async def _peek(self, peek: int, pcm: Pcm) -> None:
        try:
            async with asyncio.timeout(PEEK_LIMIT_S):
                transcript = await self._ears.transcribe(pcm, self._desk.call.language, priority=Priority.SPECULATIVE)
        except (TimeoutError, SpeechError):
            return
        sense = first_sense_of(transcript.text)
        self._learn(self._turn_taking.learn_peek(peek, sense))


def _without(text: str, before: Heard | None) -> str:
    return text.removeprefix(before.text).strip() if before and before.text else text


def pieces_of(pcm: Pcm) -> list[Pcm]:
    """pcm in pieces that ears can take (25 s at most), cut where it is quietest."""
    pieces = []
    while len(pcm) > LONGEST_DECODE_S * RATE_HZ:
        first, last = LONGEST_DECODE_S * RATE_HZ // 2, LONGEST_DECODE_S * RATE_HZ
        loud = np.abs(pcm[first:last].astype(np.float32))
        steps = loud[: len(loud) // _QUIET * _QUIET].reshape(-1, _QUIET).mean(axis=1)
        at = first + int(np.argmin(steps)) * _QUIET + _QUIET // 2
        pieces.append(pcm[:at])
        pcm = pcm[at:]
    return [*pieces, pcm]
