"""Puts sound on a tape for ever and prints how much, in ms; its parent kills it. Run: taping_child.py FOLDER FROM_MS"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from voicebot.call_file.tape import Tape

CHUNK = np.arange(1, 161, dtype=np.int16)


def tape_for_ever(folder: Path, at_ms: int) -> None:
    tape = Tape(folder, keep_audio=True)
    while True:
        tape.caller(CHUNK, at_ms)
        tape.receptionist(CHUNK, at_ms)
        at_ms += 20
        sys.stdout.write(f"taped {at_ms}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    tape_for_ever(Path(sys.argv[1]), int(sys.argv[2]))
