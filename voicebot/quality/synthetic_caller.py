"""A person of software on a telephone line: follows a script, reacts as fast as people do, hears by ear."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from voicebot.quality.carried_call import (
    FRAME_MS,
    FRAME_SAMPLES,
    CallToPlace,
    CarriedCall,
    Moment,
)
from voicebot.quality.latency import Wait, waits
from voicebot.quality.loudness import AUDIBLE_RMS, Span, audible_spans, rms
from voicebot.quality.script import BreakLine, HangUp, Listen, Manner, Pause, PlaySound, PressKeys, SayWords, Step
from voicebot.quality.synthetic_carrier import SyntheticCarrier
from voicebot.speech.ports import RATE_HZ, Pcm
from voicebot.speech.sound import as_float, as_pcm, resample

KEY_EVERY_FRAMES = 10
_SILENT_FRAME = np.zeros(FRAME_SAMPLES, np.int16)


@dataclass(frozen=True, slots=True)
class CallerTurn:
    """What the caller said or played: span from its first to its last audible sample, since the call was answered."""

    text: str
    span: Span


@dataclass(frozen=True, slots=True)
class CallResult:
    """waits: one per turn, in order. gave_up: the receptionist was silent for longer than the caller's patience."""

    call: CarriedCall
    turns: tuple[CallerTurn, ...]
    waits: tuple[Wait, ...]
    receptionist_spans: tuple[Span, ...]
    gave_up: bool
    steps_left: int


class SyntheticCaller:
    """One caller for one call; see voicebot.quality.carried_call.Person.

    Args:
        steps: the script with SayWords already turned into PlaySound (see place_call).
    """

    def __init__(self, steps: Sequence[Step], manner: Manner | None = None) -> None:
        self._steps = list(steps)
        self._manner = manner or Manner()
        self._chance = np.random.default_rng(self._manner.seed)
        self._mouth: list[Pcm] = []
        self._keys = ""
        self._frames = 0
        self._she_began: int | None = None
        """Frame in which the receptionist began to speak since the caller's last step."""
        self._she_was_heard: int | None = None
        self._last_sound = 0
        """Frame of the last sound of either side, or of the last step."""
        self._rest_until = 0
        self._reaction = self._draw_reaction()
        self._noise = _noise(self._steps, self._manner, self._chance)
        self.turns: list[CallerTurn] = []
        self.gave_up = False

    @property
    def steps_left(self) -> int:
        return len(self._steps)

    def add(self, step: Step) -> None:
        """One more step at the end of the script."""
        self._steps.append(step)

    def replace_next(self, step: Step) -> None:
        """Forgets what was to come and does this instead: the caller has been asked something new."""
        self._steps = [step]

    def live(self, heard: Pcm) -> Moment:
        frame, self._frames = self._frames, self._frames + 1
        if rms(heard) >= AUDIBLE_RMS:
            self._she_began = frame if self._she_began is None else self._she_began
            self._she_was_heard = self._last_sound = frame
        moment = self._next(frame)
        return replace(moment, said=self._with_noise(moment.said, frame))

    def _next(self, frame: int) -> Moment:
        if self._mouth:
            self._last_sound = frame
            return Moment(self._mouth.pop(0))
        if self._keys:
            self._last_sound = frame
            key, self._keys = (self._keys[0], self._keys[1:]) if frame % KEY_EVERY_FRAMES == 0 else ("", self._keys)
            return Moment(_SILENT_FRAME, keys=key)
        if frame < self._rest_until:
            return Moment(_SILENT_FRAME)
        quiet_s = (frame - self._last_sound) * FRAME_MS / 1000
        if not self._steps:
            return Moment(_SILENT_FRAME, hangs_up=quiet_s >= self._manner.after_last_s)
        if self._is_time(self._steps[0], frame):
            return self._take(self._steps.pop(0), frame)
        if quiet_s >= self._manner.patience_s:
            self.gave_up = True
            return Moment(_SILENT_FRAME, hangs_up=True)
        return Moment(_SILENT_FRAME)

    def _is_time(self, step: Step, frame: int) -> bool:
        if isinstance(step, Pause | HangUp | BreakLine) or (isinstance(step, SayWords | PlaySound) and step.at_once):
            return True
        if isinstance(step, SayWords | PlaySound) and step.barge_in_ms is not None:
            return self._she_began is not None and (frame - self._she_began) * FRAME_MS >= step.barge_in_ms
        if self._she_was_heard is None:
            return False
        return (frame - self._she_was_heard) * FRAME_MS / 1000 >= self._reaction

    def _take(self, step: Step, frame: int) -> Moment:
        self._she_began = self._she_was_heard = None
        self._last_sound = frame
        self._reaction = self._draw_reaction()
        match step:
            case PlaySound(pcm, name):
                self.turns.append(_turn(pcm, name, frame))
                self._mouth = _frames(pcm)
                return Moment(self._mouth.pop(0)) if self._mouth else Moment(_SILENT_FRAME)
            case SayWords(text):
                raise ValueError(f"SayWords({text!r}) has no sound yet: use place_call.")
            case PressKeys(keys):
                self._keys = keys
            case Pause(seconds):
                self._rest_until = frame + round(seconds * 1000 / FRAME_MS)
                # Only what is said after the pause counts as the receptionist's answer if nothing was said before it.
                self._last_sound = self._rest_until
            case BreakLine():
                return Moment(_SILENT_FRAME, breaks_line=True)
            case HangUp():
                return Moment(_SILENT_FRAME, hangs_up=True)
            case Listen():
                pass
        return Moment(_SILENT_FRAME)

    def _draw_reaction(self) -> float:
        return float(self._chance.uniform(*self._manner.reaction_s))

    def _with_noise(self, said: Pcm, frame: int) -> Pcm:
        if self._noise is None:
            return said
        start = frame * FRAME_SAMPLES % (len(self._noise) - FRAME_SAMPLES)
        noisy = said.astype(np.int32) + self._noise[start : start + FRAME_SAMPLES]
        return np.clip(noisy, -32768, 32767).astype(np.int16)


