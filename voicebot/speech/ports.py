"""What the rest of the house asks of ears and voice. Audio is int16 mono at 8 kHz everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voicebot.domain.language import Language

RATE_HZ = 8000
Pcm = NDArray[np.int16]
"""int16 mono, shape (n_samples,), 8 kHz."""


class Priority(IntEnum):
    """Order in an engine's queue; lower goes first."""

    TURN = 0
    """A caller waits for this."""
    SPECULATIVE = 1
    """The caller may still be speaking; first to be refused when the queue is full."""
    BACKGROUND = 2
    """Filling caches, checks."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """Words of one piece of speech.

    text: "" when nothing was said (silence, noise, a phantom phrase). confidence: 0-1, mean token probability.
    dropped: why a text was thrown away ("no_speech", "phantom", "repetition", "too_short"), or "".
    took_ms: engine time without waiting; waited_ms: time in the queue.
    """

    text: str
    confidence: float
    language: Language
    took_ms: float
    waited_ms: float = 0.0
    dropped: str = ""


class Transcriber(Protocol):
    """Ears shared by all calls."""

    @property
    def name(self) -> str:
        """As shown to people: "practice ears", "faster-whisper small"."""
        ...

    async def transcribe(self, pcm: Pcm, language: Language, *, priority: Priority = Priority.TURN) -> Transcript:
        """Words in pcm. Cancelling the awaiting task withdraws the job.

        Raises: SpeechBusy when the queue is full, SpeechTimedOut, SpeechError.
        """
        ...


class Voice(Protocol):
    """One client's voice in one language."""

    @property
    def name(self) -> str:
        """As shown to people: "practice voice fr+f2", "piper fr_FR-siwis-medium"."""
        ...

    async def say(self, text: str, *, fixed: bool = False, priority: Priority = Priority.TURN) -> Pcm:
        """Audio of one sentence; fixed sentences are synthesised once and cached on disk.

        Raises: SpeechBusy, SpeechTimedOut, SpeechError.
        """
        ...
