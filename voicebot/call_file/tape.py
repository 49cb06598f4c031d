"""The sound of a call while it lives: caller and receptionist on two channels, on disk as it comes."""

from __future__ import annotations

import wave
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from voicebot.call_file.lane import Lane
from voicebot.call_file.writing import PRIVATE_FOLDER, in_store_words, write_whole
from voicebot.speech.ports import RATE_HZ, Pcm

RECORDING = "recording.wav"
_REFUSED = "audio-refused"
_BLOCK_BYTES = 2 * RATE_HZ * 10


class Tape:
    """Two channels of one call, in <folder>/tape. at_ms is always wall-clock ms since call.started_at.

    Cheap enough for the event loop: a write is a copy in memory, and a quarter of a second of each channel goes to the
    disk's cache in one piece. Several processes may have the same tape, one after the other. A disk that is full or fails
    ends the audio (audio_stopped_ms), never the call.

    Args:
        folder: the call's folder; made when something is written.
        keep_audio: False keeps no audio at all, only the level of each 10 ms, from which nothing can be heard.
    """

    def __init__(self, folder: Path, *, keep_audio: bool) -> None:
        self._folder = folder
        self._parts = folder / "tape"
        self._keep_audio = keep_audio and not (self._parts / _REFUSED).exists()
        self._caller = Lane(self._parts, "caller", keep_audio=self._keep_audio)
        self._receptionist = Lane(self._parts, "receptionist", keep_audio=self._keep_audio)

    @property
    def keeps_audio(self) -> bool:
        return self._keep_audio

    @property
    def end_ms(self) -> int:
        """Where the last sound of either channel ends."""
        return max(self._caller.end_ms, self._receptionist.end_ms)

    @property
    def audio_stopped_ms(self) -> int | None:
        """From where audio is missing because the disk was full or failed; None when it is whole."""
        stops = (self._caller.audio_stopped_ms, self._receptionist.audio_stopped_ms)
        return min((ms for ms in stops if ms is not None), default=None)

    @property
    def measured_ms(self) -> int | None:
        """Until where levels are known when not even they could be written; None when they are whole."""
        stops = (self._caller.levels_stopped_ms, self._receptionist.levels_stopped_ms)
        return min((ms for ms in stops if ms is not None), default=None)

    def caller(self, pcm: Pcm, at_ms: int) -> None:
        """What the caller was heard to say. at_ms from the carrier's own timestamps, or counted in samples."""
        self._caller.put(pcm, at_ms)

    def receptionist(self, pcm: Pcm, at_ms: int) -> None:
        """What the caller hears from at_ms on, when it is played, not when it is sent."""
        self._receptionist.put(pcm, at_ms)

    def cut_receptionist(self, at_ms: int) -> None:
        """What was to be played after at_ms was cleared by a barge-in."""
        self._receptionist.cut(at_ms)

    def stop_and_delete(self) -> None:
        """The caller refuses: what was recorded is deleted, and no process records this call again.

        Levels are kept. Raises: StoreError when something could not be deleted.
        """
        self._keep_audio = False
        with in_store_words("The refusal of the recording"):
            for lane in (self._caller, self._receptionist):
                lane.delete_audio()
            for leftover in (RECORDING, f".{RECORDING}.draft"):
                (self._folder / leftover).unlink(missing_ok=True)
            self._parts.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
            (self._parts / _REFUSED).touch()

    def close(self) -> None:
        """Writes what is still in memory. A later write opens the tape again."""
        self._caller.close()
        self._receptionist.close()

    def levels(self) -> tuple[NDArray[np.uint16], NDArray[np.uint16]]:
        """(caller, receptionist): one level per 10 ms, 0-32767, as far as they are on disk (see close)."""
        return self._caller.levels(), self._receptionist.levels()

    def write_recording(self) -> bool:
        """Writes recording.wav: 8 kHz, 16 bit, left caller, right receptionist. Returns: False without audio.

        Raises: StoreFull, StoreError.
        """
        self.close()
        parts = (self._parts / "caller.pcm", self._parts / "receptionist.pcm")
        if not any(part.exists() for part in parts):
            return False
        write_whole(self._folder / RECORDING, lambda file: _interleave(*parts, file))
        return True

    def drop_parts(self) -> None:
        """Deletes the channels' own audio, once recording.wav holds it. Raises: StoreError."""
        with in_store_words("The tape"):
            for name in ("caller.pcm", "receptionist.pcm"):
                (self._parts / name).unlink(missing_ok=True)


def _interleave(left: Path, right: Path, file: BinaryIO) -> None:
    sides = [part.open("rb") if part.exists() else None for part in (left, right)]
    try:
        with wave.open(file, "wb") as recording:
            recording.setnchannels(2)
            recording.setsampwidth(2)
            recording.setframerate(RATE_HZ)
            while True:
                blocks = [side.read(_BLOCK_BYTES) if side else b"" for side in sides]
                longest = max(map(len, blocks)) // 2 * 2
                if not longest:
                    return
                pair = [np.frombuffer(block[:longest].ljust(longest, b"\0"), "<i2") for block in blocks]
                recording.writeframesraw(np.stack(pair, axis=1).tobytes())
    finally:
        for side in sides:
            if side is not None:
                side.close()
