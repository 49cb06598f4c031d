"""What the receptionist answers to something else than words: keys, silence, and the end of the time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from voicebot.domain.speaking import Reply
from voicebot.errors import VoicebotError
from voicebot.voice.clerk import Clerk
from voicebot.voice.desk import Desk
from voicebot.voice.notes import Notes
from voicebot.voice.patience import Patience
from voicebot.voice.speaking import Speaking


class Wordless:
    """Of one call.

    Args:
        start: begins a task of the call. say: speaks a reply to its end. on_reply: told before each reply is spoken.
    """

    def __init__(
        self,
        desk: Desk,
        clerk: Clerk,
        notes: Notes,
        speaking: Speaking,
        patience: Patience,
        start: Callable[[Coroutine[Any, Any, Any]], object],
        say: Callable[[Reply], Coroutine[Any, Any, None]],
        on_reply: Callable[[], None],
    ) -> None:
        self._desk = desk
        self._clerk = clerk
        self._notes = notes
        self._speaking = speaking
        self._patience = patience
        self._start = start
        self._say = say
        self._on_reply = on_reply
        self._key_order = asyncio.Lock()
        self.time_is_up = False
        self.rested_s = 0.0
        """Time that does not count: a human had the caller, or the caller waited for one."""

    async def press(self, key: str) -> None:
        """A key of the caller's; it interrupts what may be interrupted."""
        async with self._key_order:
            if self._speaking.mouth.busy and not self._speaking.mouth.must_be_heard():
                must_be_heard = await self._speaking.stop()
                self._speaking.forget_cut()
                if must_be_heard:
                    self._start(self._say(must_be_heard))
            reply = await self.ask(lambda: self._desk.hear_keys(key))
        if reply:
            await self._say(reply)

    async def ask(self, work: Callable[[], Awaitable[Reply | None]]) -> Reply | None:
        """A reply that is saved; the spare one when that failed."""
        try:
            reply = await self._clerk.write(work)
        except VoicebotError as wrong:
            self._notes.trouble(wrong)
            reply = self._speaking.spare()
        if reply:
            self._patience.keys_are_done()
            self._on_reply()
        return reply

    def watch(self, now_s: float, *, quiet: bool) -> None:
        """The deadlines of the call. quiet: nobody speaks, and nothing is being answered."""
        if not self.time_is_up and self._speaking.opened and self._desk.time_limit_s + self.rested_s <= 0:
            self.time_is_up = self._speaking.must_finish = True
            self._start(self._obey(self._desk.reach_time_limit))
        elif self._patience.keys_paused(now_s):
            self._patience.keys_are_done()
            self._patience.begin(now_s)
            self._start(self._obey(self._desk.keys_paused))
        elif quiet:
            silence_s = self._patience.silence_s(now_s, self._desk.silence_limit_s)
            if silence_s is not None:
                self._patience.stop()
                self._start(self._obey(lambda: self._desk.hear_silence(silence_s)))

    async def _obey(self, work: Callable[[], Awaitable[Reply | None]]) -> None:
        reply = await self.ask(work)
        if reply:
            await self._say(reply)
