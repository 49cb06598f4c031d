"""What the caller hears when a sentence cannot be spoken: another fixed sentence, else two soft tones. Never silence."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import lru_cache

import numpy as np
import structlog

from voicebot.domain.language import Language
from voicebot.errors import SpeechError
from voicebot.speech.ports import RATE_HZ, Pcm, Priority, Voice

log = structlog.get_logger()

ASK_AGAIN = {
    Language.FRENCH: "Excusez-moi, pouvez-vous répéter, s'il vous plaît ?",
    Language.ENGLISH: "Excuse me, could you say that again, please?",
}
_LIMIT_S = 2.0


class Fallback:
    """One call's spare sentence, fetched while nothing is wrong yet."""

    def __init__(self, voices: Callable[[Language], Voice]) -> None:
        self._voices = voices
        self._ready: dict[Language, Pcm] = {}

    async def prepare(self, language: Language) -> None:
        """Fetch the spare sentence, from the voice's cache as a rule. Failing costs nothing but a log line."""
        try:
            self._ready[language] = await self._voices(language).say(
                ASK_AGAIN[language], fixed=True, priority=Priority.BACKGROUND
            )
        except SpeechError as wrong:
            log.warning("fallback_not_prepared", code=wrong.code)

    async def audio(self, language: Language) -> Pcm:
        """Audio in place of a sentence that failed."""
        if language not in self._ready:
            try:
                async with asyncio.timeout(_LIMIT_S):
                    await self.prepare(language)
            except TimeoutError:
                log.warning("fallback_too_slow")
        pcm = self._ready.get(language)
        return two_tones() if pcm is None or not len(pcm) else pcm


@lru_cache(maxsize=1)
def two_tones() -> Pcm:
    """Two soft falling tones, 0.5 s: we are here, say it again."""
    time_s = np.arange(int(0.25 * RATE_HZ)) / RATE_HZ
    shape = np.sin(np.pi * time_s / 0.25) ** 2
    tones = [np.sin(2 * np.pi * pitch_hz * time_s) * shape for pitch_hz in (660, 520)]
    return (np.concatenate(tones) * 5000).astype(np.int16)
