"""One channel of a tape: sound put in its place on the call's clock, on disk within half a second."""

from __future__ import annotations

import errno
import os
from io import FileIO
from pathlib import Path

import numpy as np
import structlog
from numpy.typing import NDArray

from voicebot.call_file.writing import PRIVATE_FILE, PRIVATE_FOLDER
from voicebot.speech.ports import RATE_HZ, Pcm

LEVEL_MS = 10
"""One level, the root mean square of the samples (0-32767), per 10 ms."""
JITTER_MS = 40
"""Sound that begins this close after the end of what there is follows it without a gap."""
FLUSH_MS = 250
"""Sound held in memory before it is written: what kill -9 can cost."""
LONGEST_MS = 4 * 3600 * 1000
"""Sound placed later than this is no call's: it is dropped, since a hole of any size would be made for it."""
ROOM_LEFT_BYTES = 64 * 1024 * 1024
"""Audio stops when the disk has less room: what was said matters more than how it sounded."""

_SAMPLES_PER_MS = RATE_HZ // 1000
_FRAME = LEVEL_MS * _SAMPLES_PER_MS
_FRAME_BYTES = 2 * _FRAME
_FLUSH_BYTES = 2 * FLUSH_MS * _SAMPLES_PER_MS
_log = structlog.get_logger()


