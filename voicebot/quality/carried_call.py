"""A call as its carrier saw it: who may be on the line, and what is left of it afterwards."""

from __future__ import annotations

import secrets
import wave
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol

import numpy as np

from voicebot.quality.twiml import Verb
from voicebot.speech.ports import RATE_HZ, Pcm

FRAME_MS = 20
FRAME_SAMPLES = RATE_HZ * FRAME_MS // 1000


@dataclass(frozen=True, slots=True)
class Moment:
    """20 ms of a person. said: shape (160,). keys: pressed at its beginning.

    breaks_line: the media websocket is cut as a dying network cuts it, and the carrier goes on with its next verb.
    """

    said: Pcm
    keys: str = ""
    hangs_up: bool = False
    breaks_line: bool = False


class Person(Protocol):
    """Someone on the caller's side of a line."""

    def live(self, heard: Pcm) -> Moment:
        """The next 20 ms, knowing what is heard during them (shape (160,), silence included)."""
        ...


def _sid(prefix: str) -> str:
    return prefix + secrets.token_hex(16)


@dataclass(frozen=True, slots=True)
class CallToPlace:
    """Numbers are E.164; caller_number "" is withheld (Twilio then writes "anonymous")."""

    dialled_number: str
    caller_number: str = "+33612345678"
    call_sid: str = field(default_factory=lambda: _sid("CA"))
    account_sid: str = field(default_factory=lambda: _sid("AC"))


class Ending(StrEnum):
    HUNG_UP_BY_CALLER = "hung_up_by_caller"
    HUNG_UP_BY_US = "hung_up_by_us"
    """The receptionist's side: <Hangup>, or a document without further verbs."""
    PUT_THROUGH = "put_through"
    """People were dialled and answered."""
    CARRIER_ERROR = "carrier_error"
    """A webhook could not be reached or obeyed: a real caller hears "an application error has occurred"."""
    TIME_LIMIT = "time_limit"


@dataclass(frozen=True, slots=True)
class PlayedMark:
    """at_ms: since the call was answered. cleared: dropped by a clear, not played."""

    name: str
    at_ms: float
    cleared: bool = False


@dataclass(frozen=True, slots=True)
class VerbDone:
    at_ms: float
    verb: Verb


@dataclass(frozen=True, slots=True)
class CarriedCall:
    """Everything the carrier knows. Both channels start when the call was answered and are equally long.

    caller, receptionist: what each said as the caller's telephone had it, int16 mono 8 kHz, on one sample clock.
    rang_ms: from placing the call to the first document. streams: media streams opened. clears: clear messages.
    late_ms_p99: how late our own 20 ms clock was; waits are known no better than that.
    trouble: what a carrier's debugger would show.
    """

    caller: Pcm
    receptionist: Pcm
    ending: Ending
    rang_ms: float = 0.0
    marks: tuple[PlayedMark, ...] = ()
    verbs: tuple[VerbDone, ...] = ()
    streams: int = 0
    clears: int = 0
    late_ms_p99: float = 0.0
    trouble: tuple[str, ...] = ()

    @property
    def duration_s(self) -> float:
        return len(self.caller) / RATE_HZ

    def write_wav(self, path: Path) -> None:
        """8 kHz, 16 bits, left the caller, right the receptionist."""
        with wave.open(str(path), "wb") as wav:
            wav.setnchannels(2)
            wav.setsampwidth(2)
            wav.setframerate(RATE_HZ)
            wav.writeframes(np.column_stack([self.caller, self.receptionist]).astype("<i2").tobytes())
