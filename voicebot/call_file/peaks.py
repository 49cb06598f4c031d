"""The shape of a call's sound, small enough for a page to draw: one height for each piece of time and each side."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from voicebot.call_file.clip import read_sound
from voicebot.call_file.lane import LEVEL_MS
from voicebot.speech.ports import RATE_HZ

MOST_COLUMNS = 2000
_QUIETEST_TOP = 1000.0
"""RMS or sample: a call in which nobody is louder is drawn small, not as if somebody had shouted."""


@dataclass(frozen=True, slots=True)
class Peaks:
    """caller, receptionist: heights 0-100, each for length_ms / len(caller) of time; one measure for both sides.

    source: "audio", peaks of samples; "levels", from the loudness that is kept without any audio; "none", empty lists.
    """

    length_ms: int
    caller: tuple[int, ...]
    receptionist: tuple[int, ...]
    source: Literal["audio", "levels", "none"]


def peaks_of(folder: Path, columns: int) -> Peaks:
    """Heights of both sides in `columns` pieces of equal length (fewer for a very short call). Blocks: it reads files.

    Raises: NoSound for a recording that cannot be read.
    """
    columns = max(1, min(columns, MOST_COLUMNS))
    sound = read_sound(folder)
    if sound is not None and len(sound):
        heights = np.abs(sound.astype(np.int32))
        return _peaks(heights, len(sound) * 1000 // RATE_HZ, columns, "audio")
    levels = [_levels(folder / "tape" / f"{side}.levels") for side in ("caller", "receptionist")]
    longest = max(map(len, levels))
    if not longest:
        return Peaks(0, (), (), "none")
    both = np.stack([np.pad(one.astype(np.int32), (0, longest - len(one))) for one in levels], axis=1)
    return _peaks(both, longest * LEVEL_MS, columns, "levels")


def _peaks(heights: NDArray[np.int32], length_ms: int, columns: int, source: Literal["audio", "levels"]) -> Peaks:
    columns = min(columns, len(heights))
    starts = np.linspace(0, len(heights), columns, endpoint=False).astype(np.int64)
    tops = np.maximum.reduceat(heights, starts, axis=0)
    loudest = max(float(tops.max()), _QUIETEST_TOP)
    # The square root lets quiet speech be seen beside loud speech.
    scaled = np.rint(100 * np.sqrt(tops / loudest)).astype(int)
    return Peaks(length_ms, tuple(scaled[:, 0].tolist()), tuple(scaled[:, 1].tolist()), source)


def _levels(path: Path) -> NDArray[np.uint16]:
    return np.fromfile(path, "<u2") if path.exists() else np.zeros(0, np.uint16)
