"""What turn taking is told and what it says: the words shared by the pure state machine and those who act on it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

WINDOW_MS = 32
"""Step of turn taking: one window of Silero VAD at 8 kHz (256 samples)."""


@dataclass(frozen=True, slots=True)
class TurnRules:
    """Thresholds of turn taking, in ms of audio. Measured trade-offs are in docs/voice.md.

    open_ms: voice that opens a turn. look_ms: silence at which the ears and the turn model are asked;
    aside_look_ms: over the receptionist's voice.

    Silence that ends a turn: sure_ms when its words are complete and the model agrees; complete_ms when only the words
    say so, doubted_ms when the model disagrees; finished_ms when only the model says so, likely_ms when it leans to it;
    answered_ms when the words answer what was asked though the model says "not finished";
    unasked_ms when words tell nothing and the model was not asked; unfinished_ms at most when the model says "not
    finished", nobody has answered, or there is only « bonjour », « euh »; incomplete_ms inside a dictated number or a
    spelling.

    Voice over the receptionist's: at peek_ms the ears are asked whether it is more than « hmm ». She hesitates, to go on
    if it was nothing, after hesitate_words_ms when they heard words, hesitate_ms when they have not answered,
    hesitate_backchannel_ms when they heard « oui », « d'accord ». barge_in_ms stops her for good. Humming never counts;
    a burst with less than articulate_ms of anything else is a hum.
    """

    open_ms: int = 64
    look_ms: int = 96
    aside_look_ms: int = 64
    sure_ms: int = 160
    complete_ms: int = 224
    doubted_ms: int = 352
    finished_ms: int = 384
    likely_ms: int = 448
    answered_ms: int = 544
    unasked_ms: int = 704
    unfinished_ms: int = 832
    incomplete_ms: int = 2208
    finished: float = 0.8
    likely: float = 0.5
    peek_ms: int = 128
    hesitate_words_ms: int = 160
    hesitate_ms: int = 192
    hesitate_backchannel_ms: int = 416
    barge_in_ms: int = 544
    articulate_ms: int = 96
    gap_ms: int = 160
    """Silence inside a burst of voice that does not end the burst."""
    aside_ms: int = 256
    """Silence after which a backchannel over the receptionist's voice is over."""
    aside_words_ms: int = 160
    """Silence after which a short burst with words stops her: before, it may be a gap inside a word."""
    unheard_aside_ms: int = 352
    """Silence after which a receptionist who hesitated goes on though the ears have not answered."""
    longest_ms: int = 30_000


class Floor(Enum):
    """Who has the word."""

    FREE = auto()
    SPEAKING = auto()
    """The receptionist speaks and may be interrupted."""
    YIELDING = auto()
    """The end of a yes/no question: « oui » is already its answer."""
    RESERVED = auto()
    """The receptionist says what must be heard whole: the caller is heard, and answered afterwards."""


class Sense(Enum):
    """What sort of words were heard."""

    NOTHING = auto()
    BACKCHANNEL = auto()
    WORDS = auto()


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """The caller speaks. at_ms: when the voice began."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Peek:
    """Voice over the receptionist's: decode what there is of it at once."""

    number: int
    started_ms: int
    at_ms: int


@dataclass(frozen=True, slots=True)
class Look:
    """A pause: decode the turn so far and ask the turn model. number: of this pause, for the answers."""

    number: int
    started_ms: int
    ended_ms: int


@dataclass(frozen=True, slots=True)
class SpeechResumed:
    """The caller goes on in the same turn: what was begun for the last pause is void."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class Hesitate:
    """The receptionist falls silent for a moment: it may be a barge-in."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class GoOn:
    """It was none: she goes on where she was."""

    at_ms: int


@dataclass(frozen=True, slots=True)
class BargeIn:
    """The receptionist must stop, and listen."""

    at_ms: int


class Why(Enum):
    """What ended a turn."""

    SURE = "sure"
    WORDS = "words"
    MODEL = "model"
    SILENCE = "silence"
    LENGTH = "length"


@dataclass(frozen=True, slots=True)
class TurnEnded:
    """The caller's turn is over. look: number of the pause whose words hold, 0 when none was looked at.

    started_ms, ended_ms: first and last voice. at_ms: when it was decided. voiced_ms: voice in it.
    """

    look: int
    started_ms: int
    ended_ms: int
    at_ms: int
    voiced_ms: int
    why: Why
    over_voice: bool = False
    """It was said while the receptionist spoke."""
    words_known: bool = True
    """The ears had answered; if not, their answer may still ask for patience (TurnTaking.patience_left_ms)."""

    @property
    def cut(self) -> bool:
        return self.why is Why.LENGTH


@dataclass(frozen=True, slots=True)
class AsideDropped:
    """« hmm », « d'accord » or a noise over the receptionist's voice: nothing to answer."""

    at_ms: int


Signal = SpeechStarted | Peek | Look | SpeechResumed | Hesitate | GoOn | BargeIn | TurnEnded | AsideDropped
