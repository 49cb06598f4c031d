"""What the receptionist says next: sentences, and what the line does after them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from voicebot.domain.call import EndReason, Expectation
from voicebot.domain.language import Language


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence to speak.

    id: unique within the call, and the name of its mark on the line. phrase: id of the approved phrase.
    fixed: the text has no caller's words in it, so its audio may be cached.
    interruptible: False for the legal notice and the safety scripts: the caller's voice does not stop them.
    owed: the caller must be told it: said again before the next reply when less than half of it was heard.
    """

    id: str
    text: str
    language: Language
    phrase: str
    fixed: bool = False
    interruptible: bool = True
    owed: bool = False


class Then(StrEnum):
    LISTEN = "listen"
    HANG_UP = "hang_up"
    """Hang up once the last sentence has been played."""


@dataclass(frozen=True, slots=True)
class Reply:
    """sentences in order; then; expectation: what the caller is expected to answer; ending: why the call ends, or None."""

    sentences: tuple[Sentence, ...]
    then: Then
    expectation: Expectation
    ending: EndReason | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One caller turn as the ears gave it. Times are ms since the call's audio began; confidence 0-1.

    heard_by: "practice ears", "faster-whisper small", "keyboard". ears_ms: time that the decoding took.
    """

    text: str
    confidence: float = 1.0
    started_ms: int = 0
    ended_ms: int = 0
    heard_by: str = "keyboard"
    ears_ms: float = 0.0
    cut: bool = False
    """The turn was cut by the maximum length: more may follow."""
