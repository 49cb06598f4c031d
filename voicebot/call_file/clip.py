"""A piece of a call's sound as a WAV file, from the finished recording or from the tape while the call goes on."""

from __future__ import annotations

import io
import wave
from pathlib import Path
from typing import Literal

import numpy as np

from voicebot.call_file.tape import RECORDING
from voicebot.errors import NoSound
from voicebot.speech.ports import RATE_HZ, Pcm

Side = Literal["both", "caller", "receptionist"]
LONGEST_CLIP_MS = 60_000
_SIDES = ("caller", "receptionist")
_PER_MS = RATE_HZ // 1000


def clip_of(folder: Path, from_ms: int, to_ms: int, *, side: Side = "both") -> bytes:
    """The sound from from_ms to to_ms (on the call's clock) as WAV: 8 kHz, 16 bit; two channels, or one for one side.

    What lies after the end of the sound is left out. Blocks: it reads files.

    Args:
        folder: the call's folder.
        side: "both" is left the caller, right who speaks with them.

    Raises: NoSound when there is no recording, or none of that moment; ValueError for a span that is no span or too long.
    """
    if not 0 <= from_ms < to_ms or to_ms - from_ms > LONGEST_CLIP_MS:
        raise ValueError(f"a clip is of 1 to {LONGEST_CLIP_MS} ms")
    samples = read_sound(folder, from_ms, to_ms)
    if samples is None or not len(samples):
        raise NoSound("Nothing can be heard of this moment of the call.", "It was not recorded, or its sound was deleted.")
    chosen = samples if side == "both" else samples[:, _SIDES.index(side)]
    return as_wav(chosen)


def has_sound(folder: Path) -> bool:
    """Is anything of the call there to be heard?"""
    return (folder / RECORDING).exists() or any(part.exists() for part in _parts(folder))


def read_sound(folder: Path, from_ms: int = 0, to_ms: int | None = None) -> Pcm | None:
    """Samples of both sides, shape (n, 2), left the caller; to the end without to_ms; None when nothing was recorded."""
    if (folder / RECORDING).exists():
        return _of_recording(folder / RECORDING, from_ms, to_ms)
    parts = _parts(folder)
    if not any(part.exists() for part in parts):
        return None
    sides = [_of_part(part, from_ms, to_ms) for part in parts]
    # One side may be silent for longer than the other: what is missing is silence.
    longest = max(map(len, sides))
    return np.stack([np.pad(side, (0, longest - len(side))) for side in sides], axis=1)


def as_wav(samples: Pcm) -> bytes:
    """samples: shape (n,) or (n, channels), 8 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        out.setsampwidth(2)
        out.setframerate(RATE_HZ)
        out.writeframes(np.ascontiguousarray(samples, "<i2").tobytes())
    return file.getvalue()


def _of_recording(path: Path, from_ms: int, to_ms: int | None) -> Pcm:
    try:
        with wave.open(str(path), "rb") as recording:
            frames, channels = recording.getnframes(), recording.getnchannels()
            start = min(from_ms * _PER_MS, frames)
            end = frames if to_ms is None else min(to_ms * _PER_MS, frames)
            recording.setpos(start)
            return np.frombuffer(recording.readframes(end - start), "<i2").reshape(-1, channels)
    except (OSError, EOFError, wave.Error) as wrong:
        raise NoSound("The recording of this call cannot be read.", "Look at its folder.") from wrong


def _of_part(path: Path, from_ms: int, to_ms: int | None) -> Pcm:
    try:
        count = -1 if to_ms is None else (to_ms - from_ms) * _PER_MS
        return np.fromfile(path, "<i2", count, offset=2 * from_ms * _PER_MS)
    except FileNotFoundError:
        return np.zeros(0, np.int16)
    except OSError as wrong:
        raise NoSound("The tape of this call cannot be read.", "Look at its folder.") from wrong


def _parts(folder: Path) -> tuple[Path, Path]:
    return folder / "tape" / "caller.pcm", folder / "tape" / "receptionist.pcm"
