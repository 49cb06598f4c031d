"""A Voice over one synthesiser shared by all calls: its queue, its cache of fixed sentences, its spare voice."""

from __future__ import annotations

from typing import Protocol

import structlog

from voicebot.errors import SpeechError
from voicebot.speech.engine_queue import EngineQueue, Withdrawn
from voicebot.speech.ports import Pcm, Priority
from voicebot.speech.voice_cache import SentenceKey, VoiceCache

log = structlog.get_logger()


class Synthesiser(Protocol):
    """An engine with one voice, run in worker threads: Piper or espeak-ng."""

    engine: str

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str:
        """Everything but the text that the audio depends on."""
        ...

    def synthesise(self, text: str, withdrawn: Withdrawn = ...) -> Pcm: ...


class SharedVoice:
    """A Voice (see ports). The audio is shared and read-only when it comes from the cache.

    Args:
        spare: speaks when this one fails, is late or refuses, so that the caller never meets silence.
    """

    def __init__(
        self, synthesiser: Synthesiser, queue: EngineQueue, cache: VoiceCache, spare: SharedVoice | None = None
    ) -> None:
        self._synthesiser = synthesiser
        self._queue = queue
        self._cache = cache
        self._spare = spare
        self._version = synthesiser.version

    @property
    def name(self) -> str:
        return self._synthesiser.name

    async def say(
        self, text: str, *, fixed: bool = False, priority: Priority = Priority.TURN, limit_s: float | None = None
    ) -> Pcm:
        """Audio of one sentence (see Voice.say)."""
        key = self._key(text)
        if fixed and (held := self._cache.recall(key)) is not None:
            return held
        try:
            done = await self._queue.submit(
                lambda withdrawn: self._fixed(key, withdrawn) if fixed else self._synthesiser.synthesise(text, withdrawn),
                priority=priority,
                limit_s=limit_s,
            )
            return done.value
        except SpeechError as failed:
            if self._spare is None or priority is not Priority.TURN:
                raise
            log.warning("spare_voice_used", voice=self.name, spare=self._spare.name, error=failed.code)
            return await self._spare.say(text, fixed=fixed, priority=priority)

    def _key(self, text: str) -> SentenceKey:
        return SentenceKey(self._synthesiser.engine, self.name, self._version, text)

    def _fixed(self, key: SentenceKey, withdrawn: Withdrawn) -> Pcm:
        known = self._cache.load(key)
        if known is not None:
            return known
        pcm = self._synthesiser.synthesise(key.text, withdrawn)
        # A withdrawn synthesis may be cut short.
        return pcm if withdrawn() else self._cache.keep(key, pcm)