async def place_call(
    carrier: SyntheticCarrier,
    call: CallToPlace,
    steps: Sequence[Step],
    *,
    speak: Callable[[str], Pcm],
    manner: Manner | None = None,
) -> CallResult:
    """A whole call. speak: text to int16 mono 8 kHz, run in a thread before the call is placed."""
    sounds = [await asyncio.to_thread(_with_sound, step, speak) for step in steps]
    caller = SyntheticCaller(sounds, manner)
    carried = await carrier.carry(call, caller)
    spans = [turn.span for turn in caller.turns]
    return CallResult(
        call=carried,
        turns=tuple(caller.turns),
        waits=waits(spans, carried.receptionist),
        receptionist_spans=audible_spans(carried.receptionist, join_ms=300),
        gave_up=caller.gave_up,
        steps_left=caller.steps_left,
    )


def read_wav(path: Path) -> Pcm:
    """A WAV file of 16 bits at any rate as int16 mono 8 kHz. Raises: ValueError for another kind of file."""
    import wave

    try:
        with wave.open(str(path), "rb") as wav:
            if wav.getsampwidth() != 2:
                raise ValueError(f"{path}: samples of 16 bits are needed, not {8 * wav.getsampwidth()}.")
            samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2").reshape(-1, wav.getnchannels())
            rate_hz = wav.getframerate()
    except (wave.Error, EOFError) as wrong:
        raise ValueError(f"{path}: not a WAV file of 16 bits: {wrong}.") from wrong
    mono = samples.mean(axis=1).astype(np.int16)
    return as_pcm(resample(as_float(mono), rate_hz, RATE_HZ))


def _with_sound(step: Step, speak: Callable[[str], Pcm]) -> Step:
    if isinstance(step, SayWords):
        return PlaySound(speak(step.text), step.text, step.barge_in_ms, step.at_once)
    return step


def _turn(pcm: Pcm, name: str, frame: int) -> CallerTurn:
    spans = audible_spans(pcm) or (Span(0.0, len(pcm) * 1000 / RATE_HZ),)
    began_ms = float(frame * FRAME_MS)
    return CallerTurn(name, Span(began_ms + spans[0].started_ms, began_ms + spans[-1].ended_ms))


def _frames(pcm: Pcm) -> list[Pcm]:
    padded = np.concatenate([pcm, np.zeros(-len(pcm) % FRAME_SAMPLES, np.int16)])
    return list(padded.reshape(-1, FRAME_SAMPLES))


def _noise(steps: Sequence[Step], manner: Manner, chance: np.random.Generator) -> Pcm | None:
    """Ten seconds of noise at the wanted distance from the loudness of the caller's own speech."""
    if manner.noise_snr_db is None:
        return None
    spoken = np.concatenate([_SILENT_FRAME, *(s.pcm for s in steps if isinstance(s, PlaySound))])
    voiced = spoken[np.abs(spoken) > AUDIBLE_RMS]
    noise = chance.standard_normal(10 * RATE_HZ)
    if manner.brown:
        noise = np.cumsum(noise)
        noise -= np.convolve(noise, np.ones(401) / 401, mode="same")
    noise *= (rms(voiced) or 1000.0) * 10 ** (-manner.noise_snr_db / 20) / np.sqrt(np.mean(noise**2))
    return np.clip(noise, -32768, 32767).astype(np.int16)
