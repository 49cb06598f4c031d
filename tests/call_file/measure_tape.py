"""Prints what 30 tapes cost the event loop, alone and beside disk syncs. Run: python tests/call_file/measure_tape.py"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from voicebot.call_file.tape import Tape

CALLS = 30
SECONDS = 20


def measure(folder: Path) -> None:
    rng = np.random.default_rng(1)
    sound = rng.normal(0, 2000, 160).astype(np.int16)
    tapes = [Tape(folder / f"call-{n}", keep_audio=True) for n in range(CALLS)]
    times: list[float] = []
    cpu = time.process_time()
    for at_ms in range(0, SECONDS * 1000, 20):
        for tape in tapes:
            began = time.perf_counter()
            tape.caller(sound, at_ms)
            tape.receptionist(sound, at_ms)
            times.append(time.perf_counter() - began)
    cpu = time.process_time() - cpu
    us = sorted(took * 1e6 for took in times)
    print(
        f"{CALLS} calls: {100 * cpu / SECONDS:.2f} % of a core; both channels of one call every 20 ms: "
        f"p50 {us[len(us) // 2]:.1f} µs, p99 {us[int(len(us) * 0.99)]:.0f} µs, worst {us[-1] / 1000:.2f} ms"
    )


async def sync_for_ever(folder: Path) -> None:
    """What a call book does to the disk: small appends, each followed by fdatasync."""

    def append(descriptor: int) -> None:
        os.write(descriptor, b"x" * 16384)
        os.fdatasync(descriptor)

    descriptor = os.open(folder / "log", os.O_CREAT | os.O_WRONLY, 0o600)
    while True:
        await asyncio.to_thread(append, descriptor)


async def main(folder: Path) -> None:
    await asyncio.to_thread(measure, folder / "alone")
    syncing = [asyncio.create_task(sync_for_ever(folder)) for _ in range(2)]
    await asyncio.to_thread(measure, folder / "beside-syncs")
    for task in syncing:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(dir=sys.argv[1] if len(sys.argv) > 1 else None) as here:
        asyncio.run(main(Path(here)))
