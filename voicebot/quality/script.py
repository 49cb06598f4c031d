"""What a synthetic caller does, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.speech.ports import Pcm


@dataclass(frozen=True, slots=True)
class SayWords:
    """Speak text with the caller's voice, once the receptionist has finished.

    barge_in_ms: instead of waiting, begin this long after the receptionist began to speak.
    at_once: instead of waiting, begin now.
    """

    text: str
    barge_in_ms: float | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class PlaySound:
    """Like SayWords, with given sound (int16 mono 8 kHz). name: for reports."""

    pcm: Pcm
    name: str = "sound"
    barge_in_ms: float | None = None
    at_once: bool = False


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Keys 0-9 * #, one each 200 ms, once the receptionist has finished."""

    keys: str


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait until the receptionist has finished, and say nothing."""


@dataclass(frozen=True, slots=True)
class Pause:
    seconds: float


@dataclass(frozen=True, slots=True)
class BreakLine:
    """The media connection dies; the call does not."""


@dataclass(frozen=True, slots=True)
class HangUp:
    pass


Step = SayWords | PlaySound | PressKeys | Listen | Pause | BreakLine | HangUp


@dataclass(frozen=True, slots=True)
class Manner:
    """How a caller behaves.

    reaction_s: shortest and longest time between the receptionist's last sound and the caller's next step; it must be
        longer than the receptionist's pauses between sentences.
    patience_s: silence of the receptionist after which the caller gives up and hangs up.
    after_last_s: how long the caller waits, the script done and the receptionist silent, for her to hang up.
    noise_snr_db: background noise under the caller's speech; None for none. brown: like a street, else like hiss.
    seed: of reaction times and noise.
    """

    reaction_s: tuple[float, float] = (0.6, 0.9)
    patience_s: float = 15.0
    after_last_s: float = 6.0
    noise_snr_db: float | None = None
    brown: bool = True
    seed: int = 0
