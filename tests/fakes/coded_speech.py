"""Audio whose loudness is its words: ears that read it, a voice that is a tone, a detector that hears loudness."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from voicebot.domain.language import Language
from voicebot.errors import VoicebotError
from voicebot.speech.ports import RATE_HZ, Pcm, Priority, Transcript
from voicebot.voice.shared_models import SharedModels

_LOWEST, _STEP = 1500.0, 1.15
_WAVE = np.tile(np.repeat([1.0, -1.0], 4), 1000)


@dataclass
class Words:
    """Gives each phrase a loudness of its own (18 at most)."""

    phrases: list[str] = field(default_factory=list)

    def spoken(self, phrase: str, ms: int) -> Pcm:
        """Audio of a phrase: a 1 kHz square wave at the phrase's loudness."""
        if phrase not in self.phrases:
            self.phrases.append(phrase)
        loudness = _LOWEST * _STEP ** self.phrases.index(phrase)
        samples = ms * RATE_HZ // 1000
        return (np.resize(_WAVE, samples) * loudness).astype(np.int16)

    def heard(self, pcm: Pcm) -> str:
        """Phrases in pcm, in order; a run of less than 90 ms is no word."""
        blocks = np.abs(pcm[: len(pcm) // 80 * 80].astype(np.float32)).reshape(-1, 80).mean(axis=1)
        text, last, run = [], -1, 0
        for loudness in [*blocks, 0.0]:
            index = -1 if loudness < 700 else round(float(np.log(loudness / _LOWEST) / np.log(_STEP)))
            if index != last:
                if run >= 9 and 0 <= last < len(self.phrases):
                    text.append(self.phrases[last])
                last, run = index, 0
            run += 1
        return " ".join(text)


@dataclass
class CodedEars:
    """delay_s: time of a decoding. failures: raised once each, first things first."""

    words: Words
    delay_s: float = 0.02
    failures: list[VoicebotError] = field(default_factory=list)
    jobs: list[tuple[Priority, str]] = field(default_factory=list)
    withdrawn: int = 0
    name: str = "coded ears"

    async def transcribe(self, pcm: Pcm, language: Language, *, priority: Priority = Priority.TURN) -> Transcript:
        if self.failures:
            raise self.failures.pop(0)
        text = self.words.heard(pcm)
        try:
            await asyncio.sleep(self.delay_s)
        except asyncio.CancelledError:
            self.withdrawn += 1
            raise
        self.jobs.append((priority, text))
        return Transcript(text, 0.9, language, took_ms=self.delay_s * 1000, dropped="" if text else "no_speech")


@dataclass
class ToneVoice:
    """ms_of: length of a sentence's audio, 1,000 ms when it is not named. failures: raised once each."""

    ms_of: dict[str, int] = field(default_factory=dict)
    delay_s: float = 0.01
    failures: list[VoicebotError] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    name: str = "tone voice"

    async def say(self, text: str, *, fixed: bool = False, priority: Priority = Priority.TURN) -> Pcm:
        await asyncio.sleep(self.delay_s)
        if self.failures and priority is Priority.TURN:
            raise self.failures.pop(0)
        self.said.append(text)
        time_s = np.arange(self.ms_of.get(text, 1000) * RATE_HZ // 1000) / RATE_HZ
        return (8000 * np.sin(2 * np.pi * 440 * time_s)).astype(np.int16)


class NothingComesBack:
    """An echo canceller for lines without echo: coded words and tones are too alike for a real one."""

    def process(self, near: Pcm, far: Pcm) -> Pcm:
        return near


def loudness_models(verdict: Callable[[], float | None] = lambda: 0.9, delay_s: float = 0.03) -> SharedModels:
    """Models that take loudness for voice, and whose turn model says what it is told."""

    def detector(window: Pcm) -> float:
        return 0.95 if float(np.abs(window.astype(np.float32)).mean()) > 500 else 0.02

    async def finished(_pcm: Pcm) -> float | None:
        await asyncio.sleep(delay_s)
        return verdict()

    return SharedModels(new_detector=lambda: detector, new_canceller=NothingComesBack, finished=finished)
