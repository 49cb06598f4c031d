"""What call.json holds: the format "voicebot.call/1", as types. docs/call-file.md explains it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from voicebot.domain.acts import Act
from voicebot.domain.call import Call
from voicebot.domain.decisions import Decision
from voicebot.domain.events import CallEvent
from voicebot.domain.language import Language
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEvent

FORMAT = "voicebot.call/1"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Cause(StrEnum):
    """Why the receptionist spoke or acted."""

    PICK_UP = "pick_up"
    SPEECH = "speech"
    KEYS = "keys"
    SILENCE = "silence"
    LINE_BACK = "line_back"
    """The call came back on a new line, or in another process."""
    ON_CALL = "on_call"
    """The people on call took the request, or could not be reached."""
    HOUSE = "house"
    """A limit of the house: the call's time, the end of the line."""


class HeardWords(_Part):
    """One caller turn as the ears gave it. started_ms, ended_ms: what the line said; see timeline for what was audible."""

    text: str
    language: Language
    confidence: float = 1.0
    started_ms: int = 0
    ended_ms: int = 0
    heard_by: str = ""
    cut: bool = False


class Understood(_Part):
    """Acts in the words or keys. by: "rules", "language_model" or "keypad". fallback: why it was not the model, or "".

    prompt: hash of the prompt that the language model was given, or "".
    """

    acts: tuple[Act, ...]
    by: str
    fallback: str = ""
    took_ms: float = 0.0
    prompt: str = ""


class SpokenSentence(_Part):
    """One sentence of the receptionist. played: "all", "part" or "none" as the line's marks told; None: never told."""

    id: str
    at: datetime
    text: str
    phrase: str
    language: Language
    interruptible: bool = True
    played: Literal["all", "part", "none"] | None = None
    started_ms: int | None = None
    played_ms: int | None = None


class Exchange(_Part):
    """What came from the caller, what was made of it, and what was answered.

    number: 0, 1, 2 … in the call. turn: number of the caller's turn in the events. reported: the line's own milliseconds
    (wait_ms and its breakdown); the waits of the timeline are measured from the sound.
    """

    number: int
    at: datetime
    cause: Cause
    turn: int | None = None
    heard: HeardWords | None = None
    keys: str = ""
    silence_s: float | None = None
    understood: Understood | None = None
    decisions: tuple[Decision, ...] = ()
    sentences: tuple[SpokenSentence, ...] = ()
    reported: dict[str, float] = {}


class Audible(_Part):
    """Sound of one side from started_ms to ended_ms."""

    started_ms: int
    ended_ms: int


class MeasuredWait(_Part):
    """End of the caller's speech to the receptionist's first sound. exchange: its number, where one is that close."""

    spoke_until_ms: int
    answered_ms: int
    wait_ms: int
    exchange: int | None = None


class Interruption(_Part):
    """The caller spoke while the receptionist did. gave_way: the voice was silent before the caller was."""

    started_ms: int
    caller_until_ms: int
    voice_until_ms: int
    voice_went_on_ms: int
    gave_way: bool


class SpokenOver(_Part):
    """The receptionist began while the caller was speaking."""

    started_ms: int
    caller_until_ms: int


class Timeline(_Part):
    """Who was audible when; ms on the call's clock.

    source: "audio", measured from the sound, 10 ms fine; "line", as the line told, where no sound was measured.
    measured_until_ms: the sound was measured only until there (the tape was stopped); None: all of it.
    """

    source: Literal["audio", "line"]
    length_ms: int
    caller: tuple[Audible, ...]
    receptionist: tuple[Audible, ...]
    first_sound_ms: int | None
    waits: tuple[MeasuredWait, ...]
    median_wait_ms: int | None
    longest_wait_ms: int | None
    barge_ins: tuple[Interruption, ...]
    spoken_over: tuple[SpokenOver, ...]
    measured_until_ms: int | None = None


class Recording(_Part):
    """file: name in the folder, or None. stopped_at_ms: audio is missing from there on (the disk was full or failed)."""

    file: Literal["recording.wav"] | None
    stopped_at_ms: int | None = None


class Models(_Part):
    """Names of all that was used in the call. prompts: hashes of the prompts that a language model was given."""

    ears: tuple[str, ...]
    understanding: tuple[str, ...]
    voices: tuple[str, ...]
    prompts: tuple[str, ...]


class Trouble(_Part):
    """An error that the call survived."""

    at: datetime
    code: str
    what: str


class CallFile(_Part):
    """The whole of call.json. events: the log that all else but the timeline was made from.

    after_call: what happened to the message since: deliveries, and every attempt to reach people on call.
    """

    format: Literal["voicebot.call/1"]
    call: Call
    message: Message | None
    exchanges: tuple[Exchange, ...]
    timeline: Timeline | None
    recording: Recording
    models: Models
    troubles: tuple[Trouble, ...]
    events: tuple[CallEvent, ...]
    after_call: tuple[MessageEvent, ...] = ()

    def as_json(self) -> bytes:
        return self.model_dump_json(indent=1).encode()
