"""The receptionist's side of the conversation: the reply being said, what interrupted it, and who has the floor."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from voicebot.domain.call import Awaited, RecordingState
from voicebot.domain.details import DetailKind
from voicebot.domain.speaking import Reply, Sentence, Then
from voicebot.voice.desk import Desk
from voicebot.voice.fallback import ASK_AGAIN
from voicebot.voice.mouth import Mouth
from voicebot.voice.turn_signals import Floor

YIELD_MS = 600
"""The last moments of a yes/no question, in which « oui » already answers it."""
SPARE = "spare-"
"""Ids of sentences that voice says by itself begin so: the receptionist knows nothing of them."""


class Speaking:
    """reply: the last one that was begun; None before the greeting. opened: the call was picked up."""

    def __init__(self, mouth: Mouth, desk: Desk) -> None:
        self.mouth = mouth
        self._desk = desk
        self.reply: Reply | None = None
        self.opened = False
        self.must_finish = False
        """The time limit was reached: what is being said is said to its end."""
        self._closed = False
        self._cut: list[Sentence] = []
        self._owed: list[Sentence] = []
        self._spares = 0

    @property
    def leaving(self) -> bool:
        """The last reply ends the call."""
        return self.reply is not None and self.reply.then is Then.HANG_UP

    async def say(self, reply: Reply, on_first_sound: Callable[[], None] | None = None) -> bool:
        """Speak a reply, after what must be heard whole. Returns: True once it was played, False when it was stopped."""
        while self.mouth.must_be_heard():
            facing = self.mouth.facing()
            left_ms = self.mouth.left_of(facing) if facing else 0
            await asyncio.sleep(max(left_ms, 20) / 1000)
        if self._closed:
            return False
        if self.mouth.silenced:
            return await self.mouth.speak(reply.sentences)
        self._keep_owed()
        self.reply = reply = self._with_owed(reply)
        self._cut = []
        played = await self.mouth.speak(reply.sentences, on_first_sound)
        return played and not self._closed and self.reply is reply

    def spare(self) -> Reply:
        """Something failed inside: ask the caller to say it again, and listen."""
        self._spares += 1
        call = self._desk.call
        text = ASK_AGAIN[call.language]
        sentence = Sentence(f"{SPARE}{self._spares}", text, call.language, phrase="spare", fixed=True)
        return Reply((sentence,), Then.LISTEN, call.expectation)

    async def stop(self) -> Reply | None:
        """The caller speaks. Returns: what must be heard whole all the same, to be said now."""
        self._keep_owed()
        unheard = await self.mouth.stop()
        self._cut = [s for s in unheard if s.interruptible]
        whole = tuple(s for s in unheard if not s.interruptible)
        return replace(self.reply, sentences=whole) if whole and self.reply else None

    def interrupted(self) -> Reply | None:
        """What a noise cut off: to be said again."""
        cut, self._cut = self._cut, []
        return replace(self.reply, sentences=tuple(cut)) if cut and self.reply else None

    def forget_cut(self) -> None:
        """The caller did speak: what was cut off is not said again."""
        self._cut = []

    def _keep_owed(self) -> None:
        self._owed += [s for s in self.mouth.still_owed() if s not in self._owed]

    def _with_owed(self, reply: Reply) -> Reply:
        """What the caller must still be told comes before what is said now, but never before or in a safety script."""
        if self._desk.call.recording is not RecordingState.ON:
            self._owed = []
        owed = [s for s in self._owed if s not in reply.sentences]
        if reply.then is Then.HANG_UP or not all(s.interruptible for s in reply.sentences):
            return reply
        self._owed = []
        return replace(reply, sentences=(*owed, *reply.sentences)) if owed else reply

    async def close(self) -> None:
        self._closed = True
        await self.mouth.close()

    def floor(self) -> Floor:
        """Who has the word now, by the play clock."""
        mouth = self.mouth
        if not self.opened or self.reply is None or mouth.must_be_heard() or (self.must_finish and mouth.busy):
            return Floor.RESERVED
        if not mouth.is_heard() or mouth.facing() is None:
            return Floor.FREE
        ends_soon = mouth.all_synthesised() and mouth.left_ms() <= YIELD_MS
        return Floor.YIELDING if ends_soon and self._yes_or_no() else Floor.SPEAKING

    def _yes_or_no(self) -> bool:
        """A yes or a no is expected."""
        expected = self.reply.expectation if self.reply else self._desk.call.expectation
        if expected.awaited is Awaited.DETAIL and expected.detail:
            return self._desk.instructions.detail_kind(expected.detail) is DetailKind.YES_NO
        return expected.awaited in (Awaited.CONFIRMATION, Awaited.ANYTHING_ELSE, Awaited.STAY)