class Lane:
    """Sound of one side of the line; files <name>.pcm (int16 mono, 8 kHz) and <name>.levels (uint16 per 10 ms).

    One side never speaks over itself: a chunk placed before the end of the last one follows it. Gaps are silence, and
    take no room on disk. Positions in the files are positions on the call's clock, so another process goes on from them.
    """

    def __init__(self, folder: Path, name: str, *, keep_audio: bool) -> None:
        self._pcm_path = folder / f"{name}.pcm"
        self._levels_path = folder / f"{name}.levels"
        self._keep_audio = keep_audio
        self._pcm: FileIO | None = None
        self._levels: FileIO | None = None
        self._buffer = bytearray()
        self._written = 0
        """Samples before the buffer; always whole levels."""
        self.audio_stopped_ms: int | None = None
        """Where the audio ends because the disk is full or failed: a call goes on without its recording."""
        self.levels_stopped_ms: int | None = None
        try:
            self._written = self._found()
        except OSError as failure:
            self._stop_audio(failure)
            self._stop_levels(failure)

    @property
    def end_ms(self) -> int:
        return self._end // _SAMPLES_PER_MS

    def put(self, pcm: Pcm, at_ms: int) -> None:
        """Puts sound at at_ms (ms on the call's clock), or right after the end of what there is."""
        if at_ms > LONGEST_MS:
            _log.warning("tape_beyond_longest_call", lane=self._pcm_path.stem)
            return
        start = at_ms * _SAMPLES_PER_MS
        if start > self._end + JITTER_MS * _SAMPLES_PER_MS:
            self._skip_to(start)
        self._buffer += pcm.astype("<i2", copy=False).tobytes()
        if len(self._buffer) >= _FLUSH_BYTES:
            self._flush()

    def cut(self, at_ms: int) -> None:
        """Takes away what comes after at_ms, to the 10 ms below."""
        end = max(at_ms, 0) // LEVEL_MS * _FRAME
        if end >= self._end:
            return
        if end >= self._written:
            del self._buffer[2 * (end - self._written) :]
            return
        self._buffer.clear()
        self._written = end
        try:
            for path, size in ((self._pcm_path, 2 * end), (self._levels_path, 2 * (end // _FRAME))):
                if _size(path) > size:
                    os.truncate(path, size)
        except OSError as failure:
            self._stop_audio(failure)

    def delete_audio(self) -> None:
        """Removes what was recorded and records no more; levels go on. Raises: OSError."""
        self._keep_audio = False
        if self._pcm is not None:
            self._pcm.close()
            self._pcm = None
        self._pcm_path.unlink(missing_ok=True)

    def close(self) -> None:
        """Writes what is left, filled up with silence to 10 ms."""
        if self._buffer:
            self._fill_frame()
            self._flush()
        for file in (self._pcm, self._levels):
            if file is not None:
                file.close()
        self._pcm = self._levels = None

    def levels(self) -> NDArray[np.uint16]:
        """One level per 10 ms since the call's start, as far as they are on disk."""
        return np.fromfile(self._levels_path, "<u2") if self._levels_path.exists() else np.zeros(0, "<u2")

    @property
    def _end(self) -> int:
        return self._written + len(self._buffer) // 2

    def _skip_to(self, start: int) -> None:
        self._fill_frame()
        self._flush()
        self._written = start // _FRAME * _FRAME
        self._buffer += bytes(2 * (start - self._written))
        # The gap is there at once, without room on disk: a cut in it must leave the same end to the next process.
        self._write_levels(np.zeros(0, "<u2"))

    def _fill_frame(self) -> None:
        self._buffer += bytes(-len(self._buffer) % _FRAME_BYTES)

    def _flush(self) -> None:
        whole = len(self._buffer) // _FRAME_BYTES * _FRAME_BYTES
        sound = bytes(self._buffer[:whole])
        del self._buffer[:whole]
        # The audio first: levels that a killed process did not write are made again from it.
        self._write_audio(sound)
        self._write_levels(levels_of(np.frombuffer(sound, "<i2")))
        self._written += whole // 2

    def _write_audio(self, sound: bytes) -> None:
        if not self._keep_audio or self.audio_stopped_ms is not None:
            return
        try:
            self._pcm = self._pcm or _open(self._pcm_path)
            room = os.fstatvfs(self._pcm.fileno())
            if room.f_bavail * room.f_frsize < ROOM_LEFT_BYTES:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            _write(self._pcm, sound, 2 * self._written)
        except OSError as failure:
            self._stop_audio(failure)

    def _write_levels(self, levels: NDArray[np.uint16]) -> None:
        if self.levels_stopped_ms is not None:
            return
        try:
            self._levels = self._levels or _open(self._levels_path)
            at = 2 * (self._written // _FRAME)
            if os.fstat(self._levels.fileno()).st_size < at:
                self._levels.truncate(at)
            _write(self._levels, levels.tobytes(), at)
        except OSError as failure:
            self._stop_levels(failure)

    def _stop_audio(self, failure: OSError) -> None:
        self.audio_stopped_ms = self._written // _SAMPLES_PER_MS
        _log.error("tape_audio_stopped", lane=self._pcm_path.stem, errno=failure.errno)

    def _stop_levels(self, failure: OSError) -> None:
        self.levels_stopped_ms = self._written // _SAMPLES_PER_MS
        _log.error("tape_levels_stopped", lane=self._levels_path.stem, errno=failure.errno)

    def _found(self) -> int:
        """Samples that another process left here, with levels made for all of them."""
        levels = _size(self._levels_path) // 2
        audio = _size(self._pcm_path) // _FRAME_BYTES
        if audio > levels:
            sound = np.fromfile(self._pcm_path, "<i2", offset=levels * _FRAME_BYTES, count=(audio - levels) * _FRAME)
            with _open(self._levels_path) as file:
                _write(file, levels_of(sound).tobytes(), 2 * levels)
        return max(levels, audio) * _FRAME


def levels_of(pcm: NDArray[np.int16]) -> NDArray[np.uint16]:
    """Root mean square of each 10 ms. pcm: whole levels of samples, 8 kHz."""
    frames = pcm.reshape(-1, _FRAME).astype(np.float32)
    return np.rint(np.sqrt(np.mean(frames * frames, axis=1))).astype("<u2")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _open(path: Path) -> FileIO:
    path.parent.mkdir(parents=True, exist_ok=True, mode=PRIVATE_FOLDER)
    return FileIO(os.open(path, os.O_RDWR | os.O_CREAT, PRIVATE_FILE), "r+b")


def _write(file: FileIO, content: bytes, at: int) -> None:
    while content:
        # A disk that is nearly full takes a part and says so only the next time.
        taken = os.pwrite(file.fileno(), content, at)
        content, at = content[taken:], at + taken
